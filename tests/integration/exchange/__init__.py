"""The exchange on real servers. A package, so that its servers end with its last test."""
