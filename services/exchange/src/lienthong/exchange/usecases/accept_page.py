"""Accepting a page of submissions in one transaction: step 3 of docs/way-of-a-document.md.

Evidence before effect: receipts are signed before the commit and stored with it, and given out after it. A crash
before the commit leaves nothing, a crash after it leaves everything; a repeat of the same bytes tells which.

Locks are taken in one order by everyone: deliveries that the page is about (sorted), uploads (sorted), counters
(sorted, one statement), message ids (sorted), keys of the outbox. So two pages never wait for each other in a circle.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.errors import Kind, LienthongError
from lienthong.common.ids import new_id, parse_id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import DocumentSent, Exchanged, StatusReported
from lienthong.common.messages.topics import CHANGES, DOCUMENTS, STATUSES, TopicSpec
from lienthong.common.outbox import Outbox, Outgoing
from lienthong.exchange.domain.answers import Accepted, SubmissionAnswer
from lienthong.exchange.domain.deadlines import DeadlinePolicy
from lienthong.exchange.domain.deliveries import AdmittedRequest
from lienthong.exchange.domain.notices import inbox_of
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.page import Line, sort_page
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.domain.states import DeliveryState
from lienthong.exchange.domain.submission import Facts, NumberKey, Submission
from lienthong.exchange.store import agencies, documents, due, inboxes, messages, uploads
from lienthong.exchange.store.due import DueKind, NewDue
from lienthong.exchange.store.inboxes import Delivery
from lienthong.exchange.store.messages import NewMessage
from lienthong.exchange.store.uploads import Carried
from lienthong.exchange.usecases.check_seal import CheckSeal
from lienthong.exchange.usecases.gather_facts import Concerned, JudgedTooEarly, lock_concerned
from lienthong.exchange.usecases.keep_effects import Done, keep_effects, notices_of
from lienthong.exchange.usecases.keep_late_entries import find_outages, keep_late_entries
from lienthong.exchange.usecases.own_topics import entries_for_own_topics
from lienthong.exchange.usecases.refuse import Refused, keep_refusals
from lienthong.exchange.usecases.say_to_sender import SayToSender

_TURN_SECONDS = 0.005
_TOPICS: Mapping[type[Exchanged], Mapping[Lane, TopicSpec]] = {DocumentSent: DOCUMENTS, StatusReported: STATUSES}
"""What else agencies say is about changes."""


class SealLapsed(JudgedTooEarly):
    """A seal ceased to be good between judgement and receipt."""


class EffectOvertaken(JudgedTooEarly):
    """A message lost a race with another of its id, and messages behind it were judged with what it brings about."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A line that was accepted, and the row of its message."""

    line: Line
    message: NewMessage
    accepted_at: datetime

    @property
    def submission(self) -> Submission:
        """What was posted."""
        return self.line.submission


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """One answer per submission, in their order, and whose inboxes have new entries: up to which number."""

    answers: Sequence[SubmissionAnswer]
    delivered: Mapping[InboxKey, int]


