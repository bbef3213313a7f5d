"""Agencies' own topics: intents and states, and what the relay sends there."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import is_own_topic, own_topic
from lienthong.common.outbox import Content, Sent
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.own_topics import EndCause, OwnTopic, TopicState
from lienthong.exchange.domain.states import WITHHELD
from lienthong.exchange.store.messages import message_headers

_COLUMNS: Final = """
    t.agency_id, t.lane, t.client_id, t.state, t.from_n, t.put_n, t.last_n, t.asked_at, t.opened_at, t.ended_at,
    t.end_cause, t.cause, t.attempts
"""
_FIND: Final = f"SELECT {_COLUMNS} FROM own_topic AS t WHERE t.agency_id = $1 AND t.lane = $2"  # noqa: S608  constants
_LOCK: Final = f"{_FIND} FOR NO KEY UPDATE"
_ASK: Final = """
    INSERT INTO own_topic AS t (agency_id, lane, client_id, state, from_n, put_n, asked_at, retry_at)
    VALUES ($1, $2, $3, 'asked', $4::bigint, $4::bigint - 1, $5, $5)
    ON CONFLICT (agency_id, lane) DO UPDATE SET
        client_id = excluded.client_id, state = 'asked', from_n = excluded.from_n, put_n = excluded.put_n,
        last_n = NULL, asked_at = excluded.asked_at, opened_at = NULL, ended_at = NULL, end_cause = NULL, cause = NULL,
        attempts = 0, retry_at = excluded.retry_at
"""
_TAKE_OVER: Final = "UPDATE own_topic SET client_id = $3 WHERE agency_id = $1 AND lane = $2"
_BEGIN_END: Final = """
    UPDATE own_topic SET state = 'ending', last_n = $3, end_cause = $4, cause = NULL, attempts = 0, retry_at = $5
    WHERE agency_id = $1 AND lane = $2
"""
_OPEN_AMONG: Final = """
    SELECT agency_id, lane FROM own_topic
    JOIN unnest($1::uuid[], $2::text[]) AS asked (agency_id, lane) USING (agency_id, lane)
    WHERE state = 'open'
"""
_DUE: Final = f"""
    SELECT {_COLUMNS} FROM own_topic AS t
    WHERE t.state IN ('asked', 'ending') AND t.retry_at <= $1
    ORDER BY t.retry_at, t.agency_id, t.lane LIMIT 100
"""  # noqa: S608  constants
_ALL: Final = f"""
    SELECT {_COLUMNS}, a.state = 'active' AS agency_active
    FROM own_topic AS t LEFT JOIN agency AS a USING (agency_id)
"""  # noqa: S608  constants
_FAIL: Final = """
    UPDATE own_topic SET state = $4, cause = $5, attempts = attempts + 1, retry_at = $6
    WHERE agency_id = $1 AND lane = $2 AND state = $3
"""
_UNPUT: Final = """
    SELECT n, message FROM delivery WHERE recipient = $1 AND lane = $2 AND n > $3 ORDER BY n LIMIT $4
"""
_NOTE_PUT: Final = "UPDATE own_topic SET put_n = $3 WHERE agency_id = $1 AND lane = $2 AND state = 'asked'"
_OPEN: Final = """
    UPDATE own_topic SET state = 'open', opened_at = $3, cause = NULL, attempts = 0
    WHERE agency_id = $1 AND lane = $2 AND state = 'asked'
"""
_DROP_WAITING: Final = "DELETE FROM outbox WHERE topic = $1"
_FORGET_EMITTED: Final = """
    DELETE FROM emitted WHERE id IN (SELECT id FROM emitted WHERE topic = $1 AND key = $2 ORDER BY id LIMIT 5000)
"""
_END: Final = """
    UPDATE own_topic SET state = 'ended', ended_at = $3, cause = NULL, attempts = 0
    WHERE agency_id = $1 AND lane = $2 AND state = 'ending'
"""
_ENTRIES: Final = """
    SELECT d.recipient, d.message, d.n, d.chain, coalesce(w.state, d.state) AS state, m.payload, m.sha256, m.jws,
           m.receipt, m.receipt_jws
    FROM unnest($1::uuid[], $2::uuid[]) AS asked (recipient, message)
    JOIN delivery AS d USING (recipient, message)
    JOIN message AS m ON m.id = d.message
    LEFT JOIN withheld_version AS w ON (w.message, w.recipient) = (d.message, d.recipient)
"""
# The row that was sent last; what was sent can be acknowledged.
_LAST_SENT: Final = """
    SELECT d.n FROM emitted AS e JOIN delivery AS d ON (d.message, d.recipient) = (e.reference, $2)
    WHERE e.topic = $1 AND e.key = $2::uuid::text
    ORDER BY e.id DESC LIMIT 1
