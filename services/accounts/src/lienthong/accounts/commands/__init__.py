"""Accounts' part of the command `lienthong`, for operators on the service's host: they act with its settings and key.

Whoever may run these may read the service's key: rights are those of the operating system. Each act is audited with
the operating system's user.
"""
