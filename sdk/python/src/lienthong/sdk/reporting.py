"""Telling a document's sender how it is handled: built, sealed, kept, sent; what waits is sent again, never said anew.

`reported/` names the last report of each document and code (`said.py`).
"""

import asyncio
from datetime import datetime

from lienthong.common.clock import truncated
from lienthong.common.errors import Words
from lienthong.common.messages.document import LateEntry, StaffInfo
from lienthong.common.messages.envelope import read
from lienthong.common.messages.exchange import StatusReported
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.sdk.compose import in_words, nfc_or_none, seal_use
from lienthong.sdk.errors import BadInput
from lienthong.sdk.items import Letter
from lienthong.sdk.outgoing import Kept
from lienthong.sdk.saying import Says
from lienthong.sdk.sending import Sent

OFTEN = frozenset({StatusCode.ASSIGNED, StatusCode.PROCESSING})
"""What may be said of one document more than once; everything else happens once."""


class Reporting:
    """Reports on the documents of one agency's inbox."""

    def __init__(self, says: Says) -> None:
        self._says = says
        self._sending = says.sending
        self._said = says.before("reported")

    async def report(self, letter: Letter, report: StatusReport, happened_at: datetime | None) -> Sent:
        """Say it, unless it was said: then its receipt comes again. Raises as `Sending.submit`."""
        for kept in self._said.waiting(_name(letter, code) for code in StatusCode):
            # What waits about this document goes first: a state out of its order would be refused.
            sent = await self._sending.submit(kept.sealed)
            if _says(kept, report, happened_at):
                return sent
        name = _name(letter, report.status)
        last = self._said.find(name)
        if last and report.status not in OFTEN and _says(last, report, happened_at):
            return await self._sending.recall(last)
        event = StatusReported.new(
            source=self._says.profile.source,
            time=truncated(happened_at) if happened_at else self._says.clock.now(),
            data=report,
            subject=letter.event.subject,
        )
        sealed = self._says.seal(event)
        await asyncio.to_thread(self._said.note, name, sealed.message_id)
        return await self._sending.submit(sealed)

    async def compose(
        self,
        letter: Letter,
        status: StatusCode,
        *,
        description: str | None,
        staff: StaffInfo | None,
        sealed_by: str | None,
        late_entry: LateEntry | None = None,
    ) -> StatusReport:
        """The report, in NFC (N8). Raises BadInput, PlatformError, Unreachable."""
        if status is StatusCode.REFUSED and not description:
            raise BadInput(Words("Từ chối tiếp nhận phải có lý do", "A refusal needs its reason"))
        return StatusReport.model_validate(
            {
                "from": await self._says.own(),
                "to": (letter.sender,),
                "lane": letter.lane,
                "message_id": letter.message_id,
                "response_for": in_words(letter.event),
                "status": status,
                "description": nfc_or_none(description),
                "staff": staff,
                "sealed_by": seal_use(sealed_by),
                "late_entry": late_entry,
            }
        )


def _name(letter: Letter, status: StatusCode) -> str:
    return f"{letter.sender.agency_id}-{letter.message_id}-{status}"


def _says(kept: Kept, report: StatusReport, happened_at: datetime | None) -> bool:
    """Whether a report that was kept says this; a time that was not given fits every one."""
    event = read(kept.sealed.signed.payload, StatusReported, tolerant=True)
    same_time = happened_at is None or event.time == truncated(happened_at)
    wanted, told = report, event.data
    return same_time and (told.status, told.description, told.staff) == (
        wanted.status,
        wanted.description,
        wanted.staff,
    )
