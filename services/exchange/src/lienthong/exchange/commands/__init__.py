"""Operators' commands of the exchange, on its host (decision 0002)."""