class AcceptPage:
    """Judges and stores a page. Lines of one page are accepted in their order."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        statements: Statements,
        check_seal: CheckSeal,
        clock: Clock,
        *,
        policy: AdmissionPolicy,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._statements = statements
        self._check_seal = check_seal
        self._clock = clock
        self._policy = policy
        self._tell = SayToSender(statements, outbox, clock)

    async def __call__(self, page: Sequence[Submission]) -> PageOutcome:
        """Accept what may be accepted.

        Raises DatabaseAway, JudgedTooEarly, or what the database said of a page it did not take.
        """
        async with self._database.transaction() as connection:
            lines, facts = await self._sort(connection, page)
            await self._refuse(connection, lines)
            new = [line for line in lines if line.is_new]
            delivered = await self._accept(connection, new, facts) if new else {}
        return PageOutcome([line.final_answer() for line in lines], delivered)

    async def _sort(self, connection: Connection, page: Sequence[Submission]) -> tuple[list[Line], Facts]:
        concerned = await lock_concerned(connection, page)
        # 3.1 What was accepted before has its answer already.
        first_answers = await messages.find_first_answers(connection, [submission.key for submission in page])
        # 3.2 Every rule is asked about the rest, with what is known at this moment.
        new = [submission for submission in page if submission.key not in first_answers]
        facts = await self._gather_facts(connection, new, concerned)
        return await _unhurried(sort_page(page, first_answers, facts)), facts

    async def _gather_facts(self, connection: Connection, new: Sequence[Submission], concerned: Concerned) -> Facts:
        named = {agency_id for submission in new for agency_id in (submission.agency_id, *submission.recipients)}
        files = {(submission.agency_id, sha256) for submission in new for sha256 in submission.hashes}
        before = {(each.agency_id, each.after) for each in new if each.after is not None}
        numbers = {key for each in new if (key := each.number_key) is not None}
        now = self._clock.now()
        return Facts(
            now=now,
            policy=self._policy,
            agencies=await agencies.find(connection, sorted(named)) if named else {},
            uploads=await uploads.lock_own(connection, files, now) if files else {},
            accepted=set(await messages.find_first_answers(connection, before)) if before else set(),
            lapsed_seals=self._find_lapsed_seals(new, now),
            numbers=await documents.find_first(connection, numbers) if numbers else {},
            outages=await find_outages(connection, new),
            deliveries=concerned.deliveries,
            newest=concerned.newest,
            sent=concerned.sent,
            documents=concerned.documents,
            requests=concerned.requests,
            crowded=concerned.crowded,
        )

    def _find_lapsed_seals(self, submissions: Sequence[Submission], at: datetime) -> Mapping[str, LienthongError]:
        """Seals were verified before their messages waited for this page."""
        found = {seal: self._check_seal(seal, at) for seal in {each.seal for each in submissions}}
        return {seal: error for seal, error in found.items() if error is not None}

    async def _refuse(self, connection: Connection, lines: Sequence[Line]) -> None:
        # 3.3 Of what is refused, only that it was refused is kept; what could not be judged was not refused.
        refused = [
            Refused.submission(line.submission, line.answer)
            for line in lines
            if line.answer is not None
            and not isinstance(line.answer, Accepted)
            and line.answer.kind is not Kind.UNAVAILABLE
        ]
        if refused:
            await keep_refusals(connection, refused, self._clock.now())

    async def _accept(self, connection: Connection, lines: Sequence[Line], facts: Facts) -> Mapping[InboxKey, int]:
        # 3.4 From here on, pages of the same senders or to the same recipients wait for this one.
        links = await inboxes.lock(connection, {inbox for line in lines for inbox in line.submission.inboxes})
        accepted_at = self._clock.now()
        stored = await self._store(connection, lines, accepted_at)
        # 3.6 Each recipient's next number and link, in the order of the lines.
        deliveries = number(stored, links)
        await inboxes.deliver(connection, deliveries)
        # 3.7 The attached files are the messages' now and expire no more; the documents' numbers are used.
        carried = [each for one in stored for each in _carried(one)]
        if carried:
            await uploads.adopt(connection, carried)
        if numbers := [each for one in stored for each in _numbers(one)]:
            await documents.add(connection, numbers)
        # 9.1 By when each document is to be received, and when its deliveries end by themselves.
        if deadlines := [each for one in stored for each in _deadlines(one, self._policy.deadlines)]:
            await due.add(connection, deadlines)
        done = [Done(one.message.id, one.submission, one.line.effect) for one in stored if one.line.effect is not None]
        await keep_effects(connection, done, facts)
        await keep_late_entries(connection, [(one.message.id, one.submission) for one in stored])
        traces = {one.message.id: one.submission.traceparent for one in stored}
        own = await entries_for_own_topics(connection, deliveries, traces)
        outgoing = [*(_outgoing(one) for one in stored), *own]
        if notices := notices_of(done, facts, accepted_at):
            outgoing += await self._tell.store(connection, notices, links, accepted_at)
        # 3.8 Last, because the outbox keeps its keys locked until the commit.
        await self._outbox.put(connection, outgoing)
        return {inbox: links[inbox].n for inbox in (*(each.inbox for each in deliveries), *map(inbox_of, notices))}

    async def _store(self, connection: Connection, lines: Sequence[Line], accepted_at: datetime) -> list[Stored]:
        # 3.5 As of the time on the receipt every reader will verify; so every seal is good then. Receipts are signed,
        # then stored with their messages, and what was done is put on record.
        if self._find_lapsed_seals([line.submission for line in lines], accepted_at):
            raise SealLapsed
        signed = [Stored(line, self._sign(line, accepted_at), accepted_at) for line in lines]
        won = await messages.add(connection, [one.message for one in signed], accepted_at)
        for one in signed:
            if one.message.id in won:
                one.line.answer = Accepted(one.message.receipt, one.message.warnings, first_time=True)
        lost = [line for line in lines if line.is_new]
        if any(line.effect for line in lost):
            raise EffectOvertaken
        await _yield_to_winners(connection, lost)
        stored = [one for one in signed if one.message.id in won]
        await write_audit(connection, *(_record(one.submission, accepted_at) for one in stored))
        return stored

    def _sign(self, line: Line, accepted_at: datetime) -> NewMessage:
        submission = line.submission
        return NewMessage(
            id=new_id(),
            sender=submission.agency_id,
            message_id=submission.event.id,
            subject=parse_id(submission.event.subject or ""),
            lane=submission.lane,
            signed=submission.signed,
            sha256=submission.sha256,
            receipt=self._statements.submission_receipt(submission.event, submission.signed, accepted_at, line.scan),
            warnings=line.warnings,
        )


async def _unhurried(lines: Iterable[Line]) -> list[Line]:
    """Lines, judged one by one: a page of large messages takes longer than everybody else should wait."""
    judged: list[Line] = []
    turn = time.monotonic()
    for line in lines:
        judged.append(line)
        if time.monotonic() - turn > _TURN_SECONDS:
            await asyncio.sleep(0)
            turn = time.monotonic()
    return judged


async def _yield_to_winners(connection: Connection, lost: Sequence[Line]) -> None:
    """Another process accepted the same (source, id) while this page waited for the counters: its answer stands."""
    if not lost:
        return
    first_answers = await messages.find_first_answers(connection, [line.submission.key for line in lost])
    for line in lost:
        submission = line.submission
        line.answer = first_answers[submission.key].to(submission.sha256, submission.signed.jws)


def number(stored: Sequence[Stored], links: dict[InboxKey, Link]) -> list[Delivery]:
    """The next link of every recipient's chain for each message in turn; `links` move on with them."""
    deliveries: list[Delivery] = []
    for one in stored:
        state = DeliveryState.SENT if one.submission.is_document else None
        for inbox in one.submission.recipient_inboxes:
            links[inbox] = links[inbox].next(one.message.sha256)
            deliveries.append(Delivery(inbox, links[inbox], one.message.id, state))
    return deliveries


