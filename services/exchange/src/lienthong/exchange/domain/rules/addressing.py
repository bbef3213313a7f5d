"""To whom: the recipients are known, active and named once."""

from collections.abc import Iterator
from uuid import UUID

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.accounts import AgencyLife
from lienthong.exchange.domain.submission import Facts, KnownAgency, Submission

RECIPIENTS = "R-RECIPIENTS"

_LOOK_UP = Words(
    "Tra cứu danh bạ cơ quan rồi dùng mã định danh (agency_id) đúng.",
    "Look the agency up in the register and use its agency_id.",
)
_NAME_ONCE = Words("Nêu mỗi nơi nhận một lần.", "Name each recipient once.")


def recipients_are_active(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """Every recipient is in the register and active; a merged one names its successors."""
    for index, agency_id in enumerate(submission.recipients):
        agency, pointer = facts.agencies.get(agency_id), f"/data/to/{index}/agency_id"
        if agency is None:
            words = Words("Nơi nhận không có trong danh bạ", "The recipient is not in the register")
            yield Violation("recipient_unknown", RECIPIENTS, pointer, words, _LOOK_UP)
        elif agency.state is AgencyLife.MERGED:
            yield _merged(agency, facts, pointer)
        elif agency.state is not AgencyLife.ACTIVE:
            words = Words(f"Cơ quan đã chấm dứt hoạt động: {agency.name}", f"The agency has ended: {agency.name}")
            yield Violation("recipient_ended", RECIPIENTS, pointer, words, _LOOK_UP)


def recipients_are_named_once(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A recipient named twice would get two entries, or one number too few."""
    seen: set[UUID] = set()
    for index, agency_id in enumerate(submission.recipients):
        if agency_id in seen:
            words = Words("Nơi nhận được nêu hai lần", "The recipient is named twice")
            yield Violation("recipient_twice", RECIPIENTS, f"/data/to/{index}/agency_id", words, _NAME_ONCE)
        seen.add(agency_id)


def recipients_codes_are_known(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """A warning: `agency_id` decides, yet a code the agency never had points to an old address book."""
    for index, organization in enumerate(submission.document.to):
        agency = facts.agencies.get(organization.agency_id)
        if agency is not None and organization.code not in agency.codes:
            yield Violation(
                "recipient_code_unknown",
                RECIPIENTS,
                f"/data/to/{index}/code",
                Words("Mã định danh này không phải của nơi nhận", "The recipient has never had this code"),
                Words("Cập nhật danh bạ của phần mềm.", "Bring the address book of your software up to date."),
            )


def senders_code_is_known(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """A warning: the sender's own code is not one it has or had, as `000.1137.H53`, where a dot is missing."""
    sender, code = facts.agencies.get(submission.agency_id), submission.document.sender.code
    if sender is not None and code not in sender.codes:
        yield Violation(
            "sender_code_unknown",
            RECIPIENTS,
            "/data/from/code",
            Words("Mã định danh này không phải của cơ quan gửi", "The sender has never had this code"),
            Words("Ghi đúng mã định danh của cơ quan trong danh bạ.", "Write your agency's code as in the register."),
        )


def recipients_are_others(submission: Submission, _facts: Facts) -> Iterator[Violation]:
    """A warning: whoever names itself gets its own document back. Not refused: no rule forbids it."""
    for index, agency_id in enumerate(submission.recipients):
        if agency_id == submission.agency_id:
            words = Words("Cơ quan gửi tự gửi cho mình", "The sender sends to itself")
            advice = Words("Bỏ cơ quan mình khỏi nơi nhận nếu không chủ ý.", "Leave it out unless it is meant.")
            yield Violation("recipient_is_sender", RECIPIENTS, f"/data/to/{index}/agency_id", words, advice)


def recipients_are_within_limits(submission: Submission, facts: Facts) -> Iterator[Violation]:
    """No more recipients than this installation takes in one message."""
    most = facts.policy.most_recipients
    if len(submission.recipients) > most:
        words = Words(f"Nhiều hơn {most} nơi nhận", f"There are more than {most} recipients")
        advice = Words("Chia thành nhiều thông điệp.", "Send several messages.")
        yield Violation("recipients_too_many", RECIPIENTS, "/data/to", words, advice)


def _merged(agency: KnownAgency, facts: Facts, pointer: str) -> Violation:
    named = ", ".join(f"{_name(facts, successor)} ({successor})" for successor in agency.successors)
    return Violation(
        "recipient_merged",
        RECIPIENTS,
        pointer,
        Words(f"Cơ quan đã sáp nhập: {agency.name}", f"The agency was merged: {agency.name}"),
        Words(f"Gửi đến cơ quan kế thừa: {named or '—'}", f"Send to its successor: {named or '—'}"),
    )


def _name(facts: Facts, agency_id: UUID) -> str:
    known = facts.agencies.get(agency_id)
    return known.name if known else "?"
