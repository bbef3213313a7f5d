"""Making a commitment: what this agency has sent to another one, and what lies in its inbox from there.

Sent is what the profile's `sent/` holds, each by its receipt, verified. Received is what the inbox holds: it is read
again, its chain verified from the start, or from the last signed delivery receipt before the first day. Nothing is
acknowledged by it.
"""

import asyncio
import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from lienthong.common.clock import VIETNAM, Clock, local_day
from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import (
    DeliveryReceipt,
    DocumentSent,
    SubmissionReceipt,
    chain_start,
)
from lienthong.common.messages.reconciliation import MOST_DAYS, Commitment, Direction
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.verifier import Verified
from lienthong.sdk.commitments import (
    CommitmentEntry,
    CommitmentFile,
    CommitmentRefused,
    Told,
    heads_of,
    read_file,
    verify_file,
    write_entries,
)
from lienthong.sdk.committed_entries import (
    accepted_on,
    acknowledged_at,
    entry_of,
    read_signed,
    recipients_of,
    time_in,
    untold,
    withdrawn_by,
    withheld_entry,
)
from lienthong.sdk.directory import Directory
from lienthong.sdk.errors import BadInput
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.figures import fetch_figures
from lienthong.sdk.inbox import Inbox
from lienthong.sdk.outgoing import Kept, Outgoing
from lienthong.sdk.pages import WithheldEntry
from lienthong.sdk.profile import Profile
from lienthong.sdk.reading import members_of
from lienthong.sdk.state import Link
from lienthong.sdk.statements import Statements, hashes_of, refused
from lienthong.sdk.trust import Trust

SignBytes = Callable[[bytes], SignedBytes]

_MARGIN = timedelta(hours=1)
"""Clocks of the exchange's processes differ by less: what was acknowledged so long before a day was accepted before."""


@dataclass(frozen=True, slots=True)
class OwnGap:
    """A day on which the exchange counts other documents of this agency than its books hold."""

    day: date
    counted: int
    kept: int


@dataclass(frozen=True, slots=True)
class Made:
    """A commitment, and what this agency should know of its own books first."""

    commitment: Commitment
    file: CommitmentFile
    waiting: int
    """Messages without a receipt: they may or may not have arrived, and are not in it."""
    own_gaps: tuple[OwnGap, ...]


@dataclass(frozen=True, slots=True)
class _Span:
    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


@dataclass(slots=True)
class _SentBooks:
    """What was found in `sent/`: what went to the counterpart, and how many documents went to anybody on each day."""

    entries: list[CommitmentEntry]
    documents: Counter[date]


