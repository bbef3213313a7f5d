"""The world outside: what the exchange asks that is not its own."""
