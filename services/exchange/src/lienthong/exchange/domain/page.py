"""A page of submissions, judged line by line in their order: known before, twice in the page, refused, or new."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from lienthong.common.errors import Violation
from lienthong.common.messages.exchange import Scan
from lienthong.exchange.domain.admission import judge
from lienthong.exchange.domain.answers import Accepted, FirstAnswer, SubmissionAnswer
from lienthong.exchange.domain.deliveries import Effect
from lienthong.exchange.domain.effects import admit
from lienthong.exchange.domain.errors import MessageIdReused, MessageRefused
from lienthong.exchange.domain.requests import subject_of
from lienthong.exchange.domain.submission import Facts, MessageKey, Submission


@dataclass(slots=True, eq=False)
class Line:
    """One submission and what becomes of it: an answer, or `twin`, the earlier line that has the same message.

    `effect` is what it brings about where it is about a delivery, `scan` is there where it has files.
    """

    submission: Submission
    answer: SubmissionAnswer | None = None
    warnings: tuple[Violation, ...] = ()
    twin: Self | None = None
    effect: Effect | None = None
    scan: Scan | None = None

    @property
    def is_new(self) -> bool:
        """Whether the page is to accept it."""
        return self.answer is None and self.twin is None

    def final_answer(self) -> SubmissionAnswer:
        """The answer when the page is stored."""
        answer = self.answer if self.twin is None else self.twin.answer
        if answer is None:
            raise RuntimeError("the page was answered before it was stored")
        if self.twin is not None and isinstance(answer, Accepted):
            return Accepted(answer.receipt, answer.warnings, first_time=False)
        return answer


def sort_page(
    page: Sequence[Submission], first_answers: Mapping[MessageKey, FirstAnswer], facts: Facts
) -> Iterator[Line]:
    """Judge a page, one line after another. A line may build on an earlier one, so the facts grow with it."""
    admitted: dict[MessageKey, Line] = {}
    for submission in page:
        line = Line(submission)
        first, earlier = first_answers.get(submission.key), admitted.get(submission.key)
        if first is not None:
            line.answer = first.to(submission.sha256, submission.signed.jws)
        elif earlier is not None:
            _pair(line, earlier)
        else:
            _judge(line, facts)
        if line.is_new:
            admitted[submission.key] = line
            facts.accepted.add(submission.key)
            facts.add_number(submission)
            line.scan = facts.scan_of(submission)
            line.effect = admit(submission, facts)
        yield line


def split_page(page: Sequence[Submission]) -> Iterator[range]:
    """Parts, by the places of their lines, that are stored one after another.

    A message that asks for a change never stands in one part with the document that it is about: what is asked is
    judged by what was delivered.
    """
    start, brought = 0, set[tuple[UUID, UUID]]()
    for place, submission in enumerate(page):
        named = {(submission.agency_id, each.message_id or each.subject) for each in submission.named}
        if named & brought:
            yield range(start, place)
            start, brought = place, set()
        brought |= _brought(submission)
    yield range(start, len(page))


def _brought(submission: Submission) -> set[tuple[UUID, UUID]]:
    """The names under which a document can be asked to be changed: its message, its subject."""
    if not submission.is_document:
        return set()
    names = {submission.event.id, *(each for each in [subject_of(submission.event)] if each is not None)}
    return {(submission.agency_id, name) for name in names}


def _pair(line: Line, earlier: Line) -> None:
    if line.submission.signed == earlier.submission.signed:
        line.twin = earlier
    else:
        line.answer = MessageIdReused()


def _judge(line: Line, facts: Facts) -> None:
    line.answer = facts.lapsed_seals.get(line.submission.seal)
    if line.answer is not None:
        return
    judgement = judge(line.submission, facts)
    line.warnings = judgement.warnings
    if judgement.violations:
        line.answer = MessageRefused(judgement.violations)
