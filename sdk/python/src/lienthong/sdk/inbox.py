"""The agency's inbox in one lane: every entry verified before anyone sees it, in the one order the exchange signed.

A page is checked as a whole (numbers, hash chain, signed head), then each entry (receipt of the exchange, then the
sender's seal as of the receipt's `accepted_at`). Nothing can be passed over except by acknowledging it.
"""

import json
from collections.abc import AsyncGenerator, Callable
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import DeliveryReceipt, InboxHead, SubmissionReceipt
from lienthong.common.signing.errors import SignatureRefused
from lienthong.common.signing.verifier import Verified
from lienthong.common.strict_json import JsonValue, MalformedJson, loads
from lienthong.sdk.errors import (
    BadInput,
    EntryRefused,
    InboxChanged,
    InboxRolledBack,
    NotReadYet,
    SealRefused,
    StatementRefused,
    UnexpectedAnswer,
)
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.files import private_folder, write_atomically
from lienthong.sdk.items import Letter, Place, Withheld, entry_words
from lienthong.sdk.notices import TakeBackNotice
from lienthong.sdk.pages import AnyEntry, Entry, InboxPage, WithheldEntry, check_page, read_page
from lienthong.sdk.problems import Refused
from lienthong.sdk.profile import Profile
from lienthong.sdk.reading import Asked, InboxItem, Known, read_item
from lienthong.sdk.received import Received
from lienthong.sdk.state import LaneState, Link, Seen
from lienthong.sdk.statements import Statements, hashes_of, refused, signed_line
from lienthong.sdk.trust import Trust

POLL_SECONDS = 25.0
"""Longest time one request waits for news; shorter than what proxies cut."""
PAGE = 100
REREAD_PAGE = 500


