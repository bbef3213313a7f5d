"""Webhooks. A package, so that its exchange ends with its last test."""
