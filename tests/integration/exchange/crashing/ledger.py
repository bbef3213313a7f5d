"""What the agencies' systems know: what was accepted, what lies in their inboxes; and how they ask until it is told."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from aiokafka.errors import KafkaError
from tests.integration.exchange.changing import Withheld, hash_of, open_lines
from tests.integration.exchange.world import Agency, Entry

from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import DocumentSent, StatusReported, chain_next, chain_start
from lienthong.common.messages.topics import CHANGES, DOCUMENTS, STATUSES
from lienthong.common.signing import SignedBytes

PATIENCE = 240.0  # six moments of one step, each frozen until the database has ended its transaction
AGAIN = frozenset({401, 429, 503})
_TOPICS = {DocumentSent.TYPE: DOCUMENTS, StatusReported.TYPE: STATUSES}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message and the receipt that its sender was given for it."""

    sender: UUID
    to: frozenset[UUID]
    lane: Lane
    topic: str
    message: SignedBytes
    receipt: SignedBytes


@dataclass(slots=True)
class Mailbox:
    """One inbox as its recipient has read it so far, chain and all."""

    entries: list[Entry | Withheld]
    chain: bytes

    @property
    def readable(self) -> list[Entry]:
        """Without what its reader found withheld."""
        return [entry for entry in self.entries if isinstance(entry, Entry)]

    async def read_on(self, reader: Agency, lane: Lane, ask: "Ask") -> list[Entry]:
        """Read to the end; every number, receipt and head is checked."""
        new: list[Entry] = []
        while page := await ask(lambda: self._page(reader, lane)):
            readable = [entry for entry in page if isinstance(entry, Entry)]
            for entry in readable:
                reader.world.check_receipt(entry)
            new += readable
        return new

    async def _page(self, reader: Agency, lane: Lane) -> list[Entry | Withheld]:
        before, chain = len(self.entries), self.chain
        page, head = open_lines(reader.world, await answered(reader.ask_inbox(lane, after=before, limit=20), 200))
        if len(self.entries) != before:  # another stream of this agency has read meanwhile
            raise OnceMore
        for n, entry in enumerate(page, start=before + 1):
            assert entry.n == n
            chain = chain_next(chain, hash_of(entry), n)
        assert (head["n"], head["chain"]) == (before + len(page), chain.hex())
        self.entries, self.chain = self.entries + page, chain
        return page


Ask = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]


@dataclass(slots=True)
class Ledger:
    """What the agencies know, over many plans: accepted messages, their orders, inboxes, delivery receipts, files."""

    accepted: dict[str, Accepted] = field(default_factory=dict[str, Accepted])
    orders: list[list[str]] = field(default_factory=list[list[str]])
    """Ids of messages, each accepted before the next one was posted or could be."""
    mailboxes: dict[tuple[UUID, Lane], Mailbox] = field(default_factory=dict[tuple[UUID, Lane], Mailbox])
    acknowledged: dict[tuple[UUID, Lane, int], SignedBytes] = field(
        default_factory=dict[tuple[UUID, Lane, int], SignedBytes]
    )
    carried: set[str] = field(default_factory=set[str])
    destroyed: set[str] = field(default_factory=set[str])
    reported: dict[tuple[str, UUID], dict[str, str]] = field(default_factory=dict[tuple[str, UUID], dict[str, str]])
    """Of a document (by its message) at a recipient: the codes reported, and the message that brought each."""
    expired: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Documents (by their messages) at recipients that did not receive them in time."""
    notices: dict[str, Accepted] = field(default_factory=dict[str, Accepted])
    """What the exchange itself said to senders of documents."""
    versions: dict[UUID, int] = field(default_factory=dict[UUID, int])
    changed: set[str] = field(default_factory=set[str])
    """Documents, by their messages, that change requests are about or are: nobody else reports of them."""
    withdrawn: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Documents, by their messages, at recipients where a change had to be granted at once."""
    lapsed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Requests, by their messages, at recipients that did not answer them."""

    def mailbox(self, agency: UUID, lane: Lane) -> Mailbox:
        return self.mailboxes.setdefault((agency, lane), Mailbox([], chain_start(agency, lane)))

    def keep(self, sender: UUID, to: Iterable[UUID], message: SignedBytes, receipt: SignedBytes) -> None:
        """A message was accepted; whoever is told so again is told it with the same receipt."""
        lane = Lane(json.loads(receipt.payload)["lane"])
        topics = _TOPICS.get(json.loads(message.payload)["type"], CHANGES)
        accepted = Accepted(sender, frozenset(to), lane, topics[lane].name, message, receipt)
        assert self.accepted.setdefault(message_id(message), accepted) == accepted, "one receipt, always"

    def choose_unreported(self, agency: UUID, lane: Lane) -> Entry | None:
        """The newest document in an inbox of which nothing was reported; from now on somebody reports it."""
        for entry in reversed(self.mailbox(agency, lane).readable):
            name = message_id(entry.message)
            is_free = name not in self.changed and (name, agency) not in self.reported
            if entry.event["type"] == DocumentSent.TYPE and is_free:
                self.reported[name, agency] = {}
                return entry
        return None


class OnceMore(Exception):
    """No answer, or one that says to come again."""


async def patiently(ask: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until there is an answer: broken connections and answers that say so are asked again."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await ask()
            except (httpx.HTTPError, KafkaError, OnceMore):
                await asyncio.sleep(0.03)


async def answered(asking: Awaitable[httpx.Response], *wanted: int) -> httpx.Response:
    """The answer, which must be one of these. Raises OnceMore for one that says to come again."""
    return definite(await asking, *wanted)


def definite(answer: httpx.Response, *wanted: int) -> httpx.Response:
    """The answer, if it is one of these. Raises OnceMore for one that says to come again."""
    if answer.status_code in AGAIN:
        raise OnceMore
    assert answer.status_code in wanted, f"{answer.status_code}: {answer.text}"
    return answer


def message_id(message: SignedBytes) -> str:
    """The id of a sealed message."""
    return json.loads(message.payload)["id"]