"""


async def find(connection: Connection, inbox: InboxKey) -> OwnTopic | None:
    """The topic of this inbox, whatever its state; None where nobody has asked for one."""
    row = await connection.fetchrow(_FIND, *inbox)
    return None if row is None else _topic(row)


async def lock(connection: Connection, inbox: InboxKey) -> OwnTopic | None:
    """As `find`; it stays as it is until the end of the transaction."""
    row = await connection.fetchrow(_LOCK, *inbox)
    return None if row is None else _topic(row)


async def ask(connection: Connection, inbox: InboxKey, client_id: UUID, from_n: int, at: datetime) -> None:
    """Store the intent that there be a topic."""
    await connection.execute(_ASK, *inbox, client_id, from_n, at)


async def take_over(connection: Connection, inbox: InboxKey, client_id: UUID) -> None:
    """Another client of the agency answers for the topic from now on."""
    await connection.execute(_TAKE_OVER, *inbox, client_id)


async def begin_end(connection: Connection, inbox: InboxKey, last_n: int, cause: EndCause, at: datetime) -> None:
    """Store the intent that the topic be no more; `last_n` is the last entry that may be there."""
    await connection.execute(_BEGIN_END, *inbox, last_n, cause, at)


async def open_among(connection: Connection, inboxes: Iterable[InboxKey]) -> set[InboxKey]:
    """Those whose topics are open. Whoever has locked their counters knows that it stays so until its commit."""
    asked = sorted(set(inboxes))
    rows = await connection.fetch(_OPEN_AMONG, [each.agency_id for each in asked], [each.lane for each in asked])
    return {InboxKey(row["agency_id"], Lane(row["lane"])) for row in rows}


async def find_due(connection: Connection, at: datetime) -> list[OwnTopic]:
    """What is to be done at the broker."""
    return [_topic(row) for row in await connection.fetch(_DUE, at)]


async def find_all(connection: Connection) -> list[tuple[OwnTopic, bool]]:
    """Every topic that was ever asked for, and whether its agency is active."""
    return [(_topic(row), bool(row["agency_active"])) for row in await connection.fetch(_ALL)]


async def note_failure(
    connection: Connection, topic: OwnTopic, state: TopicState, cause: str, retry_at: datetime
) -> None:
    """An attempt failed; nothing changes where the topic is in another state by now."""
    await connection.execute(_FAIL, *topic.inbox, topic.state, state, cause, retry_at)


async def unput(connection: Connection, topic: OwnTopic, most: int) -> list[tuple[int, UUID]]:
    """Entries that are not yet in the outbox, in order: number, and message by the id of its row."""
    return [tuple(row) for row in await connection.fetch(_UNPUT, *topic.inbox, topic.put_n, most)]


async def note_put(connection: Connection, topic: OwnTopic, n: int) -> None:
    """Entries up to `n` are in the outbox."""
    await connection.execute(_NOTE_PUT, *topic.inbox, n)


async def open_(connection: Connection, topic: OwnTopic, at: datetime) -> None:
    """From now on pages put their entries themselves."""
    await connection.execute(_OPEN, *topic.inbox, at)


async def drop_waiting(connection: Connection, topic: OwnTopic) -> None:
    """What was not sent yet is not sent any more."""
    await connection.execute(_DROP_WAITING, topic.spec.name)


async def forget_emitted(connection: Connection, topic: OwnTopic) -> bool:
    """Forget some thousands of what was sent there, which is gone; answers whether there may be more."""
    status = await connection.execute(_FORGET_EMITTED, topic.spec.name, str(topic.inbox.agency_id))
    return status != "DELETE 0"


async def end(connection: Connection, topic: OwnTopic, at: datetime) -> None:
    """It is no more."""
    await connection.execute(_END, *topic.inbox, at)


async def last_sent(connection: Connection, inbox: InboxKey) -> int:
    """The number of the entry that was sent to the inbox's own topic last; 0 where there is none."""
    return await connection.fetchval(_LAST_SENT, own_topic(*inbox).name, inbox.agency_id) or 0


async def contents(connection: Connection, sent: Sequence[Sent]) -> Mapping[Sent, Content]:
    """10.4 What the relay sends for an entry: what its reader would fetch; number and link as headers."""
    asked = {(UUID(one.key), one.reference): one for one in sent if is_own_topic(one.topic)}
    if not asked:
        return {}
    recipients, messages = [key for key, _ in asked], [reference for _, reference in asked]
    rows = await connection.fetch(_ENTRIES, recipients, messages)
    return {asked[row["recipient"], row["message"]]: _content(row) for row in rows}


def _content(row: asyncpg.Record) -> Content:
    place = [("entry-number", str(row["n"]).encode()), ("chain", row["chain"].hex().encode())]
    if row["state"] not in WITHHELD:
        return Content(row["payload"], [*message_headers(row), *place])
    # It was withdrawn, taken back or revoked before it was sent, or it is sent again after the loss of a broker.
    withheld = [("withheld", row["state"].encode()), ("sha256", row["sha256"].hex().encode())]
    return Content(b"", [*place, *withheld])


def _topic(row: asyncpg.Record) -> OwnTopic:
    members: dict[str, Any] = dict(row)
    members.pop("agency_active", None)
    inbox = InboxKey(members.pop("agency_id"), Lane(members.pop("lane")))
    state, cause = TopicState(members.pop("state")), members.pop("end_cause")
    return OwnTopic(inbox=inbox, state=state, end_cause=None if cause is None else EndCause(cause), **members)
