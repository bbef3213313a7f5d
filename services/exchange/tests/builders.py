"""Submissions and facts for tests of the rules: good ones, to be changed in one place."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.messages.document import (
    Attachment,
    CodeNumber,
    Document,
    DocumentKind,
    DocumentType,
    Lane,
    Promulgation,
    Purpose,
    ResponseFor,
    SealUse,
    SignerInfo,
    SteeringType,
)
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.exchange import DocumentSent, Exchanged, StatusReported
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.deliveries import DeliveredDocument, DeliveryKey
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.states import History, Said
from lienthong.exchange.domain.submission import (
    Facts,
    KnownAgency,
    MessageKey,
    Submission,
    Upload,
)

SENDER, RECIPIENT, OTHER = new_id(), new_id(), new_id()
NOW = datetime(2026, 11, 22, 2, 37, tzinfo=UTC)


def organization(agency_id: UUID = RECIPIENT, code: str = "000.00.01.H53") -> Organization:
    return Organization(agency_id=agency_id, code=code, name="Sở Nội vụ")


def document(**changes: Any) -> Document:
    members: dict[str, Any] = {
        "sender": organization(SENDER),
        "to": (organization(),),
        "document_id": "000.00.01.H53,2026/11/22,12/BC-SNV",
        "code": CodeNumber(number="12", notation="BC-SNV"),
        "promulgation": Promulgation(place="Tây Ninh", date=date(2026, 11, 22)),
        "document_type": DocumentType(kind=DocumentKind.BAO_CAO, name="Báo cáo"),
        "subject": "Báo cáo kết quả thực hiện nhiệm vụ",
        "signer": SignerInfo(position="Giám đốc", full_name="Nguyễn Văn Đức"),
        "steering": SteeringType.NONE,
        "purpose": Purpose.REPORT,
        "sealed_by": SealUse(full_name="Trần Thị Lan"),
        "attachments": (attachment(),),
    }
    return Document(**(members | changes))


def event(**changes: Any) -> DocumentSent:
    """An event; members of the document and of the envelope alike are changed by name."""
    envelope = {name: changes.pop(name) for name in ("source", "id", "subject_id", "time") if name in changes}
    return DocumentSent.new(
        source=envelope.get("source", f"/agencies/{SENDER}"),
        time=envelope.get("time", NOW),
        data=document(**changes),
        subject=envelope.get("subject_id", str(new_id())),
        id=envelope.get("id"),
    )


SEAL = "s" * 43


def submission(
    said: Exchanged | None = None, *, agency_id: UUID = SENDER, jws: str = "a..b", **changes: Any
) -> Submission:
    said = said or event(**changes)
    return Submission(
        agency_id=agency_id,
        client_id=new_id(),
        holder=f"/agencies/{agency_id}",
        seal=SEAL,
        signed=SignedBytes(to_bytes(said), jws),
        event=said,
    )


def with_payload(given: Submission, payload: bytes) -> Submission:
    return replace(given, signed=SignedBytes(payload, given.signed.jws))


def known(
    agency_id: UUID, state: AgencyLife = AgencyLife.ACTIVE, *successors: UUID, kind: str | None = "department"
) -> KnownAgency:
    return KnownAgency(agency_id, state, "Sở Nội vụ", frozenset({"000.00.01.H53"}), successors, kind)


SENT_MESSAGE, SENT_SUBJECT = new_id(), new_id()
"""A document that SENDER sent to RECIPIENT."""


def report(status: StatusCode = StatusCode.ARRIVED, **changes: Any) -> Submission:
    """A status of that document; members of the report and of the envelope alike are changed by name."""
    envelope: dict[str, Any] = {"source": f"/agencies/{RECIPIENT}", "time": NOW, "subject": str(SENT_SUBJECT)}
    envelope |= {name: changes.pop(name) for name in ("source", "time", "subject", "id") if name in changes}
    members: dict[str, Any] = {
        "sender": organization(RECIPIENT),
        "to": (organization(SENDER),),
        "lane": Lane.ORDINARY,
        "message_id": SENT_MESSAGE,
        "response_for": ResponseFor(),
        "status": status,
        "description": "Gửi nhầm nơi nhận" if status is StatusCode.REFUSED else None,
    }
    said = StatusReported.new(data=StatusReport(**(members | changes)), **envelope)
    return submission(said, agency_id=RECIPIENT)


def delivered(*statuses: Said, **changes: Any) -> dict[DeliveryKey, DeliveredDocument]:
    members: dict[str, Any] = {
        "message": new_id(),
        "subject": SENT_SUBJECT,
        "lane": Lane.ORDINARY,
        "accepted_at": NOW - timedelta(hours=1),
        "history": History(statuses),
    }
    return {(RECIPIENT, SENDER, SENT_MESSAGE): DeliveredDocument(**(members | changes))}


POLICY = AdmissionPolicy()


def facts(
    *agencies: KnownAgency,
    uploads: Iterable[Upload] | None = None,
    accepted: Iterable[MessageKey] = (),
    now: datetime = NOW,
    policy: AdmissionPolicy = POLICY,
) -> Facts:
    """What is known; without `uploads` each agency has uploaded the file of `attachment()`."""
    register = [known(SENDER), known(RECIPIENT), known(OTHER), *agencies]
    if uploads is None:
        uploads = [upload(agency_id=each.agency_id) for each in register]
    return Facts(
        now=now,
        policy=policy,
        agencies={each.agency_id: each for each in register},
        uploads={(each.agency_id, each.sha256): each for each in uploads},
        accepted=set(accepted),
    )


def attachment(**changes: Any) -> Attachment:
    members: dict[str, Any] = {
        "id": "tep-1",
        "name": "Báo cáo.pdf",
        "media_type": "application/pdf",
        "size": 10,
        "sha256": "ab" * 32,
    }
    return Attachment(**(members | changes))


def upload(**changes: Any) -> Upload:
    members: dict[str, Any] = {"agency_id": SENDER, "sha256": "ab" * 32, "size": 10, "media_type": "application/pdf"}
    return Upload(**(members | changes))