class Committing:
    """Makes commitments for one profile."""

    def __init__(
        self,
        profile: Profile,
        *,
        exchange: Exchange,
        directory: Directory,
        trust: Trust,
        statements: Statements,
        inbox: Callable[[Lane], Inbox],
        sign: SignBytes,
        clock: Clock,
    ) -> None:
        self._profile = profile
        self._exchange = exchange
        self._directory = directory
        self._trust = trust
        self._statements = statements
        self._inbox = inbox
        self._sign = sign
        self._clock = clock

    async def make(self, counterpart: str, first: date, last: date, *, also: Sequence[Path] = ()) -> Made:
        """For the agency named by code or id, over days of Vietnam, both included.

        `also` names other profiles of this agency whose books of sent messages belong to it. Raises BadInput, the
        InboxBroken family, StatementRefused, ProfileBroken, PlatformError, Unreachable, SealUnusable.
        """
        made_at, span = self._clock.now(), _Span(first, last)
        _check_span(span, local_day(made_at))
        agency = await self._directory.organization(str(self._profile.agency_id))
        other = await self._directory.organization(counterpart)
        if other.agency_id == agency.agency_id:
            raise BadInput(Words("Không đối soát với chính mình", "An agency does not reconcile with itself"))
        books = await self._read_sent(other.agency_id, span, [self._profile.folder, *also])
        received: list[CommitmentEntry] = []
        withdrawn: set[str] = set()
        for lane in Lane:
            async with aclosing(self._read_received(lane, other.agency_id, span, made_at, withdrawn)) as found:
                received += [each async for each in found]
        # What was withdrawn before it arrived there is not told of: its hash is all that the other one has, too.
        entries = [untold(each) if str(each.message_id) in withdrawn else each for each in books.entries] + received
        lines = write_entries(entries)
        commitment = Commitment(
            type="vn.lienthong.exchange.commitment.v1",
            environment=self._profile.environment,
            agency=agency,
            counterpart=other,
            first=first,
            last=last,
            made_at=made_at,
            heads=heads_of(agency.agency_id, other.agency_id, entries),
            entries=len(entries),
            entries_sha256=hashlib.sha256(lines).hexdigest(),
        )
        signed = self._sign(commitment.model_dump_json(exclude_none=True).encode())
        # Verified here too: who cannot prove its own seal learns it now, and the material is at hand.
        await self._trust.verify(signed, said_by=self._profile.source)
        return Made(
            commitment=commitment,
            file=CommitmentFile(signed, self._trust.material(signed), lines),
            waiting=len(Outgoing(self._profile.folder).pending()),
            own_gaps=await self._own_gaps(books.documents, span),
        )

    async def read(self, content: bytes) -> Told:
        """Another agency's commitment, or one's own, verified by the register as well as by the anchors.

        Raises CommitmentRefused, PlatformError, Unreachable.
        """

        async def judge(file: CommitmentFile, source: str) -> Verified:
            at = file.signed.unverified_header().signed_at
            return await self._trust.verify(file.signed, said_by=source, at=at)

        told = await verify_file(read_file(content), judge)
        if told.commitment.environment != self._profile.environment:
            raise CommitmentRefused(Words("thuộc môi trường khác", "it is of another environment"))
        return told

    async def _own_gaps(self, documents: Counter[date], span: _Span) -> tuple[OwnGap, ...]:
        """Where the exchange's own count differs from these books: it counts what every system of the agency sent."""
        figures = await fetch_figures(self._exchange, span.first, span.last, "day")
        counted = {
            date.fromisoformat(each.period): int(each.figures.get("sent_documents") or 0) for each in figures.parts
        }
        days = sorted({day for day in (*counted, *documents) if counted.get(day, 0) != documents[day]})
        return tuple(OwnGap(day, counted.get(day, 0), documents[day]) for day in days)

    async def _read_sent(self, other: UUID, span: _Span, folders: Sequence[Path]) -> _SentBooks:
        books = _SentBooks([], Counter())
        seen: set[tuple[UUID, str]] = set()
        for kept, accepted_at in await asyncio.to_thread(_kept_in, folders, span):
            key = kept.sealed.message_id, hashlib.sha256(kept.sealed.signed.payload).hexdigest()
            if key in seen:
                continue  # the same message in two profiles
            seen.add(key)
            told = members_of(kept.sealed.signed.payload)
            if told.get("type") == DocumentSent.TYPE:
                books.documents[local_day(accepted_at)] += 1
            if str(other) in recipients_of(told):
                books.entries.append(await self._sent(kept, told))
        return books

    async def _sent(self, kept: Kept, told: dict[str, Any]) -> CommitmentEntry:
        if kept.receipt is None:
            raise ValueError("only what has a receipt is told of")
        receipt = await self._statements.read(kept.receipt, SubmissionReceipt)
        if (receipt.source, receipt.message_id) != (self._profile.source, kept.sealed.message_id):
            raise refused(
                f"của thông điệp khác ({kept.sealed.message_id})", f"of another than {kept.sealed.message_id}"
            )
        if (receipt.sha256, receipt.jws_sha256) != hashes_of(kept.sealed.signed):
            raise refused(
                f"của nội dung khác ({kept.sealed.message_id})", f"not of the bytes of {kept.sealed.message_id}"
            )
        return entry_of(Direction.SENT, receipt, told)

    async def _read_received(
        self, lane: Lane, other: UUID, span: _Span, made_at: datetime, withdrawn: set[str]
    ) -> AsyncGenerator[CommitmentEntry]:
        """What the counterpart put into the inbox; what is given out no more stands on the day of the entry before.

        `withdrawn` gathers messages to the counterpart of which the exchange says that they never arrived there.
        """
        inbox, day, undated = self._inbox(lane), None, list[WithheldEntry]()
        acknowledged = inbox.seen().acknowledged.n
        source = f"/agencies/{other}"
        start = await self._start(lane, span.first)
        async with aclosing(inbox.reread(start)) as entries:
            async for entry in entries:
                if isinstance(entry, WithheldEntry):
                    if entry.source == source:
                        undated.append(entry)
                    if day is None:
                        continue
                else:
                    day = accepted_on(entry)
                for each in undated:
                    if day in span:
                        yield withheld_entry(each, day, lane, acknowledged)
                undated = []
                if isinstance(entry, WithheldEntry):
                    continue
                withdrawn |= withdrawn_by(entry, other)
                if day in span and str(other).encode() in entry.receipt.payload:
                    receipt = await inbox.receipt_of(entry)
                    if receipt.source == source:
                        told = members_of(entry.signed.payload)
                        yield entry_of(Direction.RECEIVED, receipt, told, acknowledged=entry.n <= acknowledged)
        for each in undated:
            if local_day(made_at) in span:
                yield withheld_entry(each, local_day(made_at), lane, acknowledged)

    async def _start(self, lane: Lane, first: date) -> Link:
        """The last acknowledgement well before the first day: what was accepted on it stands behind."""
        before = datetime.combine(first, time(), VIETNAM) - _MARGIN
        kept = sorted((self._profile.folder / "acknowledged").glob(f"{lane}-*.json"))
        place = bisect_left(kept, before, key=acknowledged_at)
        if place == 0:
            return Link(0, chain_start(self._profile.agency_id, lane))
        receipt = await self._statements.read(read_signed(kept[place - 1]), DeliveryReceipt)
        if (receipt.recipient, receipt.lane) != (self._profile.agency_id, lane):
            raise refused("của hộp thư khác", "it is of another inbox")
        return Link(receipt.n, bytes.fromhex(receipt.chain))


def _check_span(span: _Span, today: date) -> None:
    if not 1 <= (span.last - span.first).days + 1 <= MOST_DAYS:
        words = Words(f"Khoảng ngày từ 1 đến {MOST_DAYS} ngày", f"A span has 1 to {MOST_DAYS} days")
        raise BadInput(words)
    if span.last > today:
        raise BadInput(Words("Ngày cuối chưa đến", "The last day is yet to come"))


def _kept_in(folders: Iterable[Path], span: _Span) -> list[tuple[Kept, datetime]]:
    """What was accepted within the days, by what the receipts say; nothing of it is verified yet."""
    found: list[tuple[Kept, datetime]] = []
    for folder in folders:
        for kept in Outgoing(folder).newest_first():
            if kept.receipt is None:
                continue
            accepted_at = time_in(kept.receipt.payload, "accepted_at")
            if local_day(accepted_at) in span:
                found.append((kept, accepted_at))
    return found
