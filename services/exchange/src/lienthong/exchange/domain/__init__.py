"""What the exchange decides, without I/O and without a clock of its own."""
