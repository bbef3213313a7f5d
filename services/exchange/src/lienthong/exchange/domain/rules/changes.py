"""What a sender may ask to have changed: its own documents, wherever they are, by the table of `domain/changes.py`."""

from collections.abc import Iterable, Iterator, Set
from typing import Final
from uuid import UUID

from lienthong.common.errors import Violation, Words
from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.changes import CHANGE, NEWER, ChangeKind, decide
from lienthong.exchange.domain.policy import CLOCKS_DIFFER
from lienthong.exchange.domain.requests import reason_of, subject_of
from lienthong.exchange.domain.rules.statuses import SEPARATION
from lienthong.exchange.domain.submission import Facts, Submission, Target

MOST_CHANGES: Final = 2000
"""Documents times recipients that one message may concern: each is looked up, locked and judged. And messages with the
subject that it names: each is looked through."""

_NAME_IT = Words(
    "Lấy subject và document_id từ văn bản đã gửi.", "Take subject and document_id from the document that was sent."
)
_WHERE_NAMED: Final = {
    ChangeKind.REVOKE: "/data/response_for",
    ChangeKind.UPDATE: "/data/business/document_id",
    ChangeKind.REPLACE: "/data/business/replacements",
}


def request_names_its_documents(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A revocation, update or replacement names what it changes as its type demands, once, and never itself."""
    if submission.kind is None or submission.kind not in _WHERE_NAMED:
        return
    pointer, subjects = _WHERE_NAMED[submission.kind], [named.subject for named in submission.named]
    replaced = submission.document.business.replacements if submission.kind is ChangeKind.REPLACE else ()
    if len(subjects) != max(1, len(replaced)):
        words = Words(
            "Thu hồi nêu đúng một văn bản trong response_for, thay thế nêu từng văn bản trong replacements, kèm "
            "subject; cập nhật giữ subject của văn bản và nêu document_id của bản trước",
            "A revocation names one document in response_for, a replacement each in replacements, by its subject; "
            "an update keeps the document's subject and names the document_id of the version before it",
        )
        yield Violation("target_missing", CHANGE, pointer, words, _NAME_IT)
    if len(set(subjects)) != len(subjects):
        words = Words("Một văn bản được nêu hai lần", "One document is named twice")
        yield Violation("target_twice", CHANGE, pointer, words, _NAME_IT)
    if submission.kind is not ChangeKind.UPDATE and subject_of(submission.event) in subjects:
        words = Words("Văn bản này phải có subject riêng", "This document has a subject of its own")
        advice = Words("Tạo UUIDv7 mới cho subject.", "Make a new UUIDv7 for its subject.")
        yield Violation("target_is_itself", CHANGE, "/subject", words, advice)


def request_is_within_limits(submission: Submission, facts: Facts) -> Iterable[Violation]:
    """Not more documents at more recipients than are looked up for one message, of not too many versions."""
    return (_TOO_MANY,) if exceeds_limits(submission, facts.crowded) else ()


def exceeds_limits(submission: Submission, crowded: Set[tuple[UUID, UUID]]) -> bool:
    """Whether so much is concerned that nothing of it is looked up; `crowded` are subjects of too many messages."""
    concerned = sum(len(named.places) for named in submission.named)
    return concerned > MOST_CHANGES or any(
        (submission.agency_id, named.subject) in crowded for named in submission.named
    )


def replaced_for_recipients(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """Whoever is named in `organ_ids` of a replacement is a recipient of it, by the same code."""
    if submission.kind is not ChangeKind.REPLACE:
        return
    codes = {organization.code for organization in submission.document.to}
    for index, replacement in enumerate(submission.document.business.replacements):
        for place, code in enumerate(replacement.organ_ids):
            if code not in codes:
                words = Words("Cơ quan này không phải nơi nhận", "This agency is not a recipient")
                advice = Words("Nêu mã như trong to, hoặc thêm nơi nhận.", "Give the code as in to, or add it there.")
                pointer = f"/data/business/replacements/{index}/organ_ids/{place}"
                yield Violation("replaced_for_nobody", CHANGE, pointer, words, advice)


def documents_are_the_askers(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """Only what the sender itself sent can be changed, and taken back or revoked only from those that have it.

    An update or replacement may go to new recipients, too. What is not there and what is another's look alike.
    """
    if exceeds_limits(submission, facts.crowded):
        return
    for target in facts.find_targets(submission):
        if not _fits(submission, target) and not _is_new_there(submission, target, facts):
            yield Violation(
                "document_unknown",
                SEPARATION,
                f"/data/to/{target.place}/agency_id",
                Words("Cơ quan chưa gửi văn bản này đến nơi nhận", "Your agency has not sent this document there"),
                Words(
                    "Lấy lane, message_id, subject và nơi nhận đúng như trong văn bản đã gửi.",
                    "Take lane, message_id, subject and recipients from the document as it was sent.",
                ),
            )


def document_is_called_as_it_is(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """Where the document is named by its document_id too, that is the document's: no other is changed by a slip."""
    told: set[str] = set()
    for target in facts.find_targets(submission):
        document = facts.documents.get(target.delivery.message) if target.delivery else None
        if document is None or target.named.document_id in (None, document.document_id) or target.named.pointer in told:
            continue
        told.add(target.named.pointer)
        words = Words(
            "document_id khác với văn bản đã gửi có subject này",
            "The document sent under this subject has another document_id",
        )
        yield Violation("target_mismatch", CHANGE, target.named.pointer, words, _NAME_IT)


def change_stays_in_the_lane(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """Whatever concerns a document stays in its lane: so nothing overtakes it."""
    for target in facts.find_targets(submission):
        if target.delivery is not None and target.delivery.lane is not submission.lane:
            words = Words("Văn bản này đã gửi theo luồng khác", "The document was sent in the other lane")
            advice = Words("Giữ luồng (độ khẩn) của văn bản đã gửi.", "Keep the lane (priority) of that document.")
            yield Violation("lane_differs", CHANGE, f"/data/to/{target.place}/agency_id", words, advice)


def change_is_possible(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """The table of `domain/changes.py`: wherever the document is, the change is granted, asked or refused by name."""
    if submission.kind is None:
        return
    for target in facts.find_targets(submission):
        if target.delivery is None:
            continue
        refused = decide(submission.kind, target.delivery.where, pending=target.delivery.pending)
        if isinstance(refused, Refusal):
            detail = _with_current(refused, target)
            pointer = f"/data/to/{target.place}/agency_id"
            yield Violation(refused.name, refused.rule, pointer, detail, refused.advice)


def request_gives_its_reason(submission: Submission, _facts: Facts) -> Iterable[Violation]:
    """Whoever asks for a document back says why."""
    if submission.kind is not ChangeKind.TAKE_BACK or (reason_of(submission.event) or "").strip():
        return ()
    words = Words("Yêu cầu lấy lại (13) phải nêu lý do", "A take-back (13) gives its reason")
    advice = Words("Ghi lý do vào reason.", "Put the reason into reason.")
    return (Violation("reason_missing", CHANGE, "/data/reason", words, advice),)


def time_said_has_come(submission: Submission, facts: Facts) -> Iterable[Violation]:
    """Nothing is asked, answered or reported that has not happened yet."""
    if submission.event.time <= facts.now + CLOCKS_DIFFER:
        return ()
    words = Words("Thời điểm của thông điệp chưa đến", "The time of the message has not come yet")
    advice = Words("Đồng bộ đồng hồ của máy.", "Set the clock of your machine.")
    return (Violation("time_ahead", CHANGE, "/time", words, advice),)


_TOO_MANY = Violation(
    "changes_too_many",
    CHANGE,
    "/data/to",
    Words(
        f"Liên quan hơn {MOST_CHANGES} văn bản tại các nơi nhận, hoặc hơn {MOST_CHANGES} thông điệp cùng subject",
        f"More than {MOST_CHANGES} documents at recipients are concerned, or messages have the subject",
    ),
    Words(
        "Chia thành nhiều thông điệp; mỗi văn bản có subject riêng.",
        "Send several messages; give each document a subject of its own.",
    ),
)


def _fits(submission: Submission, target: Target) -> bool:
    delivery, named = target.delivery, target.named
    if delivery is None:
        return False
    if submission.kind is not ChangeKind.TAKE_BACK:
        return True
    return (named.subject, submission.lane) == (delivery.subject, delivery.lane)


def _is_new_there(submission: Submission, target: Target, facts: Facts) -> bool:
    known = target.named.subject is not None and (submission.agency_id, target.named.subject) in facts.sent
    return submission.kind in NEWER and known and target.delivery is None


def _with_current(refused: Refusal, target: Target) -> Words:
    current = target.delivery.current if target.delivery is not None else None
    if current is None:
        return refused.detail
    return Words(f"{refused.detail.vi}: thông điệp {current}", f"{refused.detail.en}: message {current}")
