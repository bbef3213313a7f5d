"""What a page of submissions is judged by: steps 7.2 and 8.1 of docs/way-of-a-document.md.

Deliveries are locked before anything is looked up about them, so that two processes never judge two messages about
one delivery at once. Which version of a document a change concerns is known only by looking: so it is looked at
again behind the locks, and where another one stands by then, the page is judged again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.document import Document
from lienthong.exchange.domain.changes import ChangeKind
from lienthong.exchange.domain.deliveries import AskedChange, DeliveredDocument, DeliveryKey, SubjectKey
from lienthong.exchange.domain.rules.changes import MOST_CHANGES, exceeds_limits
from lienthong.exchange.domain.submission import Submission
from lienthong.exchange.store import changes, deliveries
from lienthong.exchange.store.deliveries import Row


class JudgedTooEarly(Exception):
    """Something that the judgement rests on has changed since: nothing was stored, the page is judged again."""


class VersionOvertaken(JudgedTooEarly):
    """Another version of a document came to stand while the page waited for its lock."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """The deliveries that a page is about, locked, and what is known of them."""

    deliveries: dict[DeliveryKey, DeliveredDocument] = field(default_factory=dict[DeliveryKey, DeliveredDocument])
    newest: Mapping[SubjectKey, DeliveryKey] = field(default_factory=dict[SubjectKey, DeliveryKey])
    sent: frozenset[tuple[UUID, UUID]] = frozenset()
    documents: Mapping[UUID, Document] = field(default_factory=dict[UUID, Document])
    requests: dict[DeliveryKey, AskedChange] = field(default_factory=dict[DeliveryKey, AskedChange])
    crowded: frozenset[tuple[UUID, UUID]] = frozenset()


async def lock_concerned(connection: Connection, page: Sequence[Submission]) -> Concerned:
    """The deliveries that the page is about, locked until the end of the transaction. Raises VersionOvertaken."""
    keys = {key for each in page if not each.is_document for key in each.deliveries}
    crowded = await _find_crowded(connection, page)
    subjects = {key for each in page if not exceeds_limits(each, crowded) for key in each.changed}
    if not keys and not subjects:
        return Concerned(crowded=crowded)
    # 8.1 The newest version at each recipient is the one that a revocation, update or replacement is about.
    newest = await deliveries.find_newest(connection, subjects) if subjects else {}
    rows = {row for row, _ in newest.values()} | (await deliveries.find(connection, keys) if keys else set())
    # 7.2 What is said of one delivery is judged one after another; so it waits here, before anything is looked up.
    await _lock(connection, rows, page)
    if subjects and await deliveries.find_newest(connection, subjects) != newest:
        raise VersionOvertaken
    return replace(await _look(connection, page, rows, keys, newest), crowded=crowded)


async def _find_crowded(connection: Connection, page: Sequence[Submission]) -> frozenset[tuple[UUID, UUID]]:
    """Of the subjects named those that were used for more messages than are looked through for one request."""
    named = {(each.agency_id, one.subject) for each in page for one in each.named if one.subject is not None}
    if not named:
        return frozenset()
    used = await deliveries.count_messages(connection, named, MOST_CHANGES + 1)
    return frozenset(subject for subject, messages in used.items() if messages > MOST_CHANGES)


async def _lock(connection: Connection, rows: set[Row], page: Sequence[Submission]) -> None:
    if not rows:
        return
    await deliveries.lock(connection, rows)
    if any(each.kind is not None for each in page):
        await deliveries.lock_readings(connection, rows)


async def _look(
    connection: Connection,
    page: Sequence[Submission],
    rows: set[Row],
    keys: set[DeliveryKey],
    newest: Mapping[SubjectKey, tuple[Row, UUID]],
) -> Concerned:
    found = await deliveries.read_all(connection, rows) if rows else {}
    named = {(sender, subject) for each in page for sender, subject, _ in each.changed}
    about = {key for each in page if each.kind is not None for key in each.deliveries} & found.keys()
    standing = {key: (row[1], key[0], message_id) for key, (row, message_id) in newest.items()}
    changed = {found[key].message for key in (*about, *standing.values()) if key in found}
    # A request that was stored since its deliveries were looked for is not there yet, as they are not.
    requests = await changes.find(connection, keys) if keys else {}
    return Concerned(
        deliveries=found,
        newest=standing,
        sent=await deliveries.find_sent(connection, named) if named else frozenset(),
        documents=await deliveries.read_documents(connection, changed) if changed else {},
        requests={key: asked for key, asked in requests.items() if _concerned_by(key, asked) <= found.keys()},
    )


def _concerned_by(key: DeliveryKey, asked: AskedChange) -> set[DeliveryKey]:
    """What the answer to a request moves: a take-back itself is no document, and moves only those that it is about."""
    return {*asked.documents} if asked.kind is ChangeKind.TAKE_BACK else {key, *asked.documents}
