"""Who may say what on the bus, and which records of agencies' documents and statuses are believed."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from lienthong.common.broker import Record
from lienthong.common.ids import new_id
from lienthong.common.inbox import CannotTellYet
from lienthong.common.messages.accounts import CertificateState, ClientChanged
from lienthong.common.messages.document import (
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
from lienthong.common.messages.envelope import Catalogue, MalformedEvent, to_bytes
from lienthong.common.messages.exchange import DocumentSent, StatusReported, SubmissionReceipt
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.reading import AgencyMessages, RecordRefused, ServiceEvents
from lienthong.common.signing import Reason, SignatureRefused, SignedBytes
from lienthong.common.testing.clock import FixedClock
from lienthong.common.testing.voice import Identity, Voice
from lienthong.common.trust import AccountsStatement, TrustState


class World:
    """A trust that has heard the beginning; an exchange and an agency that it knows."""

    def __init__(self) -> None:
        self.clock = FixedClock(datetime(2026, 11, 22, 3, tzinfo=UTC))
        self.voice = Voice(self.clock)
        self.exchange, self.agency = self.voice.service("exchange"), self.voice.agency()
        self.trust = TrustState(self.voice.store, self.clock)
        self.hear(*self.voice.beginning(self.exchange, self.agency))
        self.services = ServiceEvents(self.trust, Catalogue([ClientChanged]))
        self.messages = AgencyMessages(self.trust, environment="training")

    def hear(self, *statements: AccountsStatement) -> None:
        for statement in statements:
            self.trust.take(statement)
        self.trust.settle()

    def record(self, signed: SignedBytes, *, topic: str, key: bytes, **changed: Any) -> Record:
        headers = (("jws-signature", signed.jws.encode()), ("traceparent", None), *changed.pop("more", ()))
        fields: dict[str, Any] = {
            "topic": topic,
            "partition": 0,
            "offset": 7,
            "timestamp": int(self.clock.now().timestamp() * 1000),
            "timestamp_type": 0,
            "key": key,
            "value": signed.payload,
            "checksum": None,
            "serialized_key_size": 0,
            "serialized_value_size": 0,
            "headers": headers,
        }
        return ConsumerRecord(**(fields | changed))

    def client(self, by: Identity | None = None, **changed: Any) -> Record:
        said = self.voice.client(new_id(), [new_id()])
        signed = said.signed if by is None else by.signer.sign(said.signed.payload)
        fields: dict[str, Any] = {"topic": "accounts.client.v1", "key": said.key.encode()}
        return self.record(signed, **(fields | changed))

    def document(self, **changed: Any) -> Record:
        return self.message(_document(self.agency, self.clock.now()), **changed)

    def status(self, **changed: Any) -> Record:
        changed.setdefault("topic", "exchange.statuses.ordinary.v1")
        return self.message(_status(self.agency, self.clock.now()), **changed)

    def message(self, event: DocumentSent | StatusReported, *, seal: Identity | None = None, **changed: Any) -> Record:
        signed = (seal or self.agency).signer.sign(to_bytes(event))
        receipt = self.receipt(event, signed, **changed.pop("receipt", {}))
        by = changed.pop("receipt_by", self.exchange)
        statement = by.signer.sign(receipt.model_dump_json().encode())
        more = (("receipt", statement.payload), ("receipt-signature", statement.jws.encode()))
        key = str(self.agency.certificate.agency_id).encode()
        fields: dict[str, Any] = {"topic": "exchange.documents.ordinary.v1", "key": key, "more": more}
        return self.record(signed, **(fields | changed))

    def receipt(self, event: DocumentSent | StatusReported, signed: SignedBytes, **changed: Any) -> SubmissionReceipt:
        members: dict[str, Any] = {
            "type": "vn.lienthong.exchange.submission_receipt.v1",
            "environment": "training",
            "source": event.source,
            "message_id": event.id,
            "subject": event.subject,
            "sha256": hashlib.sha256(signed.payload).hexdigest(),
            "jws_sha256": hashlib.sha256(signed.jws.encode()).hexdigest(),
            "lane": Lane.ORDINARY,
            "accepted_at": self.clock.now(),
        }
        return SubmissionReceipt(**(members | changed))


def _organization(agency: Identity) -> Organization:
    agency_id = agency.certificate.agency_id
    assert agency_id is not None
    return Organization(agency_id=agency_id, code="000.00.01.H53", name="Sở Nội vụ")


def _status(agency: Identity, at: datetime) -> StatusReported:
    organization = _organization(agency)
    report = StatusReport(
        sender=organization,
        to=(organization,),
        lane=Lane.ORDINARY,
        message_id=new_id(),
        response_for=ResponseFor(),
        status=StatusCode.RECEIVED,
        extensions={},
    )
    return StatusReported.new(source=agency.source, time=at, data=report, subject=str(new_id()))


def _document(agency: Identity, at: datetime) -> DocumentSent:
    organization = _organization(agency)
    document = Document(
        sender=organization,
        to=(organization,),
        document_id="000.00.01.H53,2026/11/22,12/BC-SNV",
        code=CodeNumber(number="12", notation="BC-SNV"),
        promulgation=Promulgation(place="Tây Ninh", date=date(2026, 11, 22)),
        document_type=DocumentType(kind=DocumentKind.BAO_CAO, name="Báo cáo"),
        subject="Báo cáo tháng 11",
        signer=SignerInfo(position="Giám đốc", full_name="Nguyễn Văn Đức"),
        steering=SteeringType.NONE,
        purpose=Purpose.REPORT,
        sealed_by=SealUse(full_name="Trần Thị Lan"),
        extensions={},
    )
    return DocumentSent.new(source=agency.source, time=at, data=document, subject=str(new_id()))


@pytest.fixture
def world() -> World:
    return World()


class TestServiceEvents:
    def test_what_the_owner_of_the_topic_says_is_read(self, world: World) -> None:
        record = world.client()
        verified = world.services(record)
        assert isinstance(verified.event, ClientChanged)
        assert (verified.key, verified.topic, verified.offset) == ((record.key or b"").decode(), record.topic, 7)
        assert verified.signed.payload == record.value

    def test_no_service_speaks_for_another(self, world: World) -> None:
        with pytest.raises(SignatureRefused) as refused:
            world.services(world.client(by=world.exchange))
        assert refused.value.reason is Reason.POLICY_HOLDER

    def test_no_agency_speaks_on_a_services_topic(self, world: World) -> None:
        with pytest.raises(SignatureRefused):
            world.services(world.client(by=world.agency))

    @pytest.mark.parametrize("topic", ["accounts.agency.v1", "exchange.client.v1", "client.v1"])
    def test_an_event_on_another_topic_is_refused(self, world: World, topic: str) -> None:
        with pytest.raises((RecordRefused, SignatureRefused)):
            world.services(world.client(topic=topic))

    @pytest.mark.parametrize(
        "changed",
        [{"value": None}, {"key": None}, {"headers": ()}, {"more": (("jws-signature", b"a..b"),)}],
        ids=["no value", "no key", "no signature", "two signatures"],
    )
    def test_a_record_without_its_parts_is_refused(self, world: World, changed: dict[str, Any]) -> None:
        with pytest.raises(RecordRefused):
            world.services(world.client(**changed))

    def test_a_changed_byte_is_refused(self, world: World) -> None:
        record = world.client()
        with pytest.raises(SignatureRefused) as refused:
            world.services(world.client(value=(record.value or b"") + b" "))
        assert refused.value.reason is Reason.SIGNATURE_WRONG

    def test_an_unknown_type_is_refused(self, world: World) -> None:
        said = world.voice.certificate(world.exchange)
        with pytest.raises(MalformedEvent):
            world.services(world.record(said.signed, topic="accounts.certificate.v1", key=b"k"))

    def test_a_signature_from_the_future_is_refused(self, world: World) -> None:
        early = int((world.clock.now() - timedelta(minutes=6)).timestamp() * 1000)
        with pytest.raises(RecordRefused):
            world.services(world.client(timestamp=early))

    def test_a_signer_on_its_way_asks_for_patience(self, world: World) -> None:
        world.voice.accounts = world.voice.service("accounts")
        record = world.client()
        with pytest.raises(CannotTellYet):
            world.services(record)
        world.hear(world.voice.certificate(world.voice.accounts))
        assert world.services(record).key

    def test_an_old_event_is_read_after_its_key_was_renewed(self, world: World) -> None:
        record = world.client()
        old = world.voice.accounts
        world.voice.accounts = world.voice.service("accounts")
        ended = [(CertificateState.ACTIVE, world.clock.now() - timedelta(hours=1))]
        ended.append((CertificateState.ENDED, world.clock.now() + timedelta(minutes=1)))
        world.clock.advance(timedelta(minutes=2))
        world.hear(
            world.voice.certificate(world.voice.accounts), world.voice.certificate(old, version=2, history=ended)
        )
        assert world.services(record).key

    def test_a_prefix_keeps_tests_apart(self, world: World) -> None:
        reader = ServiceEvents(world.trust, Catalogue([ClientChanged]), prefix="t1.")
        assert reader(world.client(topic="t1.accounts.client.v1")).key
        with pytest.raises((RecordRefused, SignatureRefused)):
            reader(world.client(topic="t2.accounts.client.v1"))


class TestAgencyMessages:
    def test_an_accepted_document_is_read(self, world: World) -> None:
        verified = world.messages(world.document())
        assert isinstance(verified.event, DocumentSent)
        assert verified.event.source == world.agency.source
        assert verified.certificate == world.agency.certificate

    def test_an_accepted_status_is_read(self, world: World) -> None:
        verified = world.messages(world.status())
        assert isinstance(verified.event, StatusReported)
        assert verified.event.data.status is StatusCode.RECEIVED

    @pytest.mark.parametrize("lane", Lane)
    def test_a_message_is_believed_on_its_own_topic_alone(self, world: World, lane: Lane) -> None:
        with pytest.raises(RecordRefused):
            world.messages(world.status(topic=f"exchange.documents.{lane}.v1"))
        with pytest.raises(RecordRefused):
            world.messages(world.document(topic=f"exchange.statuses.{lane}.v1"))

    def test_what_no_agency_may_say_is_not_read(self, world: World) -> None:
        said = world.voice.client(new_id(), [new_id()]).signed
        signed = world.agency.signer.sign(said.payload)
        receipt = world.receipt(_document(world.agency, world.clock.now()), signed)
        statement = world.exchange.signer.sign(receipt.model_dump_json().encode())
        more = (("receipt", statement.payload), ("receipt-signature", statement.jws.encode()))
        with pytest.raises(MalformedEvent):
            world.messages(world.record(signed, topic="exchange.documents.ordinary.v1", key=b"k", more=more))

    @pytest.mark.parametrize(
        "changed",
        [
            {"sha256": "0" * 64},
            {"jws_sha256": "0" * 64},
            {"environment": "production"},
            {"message_id": new_id()},
            {"subject": new_id()},
            {"lane": Lane.URGENT},
        ],
        ids=["other bytes", "other signature", "other environment", "other id", "other document", "other lane"],
    )
    def test_a_receipt_of_something_else_is_refused(self, world: World, changed: dict[str, Any]) -> None:
        with pytest.raises(RecordRefused):
            world.messages(world.document(receipt=changed))

    def test_a_receipt_that_names_another_source_is_refused(self, world: World) -> None:
        with pytest.raises(SignatureRefused) as refused:
            world.messages(world.document(receipt={"source": f"/agencies/{new_id()}"}))
        assert refused.value.reason is Reason.POLICY_HOLDER

    @pytest.mark.parametrize("who", ["agency", "accounts"])
    def test_only_the_exchange_gives_receipts(self, world: World, who: str) -> None:
        by = world.agency if who == "agency" else world.voice.accounts
        with pytest.raises(SignatureRefused) as refused:
            world.messages(world.document(receipt_by=by))
        assert refused.value.reason is Reason.POLICY_HOLDER

    def test_a_document_without_receipt_is_refused(self, world: World) -> None:
        with pytest.raises(RecordRefused):
            world.messages(world.document(more=()))

    def test_another_key_is_refused(self, world: World) -> None:
        with pytest.raises(RecordRefused):
            world.messages(world.document(key=str(new_id()).encode()))

    def test_another_agencys_seal_is_refused(self, world: World) -> None:
        other = world.voice.agency()
        world.hear(world.voice.certificate(other))
        with pytest.raises(SignatureRefused):
            world.messages(world.document(seal=other))

    @pytest.mark.parametrize(
        ("since", "believed"), [(timedelta(minutes=-5), False), (timedelta(minutes=5), True)], ids=["before", "after"]
    )
    def test_the_seal_is_judged_as_of_the_acceptance(self, world: World, since: timedelta, believed: bool) -> None:
        record, now = world.document(), world.clock.now()
        past = [(CertificateState.ACTIVE, now - timedelta(hours=1)), (CertificateState.REVOKED, now + since)]
        world.clock.advance(timedelta(minutes=10))
        world.hear(world.voice.certificate(world.agency, version=2, history=past))
        read: Callable[[Record], object] = world.messages
        if believed:
            assert read(record)
        else:
            with pytest.raises(SignatureRefused):
                read(record)

    def test_an_unknown_seal_asks_for_patience(self, world: World) -> None:
        world.trust.certificates.withdraw(world.agency.certificate.fingerprint)
        with pytest.raises(CannotTellYet):
            world.messages(world.document())
