"""What the other agency and the exchange say about changes of documents, beside `counterpart.py`."""

import json
from typing import Any
from uuid import UUID

from counterpart import Counterpart
from letters import document, organizations

from lienthong.common.clock import SystemClock
from lienthong.common.ids import new_id, parse_id
from lienthong.common.messages.change import Answer, ChangeAnswer, ContentRemoval, TakeBack
from lienthong.common.messages.document import (
    Business,
    BusinessType,
    Document,
    Lane,
    Replacement,
    ResponseFor,
)
from lienthong.common.messages.envelope import Event, read, to_bytes
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ChangeLapsed,
    ContentRemoved,
    DeliveryEnded,
    DocumentSent,
    TakeBackRequested,
)
from lienthong.common.messages.notice import EndedDelivery, Ending, LapsedChange
from lienthong.common.signing import SignedBytes


def take_back_of(counterpart: Counterpart, letter: SignedBytes, **changes: object) -> SignedBytes:
    """The other agency asks for a letter of its own back."""
    own, other = organizations(counterpart)
    told = read(letter.payload, DocumentSent, tolerant=False)
    data = TakeBack(
        sender=other,
        to=(own,),
        lane=Lane.ORDINARY,
        message_id=told.id,
        response_for=ResponseFor(organ_id=other.code, code="1/STP-VB", subject=parse_id(told.subject or "")),
        reason="Gửi nhầm nơi nhận",
        extensions={},
    )
    subject = str(changes.pop("subject", told.subject))
    return said_by_other(counterpart, TakeBackRequested, data.model_copy(update=changes), subject)


def change_letter(counterpart: Counterpart, kind: BusinessType, letter: SignedBytes) -> SignedBytes:
    """The other agency's letter that revokes, updates or replaces one of its own."""
    told = read(letter.payload, DocumentSent, tolerant=False)
    about, subject = told.data, parse_id(told.subject or "")
    own, _ = organizations(counterpart)
    business: dict[BusinessType, Business] = {
        BusinessType.REVOKE: Business(type=kind, reason="Ban hành nhầm"),
        BusinessType.UPDATE: Business(type=kind, reason="Sửa số liệu", document_id=about.document_id),
        BusinessType.REPLACE: Business(
            type=kind,
            reason="Thay số liệu",
            replacements=(Replacement(document_id=about.document_id, subject=subject, organ_ids=(own.code,)),),
        ),
    }
    answers = (ResponseFor(document_id=about.document_id, subject=subject),) if kind is BusinessType.REVOKE else ()
    symbol = "1/STP-VB" if kind is BusinessType.UPDATE else "9/STP-VB"
    data: Document = document(counterpart, symbol=symbol, incoming=True)
    data = data.model_copy(update={"business": business[kind], "response_for": answers})
    own_subject = str(subject if kind is BusinessType.UPDATE else new_id())
    return said_by_other(counterpart, DocumentSent, data, own_subject)


def answer_of(
    counterpart: Counterpart, request: SignedBytes, answer: Answer = Answer.AGREED, **changes: object
) -> SignedBytes:
    """The other agency answers what the agency asked."""
    own, other = organizations(counterpart)
    told = json.loads(request.payload)
    data = ChangeAnswer(
        sender=other,
        to=(own,),
        lane=Lane.ORDINARY,
        message_id=UUID(told["id"]),
        response_for=ResponseFor(code="15/STC-QLNS"),
        status=answer,
        description="Đã vào sổ" if answer is Answer.REFUSED else None,
        extensions={},
    )
    subject = str(changes.pop("subject", told["subject"]))
    return said_by_other(counterpart, ChangeAnswered, data.model_copy(update=changes), subject)


def removal_of(counterpart: Counterpart, request: SignedBytes, **changes: object) -> SignedBytes:
    """The other agency has removed what the agency took back."""
    own, other = organizations(counterpart)
    told = json.loads(request.payload)
    data = ContentRemoval(
        sender=other,
        to=(own,),
        lane=Lane.ORDINARY,
        message_id=UUID(told["id"]),
        response_for=ResponseFor(code="15/STC-QLNS"),
        note="Đã xóa trong phần mềm quản lý văn bản",
        extensions={},
    )
    subject = str(changes.pop("subject", told["subject"]))
    return said_by_other(counterpart, ContentRemoved, data.model_copy(update=changes), subject)


def ended_of(
    counterpart: Counterpart, sent: SignedBytes, how: Ending = Ending.WITHDRAWN, **changes: object
) -> Event[EndedDelivery]:
    """The exchange says how a delivery of the agency's document ended."""
    own, other = organizations(counterpart)
    told = json.loads(sent.payload)
    data = EndedDelivery(
        sender=own,
        recipient=other,
        lane=Lane.ORDINARY,
        message_id=UUID(told["id"]),
        document_id=told["data"]["document_id"],
        how=how,
    )
    subject = str(changes.pop("subject", told["subject"]))
    return DeliveryEnded.new(
        source=str(changes.pop("source", "/services/exchange")),
        time=SystemClock().now(),
        data=data.model_copy(update=changes),
        subject=subject,
    )


def lapsed_of(counterpart: Counterpart, request: SignedBytes, sent: SignedBytes) -> Event[LapsedChange]:
    """The exchange says that a request of the agency was not answered."""
    own, other = organizations(counterpart)
    asked, told = json.loads(request.payload), json.loads(sent.payload)
    data = LapsedChange(
        sender=own,
        recipient=other,
        lane=Lane.ORDINARY,
        message_id=UUID(asked["id"]),
        document_message_id=UUID(told["id"]),
        document_id=told["data"]["document_id"],
    )
    return ChangeLapsed.new(source="/services/exchange", time=SystemClock().now(), data=data, subject=asked["subject"])


def said_by_exchange(counterpart: Counterpart, event: Event[EndedDelivery] | Event[LapsedChange]) -> SignedBytes:
    """Under the exchange's own key."""
    return counterpart.exchange.signer.sign(to_bytes(event))


def said_by_other(counterpart: Counterpart, event: type[Event[Any]], data: Any, subject: str) -> SignedBytes:
    """Under the other agency's seal."""
    source = f"/agencies/{counterpart.other_id}"
    return counterpart.other.signer.sign(
        to_bytes(event.new(source=source, time=SystemClock().now(), data=data, subject=subject))
    )