def _carried(one: Stored) -> list[Carried]:
    agency_id = one.submission.agency_id
    return [
        Carried(one.message.id, agency_id, attachment.sha256, attachment.media_type)
        for attachment in one.submission.attachments
    ]


def _numbers(one: Stored) -> list[tuple[UUID, NumberKey]]:
    key = one.submission.number_key
    return [] if key is None else [(one.message.id, key)]


def _deadlines(one: Stored, policy: DeadlinePolicy) -> list[NewDue]:
    submission, found = one.submission, list[NewDue]()
    if submission.is_document:
        deadline = policy.delivery(one.accepted_at, submission.lane, submission.document.other.priority)
        found.append(NewDue(one.message.id, DueKind.DELIVERY, submission.agency_id, deadline))
    if isinstance(one.line.effect, AdmittedRequest) and one.line.effect.asked:
        deadline = policy.answer(one.accepted_at)
        found.append(NewDue(one.message.id, DueKind.ANSWER, submission.agency_id, deadline))
    return found


def _outgoing(one: Stored) -> Outgoing:
    submission = one.submission
    topic = _TOPICS.get(type(submission.event), CHANGES)[submission.lane]
    return Outgoing(topic.name, str(submission.agency_id), one.message.id, submission.traceparent)


def _record(submission: Submission, at: datetime) -> AuditRecord:
    return AuditRecord(
        at=at,
        who=source_of(submission.agency_id),
        act="message.accept",
        object=f"{submission.event.source}/messages/{submission.event.id}",
        outcome=Outcome.DONE,
        details={"client": str(submission.client_id), "sha256": submission.sha256.hex(), "lane": submission.lane.value},
    )
