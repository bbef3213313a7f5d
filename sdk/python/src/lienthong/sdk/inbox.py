"""The agency's inbox in one lane: every entry verified before anyone sees it, in the one order the exchange signed.

A page is checked as a whole (numbers, hash chain, signed head), then each entry (receipt of the exchange, then the
sender's seal as of the receipt's `accepted_at`). Nothing can be passed over except by acknowledging it.
"""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from lienthong.common.errors import Words
from lienthong.common.messages.document import Document, Lane
from lienthong.common.messages.envelope import MalformedEvent, MalformedJson, read
from lienthong.common.messages.exchange import DeliveryReceipt, DocumentSent, InboxHead, SubmissionReceipt
from lienthong.common.signing.errors import SignatureRefused
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.verifier import Verified
from lienthong.common.strict_json import JsonValue, loads
from lienthong.sdk.errors import (
    InboxChanged,
    InboxRolledBack,
    NotReadYet,
    SealRefused,
    StatementRefused,
    UnexpectedAnswer,
)
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.files import private_folder, write_atomically
from lienthong.sdk.pages import Entry, check_page, read_page
from lienthong.sdk.problems import Refused
from lienthong.sdk.profile import Profile
from lienthong.sdk.state import InboxState, Link
from lienthong.sdk.statements import Statements, hashes_of, refused, signed_line
from lienthong.sdk.trust import Trust

POLL_SECONDS = 25.0
"""Longest time one request waits for news; shorter than what proxies cut."""
PAGE = 100


@dataclass(frozen=True, slots=True)
class Letter:
    """A document received: sealed by its sender, accepted by the exchange, in its place in the inbox."""

    n: int
    lane: Lane
    event: DocumentSent
    seal: Verified
    receipt: SubmissionReceipt
    signed: SignedBytes
    receipt_signed: SignedBytes

    @property
    def document(self) -> Document:
        """What was sent."""
        return self.event.data


class Inbox:
    """One lane. Reading begins after what was acknowledged last, also after a restart."""

    def __init__(
        self, lane: Lane, *, profile: Profile, exchange: Exchange, trust: Trust, statements: Statements
    ) -> None:
        self._lane = lane
        self._profile = profile
        self._exchange = exchange
        self._trust = trust
        self._statements = statements
        self._state = InboxState(profile.folder, profile.agency_id, lane)
        self._given: dict[int, bytes] = {}

    async def read(self, *, follow: bool, wait: float, limit: int) -> AsyncGenerator[Letter]:
        """Letters from the first one not acknowledged; ends when there is nothing new unless `follow`.

        Raises the InboxBroken family, SealRefused, StatementRefused, PlatformError, Unreachable.
        """
        position = self._state.load().acknowledged
        while True:
            entries, links = await self._page(position, POLL_SECONDS if follow else wait, limit)
            for entry, link in zip(entries, links, strict=True):
                # Only what was given out, or refused by name, can be acknowledged.
                self._given[link.n] = link.chain
                yield await self._open(entry)
            if links:
                # Who has something to do does not wait for more.
                position, wait = links[-1], 0
            elif not follow:
                return

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

    async def _page(self, position: Link, wait: float, limit: int) -> tuple[tuple[Entry, ...], tuple[Link, ...]]:
        # Read before the request: another process of this profile may see more while the answer is on its way.
        seen = self._state.load().seen
        query = f"after={position.n}&limit={limit}&wait={wait:g}"
        try:
            answer = await self._exchange.ask(
                "GET", f"/v1/inbox/{self._lane}?{query}", headers={"accept": "application/x-ndjson"}, waits=wait
            )
        except Refused as error:
            if "cursor_beyond_end" in error.problem.codes:
                words = Words(f"Trục không còn số {position.n}", f"The exchange has no number {position.n}")
                raise InboxRolledBack(words) from error
            raise
        page = read_page(answer.body)
        head = await self._statements.read(page.head, InboxHead)
        if (head.recipient, head.lane) != (self._profile.agency_id, self._lane):
            raise refused("của hộp thư khác", "it is the head of another inbox")
        links = check_page(page, head, position=position, seen=seen)
        if links:
            self._state.keep(seen=links[-1])
        return page.entries, links

    async def _open(self, entry: Entry) -> Letter:
        receipt = await self._statements.read(entry.receipt, SubmissionReceipt)
        sha256, jws_sha256 = hashes_of(entry.signed)
        if receipt.sha256 != sha256:
            raise InboxChanged(_entry(entry.n, "nội dung khác biên nhận", "the bytes are not those of the receipt"))
        if receipt.jws_sha256 != jws_sha256 or receipt.lane != self._lane:
            raise InboxChanged(_entry(entry.n, "chữ ký khác biên nhận", "the signature is not that of the receipt"))
        seal = await self._check_seal(entry, receipt)
        event = _event(entry, seal)
        if (event.source, event.id) != (receipt.source, receipt.message_id):
            raise InboxChanged(_entry(entry.n, "biên nhận của văn bản khác", "the receipt is of another message"))
        if all(to.agency_id != self._profile.agency_id for to in event.data.to):
            raise InboxChanged(_entry(entry.n, "không gửi cho cơ quan này", "it is not addressed to this agency"))
        return Letter(entry.n, self._lane, event, seal, receipt, entry.signed, entry.receipt)

    async def _check_seal(self, entry: Entry, receipt: SubmissionReceipt) -> Verified:
        try:
            return await self._trust.verify(entry.signed, said_by=receipt.source, at=receipt.accepted_at)
        except SignatureRefused as error:
            reason = str(error.reason)
            raise SealRefused(_entry(entry.n, reason, reason), n=entry.n, reason=reason) from error

    def _check_receipt(self, receipt: DeliveryReceipt, link: Link) -> None:
        if (receipt.recipient, receipt.lane) != (self._profile.agency_id, self._lane):
            raise refused("của hộp thư khác", "it is of another inbox")
        # What an earlier receipt covers is not said twice, so the receipt may reach further than was asked.
        chain = self._given.get(receipt.n)
        if receipt.n < link.n or (chain is not None and receipt.chain != chain.hex()):
            raise StatementRefused(_entry(link.n, "xác nhận điều khác", "it acknowledges something else"))


def _event(entry: Entry, seal: Verified) -> DocumentSent:
    try:
        event = read(seal.payload, DocumentSent, tolerant=True)
    except (MalformedEvent, MalformedJson) as error:
        raise SealRefused(_entry(entry.n, "sai cấu trúc", "malformed"), n=entry.n, reason=error.code) from error
    if event.source != f"/agencies/{event.data.sender.agency_id}":
        raise SealRefused(_entry(entry.n, "sai nơi gửi", "another sender is named"), n=entry.n, reason="sender")
    return event


def _member(body: bytes, name: str) -> JsonValue:
    try:
        value = loads(body)
    except MalformedJson as error:
        raise UnexpectedAnswer(Words("Câu trả lời không phải JSON", "The answer is not JSON")) from error
    return value.get(name) if isinstance(value, dict) else None


def _entry(n: int, vi: str, en: str) -> Words:
    return Words(f"Văn bản số {n}: {vi}", f"Entry {n}: {en}")
