"""How much is swept: LIENTHONG_SWEEP=all for every moment and every victim, or a number for one turn of the short form.

LIENTHONG_SWEEP_EXAMPLES says how many plans hypothesis makes up.
"""

import os
from datetime import UTC, datetime

_ASKED = os.environ.get("LIENTHONG_SWEEP", "")

EVERYTHING = _ASKED == "all"
EXAMPLES = int(os.environ.get("LIENTHONG_SWEEP_EXAMPLES", "200" if EVERYTHING else "3"))


def turn() -> int:
    """Which turn of the short form: the day, unless a number was asked for."""
    return int(_ASKED) if _ASKED.isdigit() else datetime.now(UTC).toordinal()
