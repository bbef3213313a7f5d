"""Options of what is entered late, after an outage (N4): the true time, who entered it, why."""

from typing import Annotated

import typer

from lienthong.common.clock import truncated
from lienthong.common.errors import Words
from lienthong.common.messages.document import LateEntry
from lienthong.sdk.commands.options import read_time
from lienthong.sdk.compose import nfc
from lienthong.sdk.errors import BadInput
from lienthong.sdk.profile import Profile

LateAtOption = Annotated[
    str | None,
    typer.Option(
        "--late-entry-at",
        help="Nhập bù: thời điểm thật, '09:30 22/11/2026' / entered late: the true time, '09:30 22/11/2026'",
    ),
]
LateByOption = Annotated[
    str | None,
    typer.Option(
        "--late-entry-by", help="Nhập bù: người nhập; mặc định văn thư / entered late: by whom; by default the clerk"
    ),
]
LateReasonOption = Annotated[
    str | None, typer.Option("--late-entry-reason", help="Nhập bù: lý do, như 'mất mạng' / entered late: why")
]


def read_late_entry(at: str | None, by: str | None, reason: str | None, profile: Profile) -> LateEntry | None:
    """What is said of a late entry; None where nothing is. Raises BadInput where something is missing."""
    if not (at or by or reason):
        return None
    who = by or profile.clerk
    needed = {"--late-entry-at": at, "--late-entry-by": who, "--late-entry-reason": reason}
    missing = ", ".join(option for option, value in needed.items() if not value)
    if missing:
        raise BadInput(Words(f"Nhập bù còn thiếu: {missing}", f"A late entry lacks: {missing}"))
    moment = truncated(read_time(at or "", "--late-entry-at"))
    return LateEntry(occurred_at=moment, by=nfc(who or ""), reason=nfc(reason or ""))
