"""Telling a document's sender how it is handled: built, sealed, kept, sent; what waits is sent again, never said anew.

`reported/` names the last report of each document and code, written before the report is kept: a crash between the two
leaves a name without a message, and the report is made again; a crash later leaves the message, and that is sent.
"""

import asyncio
import json
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from lienthong.common.clock import Clock, truncated
from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.document import ResponseFor, SealUse, StaffInfo
from lienthong.common.messages.envelope import Event, read
from lienthong.common.messages.exchange import StatusReported
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.sdk.directory import Directory
from lienthong.sdk.errors import BadInput
from lienthong.sdk.files import private_folder, write_atomically
from lienthong.sdk.items import Letter
from lienthong.sdk.outgoing import Kept, Outgoing, Sealed
from lienthong.sdk.profile import Profile
from lienthong.sdk.sending import Sending, Sent

OFTEN = frozenset({StatusCode.ASSIGNED, StatusCode.PROCESSING})
"""What may be said of one document more than once; everything else happens once."""


class Reporting:
    """Reports on the documents of one agency's inbox."""

    def __init__(
        self,
        profile: Profile,
        *,
        directory: Directory,
        sending: Sending,
        outgoing: Outgoing,
        seal: Callable[[Event[Any]], Sealed],
        clock: Clock,
    ) -> None:
        self._profile = profile
        self._directory = directory
        self._sending = sending
        self._outgoing = outgoing
        self._seal = seal
        self._clock = clock
        self._folder = profile.folder / "reported"

    async def report(self, letter: Letter, report: StatusReport, happened_at: datetime | None) -> Sent:
        """Say it, unless it was said: then its receipt comes again. Raises as `Sending.submit`."""
        waiting = [kept for code in StatusCode if (kept := self._last(letter, code)) and kept.receipt is None]
        for kept in sorted(waiting, key=lambda kept: kept.sealed.message_id):
            # What waits about this document goes first: a state out of its order would be refused.
            sent = await self._sending.submit(kept.sealed)
            if _says(kept, report, happened_at):
                return sent
        last = self._last(letter, report.status)
        if last and report.status not in OFTEN and _says(last, report, happened_at):
            return await self._sending.recall(last)
        event = StatusReported.new(
            source=self._profile.source,
            time=truncated(happened_at) if happened_at else self._clock.now(),
            data=report,
            subject=letter.event.subject,
        )
        sealed = self._seal(event)
        await asyncio.to_thread(self._name, letter, report.status, sealed.message_id)
        return await self._sending.submit(sealed)

    async def compose(
        self,
        letter: Letter,
        status: StatusCode,
        *,
        description: str | None,
        staff: StaffInfo | None,
        sealed_by: str | None,
    ) -> StatusReport:
        """The report, in NFC (N8). Raises BadInput, PlatformError, Unreachable."""
        if status is StatusCode.REFUSED and not description:
            raise BadInput(Words("Từ chối tiếp nhận phải có lý do", "A refusal needs its reason"))
        document = letter.document
        about = ResponseFor(
            agency_id=document.sender.agency_id,
            organ_id=document.sender.code,
            code=f"{document.code.number}/{document.code.notation}"[:250],
            promulgation_date=document.promulgation.date,
            document_id=document.document_id,
            subject=parse_id(letter.event.subject) if letter.event.subject else None,
        )
        return StatusReport.model_validate(
            {
                "from": await self._directory.organization(str(self._profile.agency_id)),
                "to": (document.sender,),
                "lane": letter.lane,
                "message_id": letter.message_id,
                "response_for": about,
                "status": status,
                "description": unicodedata.normalize("NFC", description).strip() if description else None,
                "staff": staff,
                "sealed_by": SealUse(full_name=unicodedata.normalize("NFC", sealed_by)) if sealed_by else None,
            }
        )

    def _path(self, letter: Letter, status: StatusCode) -> Path:
        return self._folder / f"{letter.sender.agency_id}-{letter.message_id}-{status}.json"

    def _name(self, letter: Letter, status: StatusCode, message_id: UUID) -> None:
        path = self._path(letter, status)
        private_folder(path.parent)
        write_atomically(path, json.dumps({"message_id": str(message_id)}).encode())

    def _last(self, letter: Letter, status: StatusCode) -> Kept | None:
        try:
            told = json.loads(self._path(letter, status).read_bytes())
            return self._outgoing.find(parse_id(told["message_id"]))
        except (OSError, ValueError, KeyError, TypeError, MalformedId):
            return None


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
