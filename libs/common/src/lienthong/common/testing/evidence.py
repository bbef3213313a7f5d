"""Evidence made in memory, by an exchange that is not there: for tests of the verifier, and for test vectors.

Everything is made as the real exchange makes it, with keys of `Voice`; a test changes what it wants to see refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lienthong.common.audit import AuditRecord, Outcome
from lienthong.common.clock import local_day
from lienthong.common.evidence import (
    EvidenceParts,
    InboxPart,
    ProvenMessage,
    ProvenRecord,
    RevocationPart,
    Subject,
    build_evidence,
)
from lienthong.common.evidence.parts import MOST_LINKS
from lienthong.common.ids import new_id, parse_id
from lienthong.common.merkle import path_to, root_of
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
)
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.evidence import AuditHead, audit_next, audit_start, stamped_digest
from lienthong.common.messages.exchange import (
    DeliveryReceipt,
    DocumentSent,
    InboxHead,
    StatusReported,
    SubmissionReceipt,
    chain_next,
    chain_start,
)
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.pki import Revoked, generate_key, issue_tsa, make_crl, own_key
from lienthong.common.signing import LocalKey, SignedBytes
from lienthong.common.testing.voice import Identity, Voice
from lienthong.common.timestamps import TimeStampQuery, TrainingTimeStamper, read_response


@dataclass
class MovingClock:
    """A clock that stands where it was put."""

    at: datetime

    def now(self) -> datetime:
        """Where it stands."""
        return self.at

    def move(self, **how: float) -> None:
        """Go on."""
        self.at += timedelta(**how)


@dataclass
class Notary:
    """An exchange, an authority of time and two agencies, whose clock stands at `at`."""

    at: datetime
    environment: str = "training"
    clock: MovingClock = field(init=False)
    voice: Voice = field(init=False)

    def __post_init__(self) -> None:
        self.clock = MovingClock(self.at)
        self.voice = Voice(self.clock, name="lienthong vectors")
        self.exchange = self.voice.service("exchange", days=700)
        self.sender = self.voice.agency(name="Sở Tài chính")
        self.recipient = self.voice.agency(name="Sở Tư pháp")
        self.outsider = self.voice.agency(name="Sở Nội vụ")
        self.stamper = self.time_stamper()
        self._numbers = 0

    def time_stamper(self) -> TrainingTimeStamper:
        """An authority of time with a fresh key."""
        key, issuing = generate_key(), self.voice.authority.issuing
        at = self.clock.now() - timedelta(hours=1)
        certificate = issue_tsa(issuing, own_key(key), name="Dấu thời gian đào tạo", at=at)
        return TrainingTimeStamper(LocalKey.of(key, certificate, issuing.chain), self.clock.now)

    def stamp(self, digest: bytes) -> bytes:
        """A token over a SHA-256."""
        query = TimeStampQuery.over(digest)
        return read_response(self.stamper.answer(query.to_bytes()), query)

    def lists(self, *revoked: Revoked, number: int = 1) -> list[RevocationPart]:
        """Lists of both authorities as of a minute ago."""
        at = self.clock.now() - timedelta(minutes=1)
        authority = self.voice.authority
        return [
            RevocationPart(each.certificate.fingerprint, number, make_crl(each, marks, number=number, at=at))
            for each, marks in ((authority.root, ()), (authority.issuing, revoked))
        ]

    def parts(
        self, statuses: Sequence[StatusCode] = (StatusCode.ARRIVED, StatusCode.RECEIVED), **changes: Any
    ) -> EvidenceParts:
        """Evidence of a document with these statuses, acknowledged later; `changes` go into the document."""
        document = self.document(**changes)
        sealed = self.sender.signer.sign(to_bytes(document))
        reports = [self.status(document, each) for each in statuses]
        messages = [(document, sealed), *((each, self.recipient.signer.sign(to_bytes(each))) for each in reports)]
        document_part, *others = self.accept(messages)
        return EvidenceParts(
            subject=self.subject(document),
            document=document_part,
            messages=others,
            inbox=self.inbox(sealed),
            certificates=self.register(),
            lists=self.lists(),
        )

    def file(self, parts: EvidenceParts | None = None) -> bytes:
        """The file, signed by the exchange."""
        return build_evidence(parts or self.parts(), self.exchange.signer.sign)

    def register(self) -> dict[str, SignedBytes]:
        """What accounts says of all keys that may be needed."""
        who = (self.voice.accounts, self.exchange, self.sender, self.recipient)
        return {each.certificate.fingerprint: self.voice.certificate(each).signed for each in who}

    def subject(self, document: DocumentSent, **changes: Any) -> Subject:
        """Which document, at whom."""
        told = Subject(
            environment="production" if self.environment == "production" else "training",
            sender=_id(self.sender),
            message_id=document.id,
            subject=parse_id(document.subject or ""),
            recipient=_id(self.recipient),
            lane=Lane.ORDINARY,
            n=7,
            made_for=_id(self.sender),
            made_at=self.clock.now(),
        )
        return replace(told, **changes)

    def document(self, *, attachments: Sequence[bytes] = (), **changes: Any) -> DocumentSent:
        """A document from the sender to the recipient."""
        self._numbers += 1
        today, number = local_day(self.clock.now()), f"{self._numbers:02}"
        members: dict[str, Any] = {
            "sender": organization(self.sender, "Sở Tài chính"),
            "to": (organization(self.recipient, "Sở Tư pháp"),),
            "document_id": f"000.00.11.H53,{today:%Y/%m/%d},{number}/STC-QLNS",
            "code": CodeNumber(number=number, notation="STC-QLNS"),
            "promulgation": Promulgation(place="Tây Ninh", date=today),
            "document_type": DocumentType(kind=DocumentKind.CONG_VAN, name="Công văn"),
            "subject": "V/v góp ý dự thảo <Quy chế> quản lý ngân sách",
            "signer": SignerInfo(position="Giám đốc", full_name="Nguyễn Văn Minh"),
            "purpose": Purpose.REPORT,
            "sealed_by": SealUse(full_name="Trần Thị Hòa"),
            "attachments": tuple(_attachment(place, each) for place, each in enumerate(attachments, 1)),
        }
        data = Document(**(members | changes))
        return DocumentSent.new(
            source=self.sender.source, time=self.clock.now(), data=data, subject=str(new_id()), id=None
        )

    def status(self, document: DocumentSent, status: StatusCode, **changes: Any) -> StatusReported:
        """What the recipient says of it."""
        members: dict[str, Any] = {
            "sender": organization(self.recipient, "Sở Tư pháp"),
            "to": (document.data.sender,),
            "lane": Lane.ORDINARY,
            "message_id": document.id,
            "response_for": ResponseFor(document_id=document.data.document_id),
            "status": status,
        }
        data = StatusReport(**(members | changes))
        return StatusReported.new(
            source=self.recipient.source, time=self.clock.now(), data=data, subject=document.subject
        )

    def accept(
        self,
        messages: Sequence[tuple[Any, SignedBytes]],
        *,
        at: datetime | Sequence[datetime] | None = None,
        received: Mapping[str, Any] | None = None,
        recorded: Mapping[str, Any] | None = None,
        headed: Mapping[str, Any] | None = None,
        written: Callable[[bytes], bytes] = bytes,
    ) -> list[ProvenMessage]:
        """Receipts and records of messages, all in one block of the audit log beside acts of others, stamped now.

        What is `received`, `recorded`, `headed` stands in receipts, records and the block's head instead of the truth;
        `written` makes other bytes of a record.
        """
        times = [at or self.clock.now()] * len(messages) if not isinstance(at, Sequence) else at
        said = [(event, sealed, moment) for (event, sealed), moment in zip(messages, times, strict=True)]
        receipts = [self.receipt(*each, **(received or {})) for each in said]
        entries = [written(replace(self.record(*each), **(recorded or {})).to_bytes()) for each in said]
        leaves = [hashlib.sha256(each).digest() for each in (*entries, b"what others did", b"and others")]
        head = self.head(leaves, **(headed or {}))
        token = self.stamp(stamped_digest(head.payload, head.jws))
        return [
            ProvenMessage(sealed, receipt, ProvenRecord(entry, 3, place, tuple(path_to(leaves, place)), head, token))
            for place, ((_, sealed), receipt, entry) in enumerate(zip(messages, receipts, entries, strict=True))
        ]

    def receipt(self, event: Any, sealed: SignedBytes, at: datetime, **changes: Any) -> SignedBytes:
        """The exchange's acceptance."""
        members: dict[str, Any] = {
            "type": "vn.lienthong.exchange.submission_receipt.v1",
            "environment": self.environment,
            "source": event.source,
            "message_id": event.id,
            "subject": parse_id(event.subject),
            "sha256": hashlib.sha256(sealed.payload).hexdigest(),
            "jws_sha256": hashlib.sha256(sealed.jws.encode()).hexdigest(),
            "lane": event.data.lane,
            "accepted_at": at,
        }
        return self.say(SubmissionReceipt(**(members | changes)))

    def record(self, event: Any, sealed: SignedBytes, at: datetime) -> AuditRecord:
        """What stands in the audit log about it."""
        details = {"sha256": hashlib.sha256(sealed.payload).hexdigest(), "lane": event.data.lane.value}
        return AuditRecord(
            at, event.source, "message.accept", f"{event.source}/messages/{event.id}", Outcome.DONE, details
        )

    def head(self, leaves: Sequence[bytes], **changes: Any) -> SignedBytes:
        """The signed head of the third block."""
        previous, root = audit_start("exchange"), root_of(leaves)
        members: dict[str, Any] = {
            "type": "vn.lienthong.exchange.audit_head.v1",
            "environment": self.environment,
            "service": "exchange",
            "block": 3,
            "first": 101,
            "count": len(leaves),
            "root": root.hex(),
            "previous": previous.hex(),
            "chain": audit_next(previous, root, 3, len(leaves)).hex(),
            "time": self.clock.now(),
        }
        return self.say(AuditHead(**(members | changes)))

    def inbox(
        self,
        sealed: SignedBytes,
        *,
        acknowledged_at: datetime | None = None,
        head_at: datetime | None = None,
        **changes: Any,
    ) -> InboxPart:
        """Entry 7 of the recipient's inbox, acknowledged with entry 9."""
        before = hashlib.sha256(chain_start(_id(self.recipient), Lane.ORDINARY) + b"six entries").digest()
        chain = chain_next(before, hashlib.sha256(sealed.payload).digest(), 7)
        members: dict[str, Any] = {
            "environment": self.environment,
            "recipient": _id(self.recipient),
            "lane": Lane.ORDINARY,
        } | changes
        head = InboxHead(
            type="vn.lienthong.exchange.inbox_head.v1",
            n=7,
            chain=chain.hex(),
            time=head_at or self.clock.now(),
            **members,
        )
        after = [hashlib.sha256(each).digest() for each in (b"eight", b"nine")]
        for n, each in enumerate(after, 8):
            chain = chain_next(chain, each, n)
        receipt = DeliveryReceipt(
            type="vn.lienthong.exchange.delivery_receipt.v1",
            n=9,
            chain=chain.hex(),
            acknowledged_at=acknowledged_at or self.clock.now(),
            **members,
        )
        return InboxPart(before, self.say(head), self.say(receipt), after)

    def acknowledged_late(self, inbox: InboxPart) -> InboxPart:
        """The same, acknowledged with so many later entries that their links are left out."""
        receipt = DeliveryReceipt(
            type="vn.lienthong.exchange.delivery_receipt.v1",
            environment="training",
            recipient=_id(self.recipient),
            lane=Lane.ORDINARY,
            n=7 + MOST_LINKS + 1,
            chain=hashlib.sha256(b"many entries later").hexdigest(),
            acknowledged_at=self.clock.now(),
        )
        return replace(inbox, delivery_receipt=self.say(receipt), after=None)

    def say(self, statement: Any) -> SignedBytes:
        """Signed by the exchange, as it writes its statements."""
        return self.exchange.signer.sign(statement.model_dump_json(exclude_none=True).encode())


def organization(of: Identity, name: str) -> Organization:
    """An agency as documents name it."""
    return Organization(agency_id=_id(of), code="000.00.11.H53", name=name)


def _attachment(place: int, content: bytes) -> Attachment:
    sha256 = hashlib.sha256(content).hexdigest()
    return Attachment(
        id=f"tep-{place}", name=f"Tệp {place}.pdf", media_type="application/pdf", size=len(content), sha256=sha256
    )


def _id(of: Identity) -> Any:
    return of.certificate.agency_id
