"""The back door: what accounts says, one file per topic; effects only store."""
