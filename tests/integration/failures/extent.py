"""How much is done: the short form with every run, the long one with LIENTHONG_LONG=1 (`make test-long`)."""

import os

LONG = os.environ.get("LIENTHONG_LONG", "") == "1"


def chosen(short: int, long: int) -> int:
    """The number of this run."""
    return long if LONG else short
