"""What accounts does, one file per verb. Each is one transaction: rows, audit records and events together."""