class Inbox:
    """One lane. Reading begins after what was acknowledged last, also after a restart."""

    def __init__(
        self,
        lane: Lane,
        *,
        profile: Profile,
        exchange: Exchange,
        trust: Trust,
        statements: Statements,
        find_sent: Callable[[UUID], Asked | None],
    ) -> None:
        self._lane = lane
        self._profile = profile
        self._exchange = exchange
        self._trust = trust
        self._statements = statements
        self.received = Received(profile.folder, lane)
        self._known = Known(profile.agency_id, find_sent, self.received.sources)
        self._state = LaneState(profile.folder, profile.agency_id, lane)
        self._given: dict[int, bytes] = {}

    async def read(self, *, follow: bool, wait: float, limit: int) -> AsyncGenerator[InboxItem]:
        """Items from the first one not acknowledged; ends when there is nothing new unless `follow`.

        Raises the InboxBroken and EntryRefused families, StatementRefused, PlatformError, Unreachable.
        """
        position = self._state.load().acknowledged
        while True:
            entries, links = await self._page(position, POLL_SECONDS if follow else wait, limit)
            for entry, link in zip(entries, links, strict=True):
                yield await self.open(entry, link)
            if links:
                # Who has something to do does not wait for more.
                position, wait = links[-1], 0
            elif not follow:
                return

    def seen(self) -> Seen:
        """What this profile has seen of the lane so far."""
        return self._state.load()

    async def open(self, entry: AnyEntry, link: Link) -> InboxItem:
        """An entry whose place in the chain is certain already; it may be acknowledged from now on.

        Raises EntryRefused, InboxChanged, StatementRefused, PlatformError, Unreachable.
        """
        # Only what was given out, or refused by name, can be acknowledged.
        self._given[link.n] = link.chain
        item = await self._open(entry)
        if isinstance(item, Letter | TakeBackNotice | Withheld):
            self.received.note(item)
        return item

    async def fetch(self, n: int) -> InboxItem:
        """One entry again, whatever was acknowledged: its receipt and seal are verified, not its place in the chain.

        Raises BadInput where there is none, EntryRefused, InboxChanged, StatementRefused, PlatformError, Unreachable.
        """
        page, _ = await self._ask(n - 1, 0, 1)
        if not page or not page.entries or page.entries[0].n != n:
            raise BadInput(Words(f"Hộp đến không có số {self._lane}:{n}", f"The inbox has no entry {self._lane}:{n}"))
        return await self._open(page.entries[0])

    async def reread(self, start: Link) -> AsyncGenerator[AnyEntry]:
        """Every entry behind a link, read or not, once its place in the chain is certain; none of them is opened.

        Raises the InboxBroken family, StatementRefused, PlatformError, Unreachable.
        """
        position = start
        while True:
            entries, links = await self._page(position, 0, REREAD_PAGE)
            for entry in entries:
                yield entry
            if not links:
                return
            position = links[-1]

    async def receipt_of(self, entry: Entry) -> SubmissionReceipt:
        """The exchange's receipt, which is for exactly this entry. Raises InboxChanged, StatementRefused."""
        receipt = await self._statements.read(entry.receipt, SubmissionReceipt)
        sha256, jws_sha256 = hashes_of(entry.signed)
        if receipt.sha256 != sha256:
            raise InboxChanged(
                entry_words(entry.n, "nội dung khác biên nhận", "the bytes are not those of the receipt")
            )
        if receipt.jws_sha256 != jws_sha256 or receipt.lane != self._lane:
            raise InboxChanged(
                entry_words(entry.n, "chữ ký khác biên nhận", "the signature is not that of the receipt")
            )
        return receipt

    async def pass_over(self, n: int) -> DeliveryReceipt:
        """Acknowledge an entry that is refused, so that reading goes on behind it; all before it are acknowledged.

        Raises BadInput where it is not the next one, or is not refused, and as `acknowledge`.
        """
        if n != self._state.load().acknowledged.n + 1:
            raise BadInput(
                Words(
                    f"Trước {self._lane}:{n} còn văn bản chưa xác nhận, hoặc số này đã xác nhận",
                    f"{self._lane}:{n} is acknowledged already, or there are entries before it that are not",
                )
            )
        try:
            await anext(self.read(follow=False, wait=0, limit=1), None)
        except EntryRefused:
            return await self.acknowledge(n)
        raise BadInput(Words(f"Số {self._lane}:{n} không bị từ chối", f"The entry {self._lane}:{n} is not refused"))

    async def acknowledge(self, n: int) -> DeliveryReceipt:
        """Acknowledge everything up to `n`. Raises NotReadYet, StatementRefused, PlatformError, OutcomeUnknown."""
        chain = self._given.get(n)
        if chain is None:
            raise NotReadYet(Words(f"Chưa đọc đến số {n}", f"Number {n} was not read yet"))
        answer = await self._exchange.ask(
            "POST",
            f"/v1/inbox/{self._lane}/acknowledgements",
            headers={"content-type": "application/json"},
            body=lambda: json.dumps({"n": n}).encode(),
        )
        signed = signed_line(_member(answer.body, "receipt"))
        receipt = await self._statements.read(signed, DeliveryReceipt)
        self._check_receipt(receipt, Link(n, chain))
        folder = private_folder(self._profile.folder / "acknowledged")
        write_atomically(folder / f"{self._lane}-{n:012}.json", json.dumps(signed.to_line()).encode())
        self._state.keep(acknowledged=Link(n, chain))
        self._given = {number: value for number, value in self._given.items() if number > n}
        return receipt

    async def _page(self, position: Link, wait: float, limit: int) -> tuple[tuple[AnyEntry, ...], tuple[Link, ...]]:
        # Read before the request: another process of this profile may see more while the answer is on its way.
        seen = self._state.load().seen
        page, head = await self._ask(position.n, wait, limit)
        if page is None or head is None:
            words = Words(f"Trục không còn số {position.n}", f"The exchange has no number {position.n}")
            raise InboxRolledBack(words)
        links = check_page(page, head, position=position, seen=seen)
        if links:
            self._state.keep(seen=links[-1])
        return page.entries, links

    async def _ask(self, after: int, wait: float, limit: int) -> tuple[InboxPage, InboxHead] | tuple[None, None]:
        """A page behind a number and its verified head; None where the exchange has no such number."""
        query = f"after={after}&limit={limit}&wait={wait:g}"
        try:
            answer = await self._exchange.ask(
                "GET", f"/v1/inbox/{self._lane}?{query}", headers={"accept": "application/x-ndjson"}, waits=wait
            )
        except Refused as error:
            if "cursor_beyond_end" in error.problem.codes:
                return None, None
            raise
        page = read_page(answer.body)
        head = await self._statements.read(page.head, InboxHead)
        if (head.recipient, head.lane) != (self._profile.agency_id, self._lane):
            raise refused("của hộp thư khác", "it is the head of another inbox")
        return page, head

    async def _open(self, entry: AnyEntry) -> InboxItem:
        if isinstance(entry, WithheldEntry):
            return self._withheld(entry)
        receipt = await self.receipt_of(entry)
        seal = await self._check_seal(entry, receipt)
        place = Place(entry.n, self._lane, seal, receipt, entry.signed, entry.receipt)
        return read_item(place, self._known)

    def _withheld(self, entry: WithheldEntry) -> Withheld:
        noted = self.received.find_number(entry.n)
        return Withheld(
            entry.n,
            self._lane,
            sha256=entry.sha256,
            how=entry.how,
            request_source=entry.source,
            request_message_id=entry.request,
            symbol=noted.symbol if noted else "",
            sender_code=noted.sender_code if noted else "",
        )

    async def _check_seal(self, entry: Entry, receipt: SubmissionReceipt) -> Verified:
        try:
            return await self._trust.verify(entry.signed, said_by=receipt.source, at=receipt.accepted_at)
        except SignatureRefused as error:
            reason = str(error.reason)
            raise SealRefused(entry_words(entry.n, reason, reason), n=entry.n, reason=reason) from error

    def _check_receipt(self, receipt: DeliveryReceipt, link: Link) -> None:
        if (receipt.recipient, receipt.lane) != (self._profile.agency_id, self._lane):
            raise refused("của hộp thư khác", "it is of another inbox")
        # What an earlier receipt covers is not said twice, so the receipt may reach further than was asked.
        chain = self._given.get(receipt.n)
        if receipt.n < link.n or (chain is not None and receipt.chain != chain.hex()):
            raise StatementRefused(entry_words(link.n, "xác nhận điều khác", "it acknowledges something else"))


def _member(body: bytes, name: str) -> JsonValue:
    try:
        value = loads(body)
    except MalformedJson as error:
        raise UnexpectedAnswer(Words("Câu trả lời không phải JSON", "The answer is not JSON")) from error
    return value.get(name) if isinstance(value, dict) else None
