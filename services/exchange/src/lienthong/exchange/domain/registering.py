"""Documents that reached an agency by another way (N7): how a registration is judged.

It is sent to nobody; so nothing is asked about recipients, deliveries or order. Everything else is as with a document.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

from lienthong.common.clock import VIETNAM, local_day
from lienthong.common.errors import Violation, Words
from lienthong.common.messages.document import Attachment, Lane
from lienthong.common.messages.exchange import DocumentRegistered
from lienthong.common.messages.registration import Registration
from lienthong.common.signing import SignedBytes
from lienthong.common.text import search_key
from lienthong.exchange.domain.admission import Judgement, ask
from lienthong.exchange.domain.rules import attachments, identity, late_entry, order, texts, times
from lienthong.exchange.domain.rules.suspicions import looks_like_a_complaint, looks_secret
from lienthong.exchange.domain.submission import Facts, MessageKey
from lienthong.exchange.domain.symbols import read_symbol

REGISTRATION: Final = "R-REGISTRATION"
SUSPECTED: Final = "N3"

_OLD: Final = timedelta(days=3653)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Registering:
    """A registration whose seal was verified, read strictly, and not yet judged; members as those of `Submission`."""

    agency_id: UUID
    client_id: UUID
    holder: str | None
    seal: str
    signed: SignedBytes
    event: DocumentRegistered
    traceparent: str | None = None

    @property
    def key(self) -> MessageKey:
        """The token's agency and the message id."""
        return self.agency_id, self.event.id

    @property
    def registration(self) -> Registration:
        """What is registered."""
        return self.event.data

    @property
    def lane(self) -> Lane:
        """That of its priority; it travels in none."""
        return self.event.data.lane

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The attached files."""
        return self.event.data.attachments

    @property
    def hashes(self) -> list[str]:
        """The hashes of the attached files."""
        return [each.sha256 for each in self.attachments]

    @cached_property
    def sha256(self) -> bytes:
        """Hash of the exact bytes."""
        return hashlib.sha256(self.signed.payload).digest()

    @cached_property
    def likeness(self) -> bytes | None:
        """What two registrations of one document have in common: who sent it, its number, symbol and year.

        Its document id where there is no symbol; None where there is neither.
        """
        told = self.registration
        symbol = read_symbol(told.code.number, told.code.notation) if told.code else None
        if symbol is None:
            return _hash("id", told.document_id) if told.document_id else None
        sender = told.origin.sender_code or search_key(told.origin.sender_name)
        issued = told.promulgation.date if told.promulgation else local_day(told.origin.received_at)
        return _hash("symbol", sender, symbol.text, str(issued.year))


@dataclass(frozen=True, slots=True)
class RegistrationFacts:
    """What the exchange knows when it judges a registration."""

    general: Facts
    registered_before: datetime | None
    """When the agency has registered a document like it."""


Rule = Callable[[Registering, RegistrationFacts], Iterable[Violation]]

_SECRET_WORDS = Words("Có từ ngữ chỉ độ mật", "Words of secrecy stand here")
_SECRET_ADVICE = Words(
    "Nếu văn bản thuộc bí mật nhà nước thì báo ngay đơn vị vận hành: loại này không đăng ký qua hệ thống. "
    "Nếu không, không cần làm gì.",
    "If this is a state secret, tell the operators at once: it must not be registered here. "
    "If it is none, there is nothing to do.",
)
_COMPLAINT_WORDS = Words("Có từ ngữ của đơn thư", "Words of a petition stand here")
_COMPLAINT_ADVICE = Words(
    "Nếu đây là đơn thư tranh chấp, khiếu nại, tố cáo thì xử lý theo quy định riêng, không đăng ký ở đây. "
    "Nếu không, không cần làm gì.",
    "If this is a petition about a dispute, complaint or denunciation, handle it by its own rules, not here. "
    "If it is none, there is nothing to do.",
)


def received_before_it_is_registered(submission: Registering, facts: RegistrationFacts) -> Iterator[Violation]:
    """A document is registered when it is there."""
    if submission.registration.origin.received_at > submission.event.time + facts.general.policy.ahead:
        words = Words("Thời điểm nhận sau thời điểm đăng ký", "It was received after it was registered")
        advice = Words("Ghi đúng thời điểm nhận được văn bản.", "Give the time when the document came.")
        yield Violation("received_ahead", REGISTRATION, "/data/origin/received_at", words, advice)


def received_lately(submission: Registering, facts: RegistrationFacts) -> Iterator[Violation]:
    """A warning: what came more than ten years ago is more likely a slip than meant."""
    if submission.registration.origin.received_at < facts.general.now - _OLD:
        words = Words("Văn bản nhận đã hơn 10 năm", "The document came more than ten years ago")
        advice = Words("Kiểm tra năm nhận.", "Check the year.")
        yield Violation("received_long_ago", REGISTRATION, "/data/origin/received_at", words, advice)


def issued_before_it_came(submission: Registering, _facts: RegistrationFacts) -> Iterator[Violation]:
    """A warning: nobody receives a document that was not issued yet."""
    told = submission.registration
    if told.promulgation and told.promulgation.date > local_day(told.origin.received_at) + _DAY:
        words = Words("Ngày ban hành sau ngày nhận", "It was promulgated after it was received")
        advice = Words("Kiểm tra ngày ban hành.", "Check the promulgation date.")
        yield Violation("promulgated_after_receipt", REGISTRATION, "/data/promulgation/date", words, advice)


def registered_once(_submission: Registering, facts: RegistrationFacts) -> Iterator[Violation]:
    """A warning: a document of this sender, number, symbol and year is in the register already."""
    if facts.registered_before is not None:
        at = f"{facts.registered_before.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
        words = Words(
            f"Văn bản này đã được đăng ký lúc {at}", f"This document was registered before, at {at} (Vietnam)"
        )
        advice = Words("Kiểm tra sổ đăng ký văn bản đến.", "Look into the register of incoming documents.")
        yield Violation("registered_before", REGISTRATION, "/data/code", words, advice)


def nothing_looks_forbidden(submission: Registering, _facts: RegistrationFacts) -> Iterator[Violation]:
    """A warning: marks of secrecy, or words of a petition (N3)."""
    for pointer, text in _texts(submission.registration):
        if looks_secret(text):
            yield Violation("secrecy_suspected", SUSPECTED, pointer, _SECRET_WORDS, _SECRET_ADVICE)
        if looks_like_a_complaint(text):
            yield Violation("complaint_suspected", SUSPECTED, pointer, _COMPLAINT_WORDS, _COMPLAINT_ADVICE)


SHARED_RULES = (
    identity.one_agency_speaks,
    identity.sender_is_active,
    texts.text_is_vietnamese_unicode,
    times.time_is_not_ahead,
    late_entry.late_entry_lies_behind,
    late_entry.late_entry_is_recent,
    attachments.attachments_are_own_uploads,
    attachments.attachment_ids_are_unique,
    attachments.attachment_names_are_safe,
    attachments.attachment_names_are_unique,
    attachments.attachments_are_no_programs,
    attachments.attachments_are_within_limits,
    order.subject_names_the_document,
)
"""What refuses a document refuses a registration, too."""

SHARED_WARNINGS = (
    late_entry.late_entry_lies_in_an_outage,
    attachments.something_is_attached,
    attachments.one_file_is_the_main_one,
    attachments.types_are_those_of_the_uploads,
)

RULES: tuple[Rule, ...] = (received_before_it_is_registered,)

WARNINGS: tuple[Rule, ...] = (
    nothing_looks_forbidden,
    received_lately,
    issued_before_it_came,
    registered_once,
)


def judge_registration(submission: Registering, facts: RegistrationFacts) -> Judgement:
    """Ask every rule about one registration."""
    return Judgement(
        ask(SHARED_RULES, submission, facts.general) + ask(RULES, submission, facts),
        ask(SHARED_WARNINGS, submission, facts.general) + ask(WARNINGS, submission, facts),
    )


def _texts(told: Registration) -> Iterator[tuple[str, str]]:
    yield "/data/subject", told.subject
    yield "/data/document_type/name", told.document_type.name
    for index, attachment in enumerate(told.attachments):
        yield f"/data/attachments/{index}/name", attachment.name
        if attachment.description:
            yield f"/data/attachments/{index}/description", attachment.description


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).casefold().encode()).digest()
