"""The exchange tells the sender of a document what became of it: step 8.5 of docs/way-of-a-document.md.

An entry like every other: sealed (with the exchange's own key), receipted, numbered, a link of the chain, published to
`exchange.deliveries.<lane>.v1` under the key of who is told.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock
from lienthong.common.database import Connection
from lienthong.common.ids import new_id
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.topics import DELIVERIES
from lienthong.common.outbox import Outbox, Outgoing
from lienthong.exchange.domain.notices import EXCHANGE_ITSELF, Notice, inbox_of, subject_of
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.store import inboxes, messages
from lienthong.exchange.store.inboxes import Delivery
from lienthong.exchange.store.messages import NewMessage
from lienthong.exchange.usecases.own_topics import entries_for_own_topics


class SayToSender:
    """Part of a transaction in which deliveries end: whoever calls it has locked those deliveries before."""

    def __init__(self, statements: Statements, outbox: Outbox, clock: Clock) -> None:
        self._statements = statements
        self._outbox = outbox
        self._clock = clock

    async def __call__(self, connection: Connection, notices: Sequence[Notice]) -> frozenset[InboxKey]:
        """Say it, as the last thing the transaction does: the outbox keeps its keys locked until the commit.

        Answers whose inboxes have new entries. Where there are any, ring them and wake the outbox after the commit.
        """
        if not notices:
            return frozenset()
        told = frozenset(inbox_of(notice) for notice in notices)
        links = await inboxes.lock(connection, told)
        await self._outbox.put(connection, await self.store(connection, notices, links, self._clock.now()))
        return told

    async def store(
        self, connection: Connection, notices: Sequence[Notice], links: dict[InboxKey, Link], at: datetime
    ) -> list[Outgoing]:
        """Say it within a page: the counters are locked, `links` move on; what is answered goes into the outbox."""
        # 8.5 Signed, then stored with its receipt, numbered, put on record; given out and published after the commit.
        new = [(notice, self._seal(notice, at)) for notice in notices]
        await messages.add(connection, [message for _, message in new], at)
        deliveries: list[Delivery] = []
        for notice, message in new:
            inbox = inbox_of(notice)
            links[inbox] = links[inbox].next(message.sha256)
            deliveries.append(Delivery(inbox, links[inbox], message.id, None))
        await inboxes.deliver(connection, deliveries)
        await write_audit(connection, *(_record(notice, message, at) for notice, message in new))
        own = await entries_for_own_topics(connection, deliveries)
        return [*(_outgoing(notice, message) for notice, message in new), *own]

    def _seal(self, notice: Notice, at: datetime) -> NewMessage:
        signed = self._statements.sign(to_bytes(notice))
        return NewMessage(
            id=new_id(),
            sender=EXCHANGE_ITSELF,
            message_id=notice.id,
            subject=subject_of(notice),
            lane=notice.data.lane,
            signed=signed,
            sha256=hashlib.sha256(signed.payload).digest(),
            receipt=self._statements.submission_receipt(notice, signed, at),
        )


def _outgoing(notice: Notice, message: NewMessage) -> Outgoing:
    inbox = inbox_of(notice)
    return Outgoing(DELIVERIES[inbox.lane].name, str(inbox.agency_id), message.id)


def _record(notice: Notice, message: NewMessage, at: datetime) -> AuditRecord:
    inbox = inbox_of(notice)
    return AuditRecord(
        at=at,
        who=notice.source,
        act="message.say",
        object=f"{notice.source}/messages/{notice.id}",
        outcome=Outcome.DONE,
        details={
            "to": str(inbox.agency_id),
            "type": notice.type,
            "lane": inbox.lane.value,
            "sha256": message.sha256.hex(),
        },
    )
