"""What accounts decides: agencies, certificates, machine clients and tokens. Pure: no I/O, no `now()`."""
