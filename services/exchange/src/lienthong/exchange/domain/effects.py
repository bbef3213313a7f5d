"""What an admitted message brings about; later lines of its page are judged with it.

Judged and done alike: what a rule has let pass is done here from the same facts, by the same tables.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from lienthong.common.messages.exchange import ChangeAnswered, ContentRemoved, StatusReported
from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.changes import END_AT_ONCE, NEWER, ChangeKind, Course, Settlement, decide, settle
from lienthong.exchange.domain.deliveries import (
    AdmittedAnswer,
    AdmittedRemoval,
    AdmittedRequest,
    AdmittedStatus,
    AskedChange,
    DeliveredDocument,
    DeliveryKey,
    Effect,
)
from lienthong.exchange.domain.submission import Facts, Submission


def admit(submission: Submission, facts: Facts) -> Effect | None:
    """The message is admitted: what comes of it. The facts grow with it."""
    match submission.event:
        case StatusReported():
            return _report(submission, facts)
        case ChangeAnswered():
            return _answer(submission, facts)
        case ContentRemoved():
            return _remove(submission, facts)
        case _:
            return None if submission.kind is None else _ask(submission, submission.kind, facts)


def choose_courses(submission: Submission, kind: ChangeKind, facts: Facts) -> Mapping[DeliveryKey, Course]:
    """8.2 What happens at each delivery. A recipient that is asked about one is asked about all."""
    chosen: dict[int, dict[DeliveryKey, Course]] = defaultdict(dict)
    for target in facts.find_targets(submission):
        if target.key is None or target.delivery is None:
            continue
        course = decide(kind, target.delivery.where, pending=target.delivery.pending)
        if not isinstance(course, Refusal):
            chosen[target.place][target.key] = course
    return {key: course for here in chosen.values() for key, course in _together(here).items()}


def _together(here: Mapping[DeliveryKey, Course]) -> Mapping[DeliveryKey, Course]:
    if Course.ASK not in here.values():
        return here
    return {key: Course.ASK if course is Course.AT_ONCE else course for key, course in here.items()}


def _report(submission: Submission, facts: Facts) -> AdmittedStatus:
    delivery = facts.deliveries[submission.delivery]
    fit = delivery.judge(submission.said, submission.occurred_at)
    if isinstance(fit, Refusal):
        raise TypeError("a status was admitted that does not fit its delivery")
    _move(facts, submission.delivery, delivery.with_status(submission.said, fit))
    return AdmittedStatus(delivery.message, fit)


def _ask(submission: Submission, kind: ChangeKind, facts: Facts) -> AdmittedRequest | None:
    courses = choose_courses(submission, kind, facts)
    granted = tuple(key for key, course in courses.items() if course is Course.AT_ONCE)
    asked = tuple(key for key, course in courses.items() if course is Course.ASK)
    current = submission.event.id if kind in NEWER else None
    for key in granted:
        _move(facts, key, facts.deliveries[key].ended(END_AT_ONCE[kind], current))
    for key in asked:
        facts.deliveries[key] = replace(facts.deliveries[key], asked=True)
    return AdmittedRequest(kind, granted, asked) if granted or asked else None


def _answer(submission: Submission, facts: Facts) -> AdmittedAnswer:
    request = facts.requests[submission.delivery]
    settled = [_settle(submission, request, key, facts) for key in request.documents][-1]
    asking = facts.deliveries.get(submission.delivery)
    if asking is not None:  # a take-back is no document: it has no state of its own
        _move(facts, submission.delivery, asking.started(None if settled.declined else settled.start))
    facts.requests[submission.delivery] = replace(request, state=settled.request)
    return AdmittedAnswer(request.message, settled.request)


def _settle(submission: Submission, request: AskedChange, key: DeliveryKey, facts: Facts) -> Settlement:
    document = replace(facts.deliveries[key], asked=False)
    settled = settle(request.kind, submission.change_answer.status, document.history.state)
    facts.deliveries[key] = document
    if settled.end is not None:
        current = submission.change_answer.message_id if request.kind in NEWER else None
        _move(facts, key, document.ended(settled.end, current))
    return settled


def _remove(submission: Submission, facts: Facts) -> AdmittedRemoval:
    request = facts.requests[submission.delivery]
    facts.requests[submission.delivery] = replace(request, removed=True)
    return AdmittedRemoval(request.message)


def _move(facts: Facts, key: DeliveryKey, delivery: DeliveredDocument) -> None:
    facts.deliveries[key] = delivery
    facts.moved.add(key)
