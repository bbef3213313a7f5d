"""Accounts' own tables, one module per aggregate. Functions take a connection inside the caller's transaction."""
