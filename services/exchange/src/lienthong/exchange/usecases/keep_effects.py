"""What the messages of a page bring about is stored: steps 7.4 and 8.4 of docs/way-of-a-document.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.exchange import DeliveryEnded
from lienthong.exchange.domain.changes import REMOVED_AFTER, RequestState
from lienthong.exchange.domain.deliveries import (
    AdmittedAnswer,
    AdmittedRemoval,
    AdmittedRequest,
    AdmittedStatus,
    DeliveryKey,
    Effect,
)
from lienthong.exchange.domain.notices import withdrawn
from lienthong.exchange.domain.requests import reason_of
from lienthong.exchange.domain.submission import Facts, Submission
from lienthong.exchange.store import changes, deliveries, statuses
from lienthong.exchange.store.changes import NewAnswer, NewRemoval, NewRequest
from lienthong.exchange.store.deliveries import Moved
from lienthong.exchange.store.statuses import NewStatus
from lienthong.exchange.store.withheld import EndedDocument, withhold_versions


@dataclass(frozen=True, slots=True)
class Done:
    """What an accepted message (by the id of its row) brings about."""

    message: UUID
    submission: Submission
    effect: Effect


async def keep_effects(connection: Connection, done: Sequence[Done], facts: Facts) -> None:
    """Store it with the messages. The deliveries concerned are locked."""
    # 7.4 What was reported.
    if reported := [_status(each, each.effect) for each in done if isinstance(each.effect, AdmittedStatus)]:
        await statuses.add(connection, reported)
    # 8.4 What was asked, answered, removed; and where each delivery is with all of it.
    if asked := [request for each in done for request in _requests(each, facts)]:
        await changes.add(connection, asked)
    if answered := [_answer(each, each.effect) for each in done if isinstance(each.effect, AdmittedAnswer)]:
        await changes.answer(connection, answered)
    if removed := [_removal(each, each.effect) for each in done if isinstance(each.effect, AdmittedRemoval)]:
        await changes.note_removals(connection, removed)
    if withheld := [document for each in done for document in _withheld(each, facts)]:
        await withhold_versions(connection, withheld)
    if facts.moved:
        await deliveries.move(connection, [_moved(key, facts) for key in sorted(facts.moved)])


def notices_of(done: Iterable[Done], facts: Facts, at: datetime) -> list[DeliveryEnded]:
    """What the senders are told of deliveries that ended at once."""
    return [
        withdrawn(
            facts.documents[facts.deliveries[key].message], key, facts.deliveries[key], each.submission.event.id, at
        )
        for each in done
        if isinstance(each.effect, AdmittedRequest)
        for key in each.effect.granted
    ]


def _status(done: Done, effect: AdmittedStatus) -> NewStatus:
    return NewStatus(
        message=done.message,
        document=effect.document,
        recipient=done.submission.agency_id,
        said=done.submission.said,
        late=effect.fit.late,
        description=done.submission.report.description,
    )


def _requests(done: Done, facts: Facts) -> Iterable[NewRequest]:
    if not isinstance(done.effect, AdmittedRequest):
        return ()
    effect, reason = done.effect, reason_of(done.submission.event)
    states = dict.fromkeys(effect.granted, RequestState.GRANTED) | dict.fromkeys(effect.asked, RequestState.ASKED)
    return [
        NewRequest(done.message, facts.deliveries[key].message, key[0], effect.kind, state, reason)
        for key, state in states.items()
    ]


def _answer(done: Done, effect: AdmittedAnswer) -> NewAnswer:
    recipient, description = done.submission.agency_id, done.submission.change_answer.description
    return NewAnswer(effect.request, recipient, effect.state, done.message, description)


def _removal(done: Done, effect: AdmittedRemoval) -> NewRemoval:
    return NewRemoval(effect.request, done.submission.agency_id, done.message)


def _withheld(done: Done, facts: Facts) -> Iterable[EndedDocument]:
    """Documents of which nothing may be read any more, no version."""
    match done.effect:
        case AdmittedRequest(kind=kind, granted=keys) if kind in REMOVED_AFTER:
            request = done.message
        case AdmittedAnswer(state=RequestState.AGREED, request=request):
            asked = facts.requests[done.submission.delivery]
            keys = asked.documents if asked.kind in REMOVED_AFTER else ()
        case _:
            return ()
    ended = [(key, facts.deliveries[key]) for key in keys]
    return [EndedDocument(each.message, key[0], request, each.history.state) for key, each in ended]


def _moved(key: DeliveryKey, facts: Facts) -> Moved:
    delivery = facts.deliveries[key]
    return Moved(delivery.message, key[0], delivery.history.state, delivery.history.start)
