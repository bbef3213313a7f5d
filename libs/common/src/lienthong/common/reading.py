"""Reading records of the bus: verified first, then parsed, and only from whoever may say what they say.

`ServiceEvents` reads what services say of themselves, `AgencyMessages` what agencies said through the exchange. Both
are `ReadRecord`s of the inbox: they raise `CannotTellYet` where a certificate or revocation data is still on its way,
and any other error where the record is refused.

Signatures are judged as of the time they were made, services' by their own `iat`, agencies' by the acceptance that the
exchange has signed: so a record read again in a year is read alike, after keys were rotated too.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pydantic import ValidationError

from lienthong.common.broker import Record
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.inbox import CannotTellYet, VerifiedEvent
from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import Catalogue, Event
from lienthong.common.messages.exchange import EXCHANGED, DocumentRegistered, Exchanged, SubmissionReceipt
from lienthong.common.signing import (
    CertificateSource,
    HeldBy,
    Integrity,
    Reason,
    SignatureRefused,
    SignedBytes,
    SignedWithin,
    Trust,
    Verified,
    Verifier,
    all_of,
)
from lienthong.common.sources import EXCHANGE
from lienthong.common.strict_json import loads
from lienthong.common.trust import only_header

_SAID_BY_AGENCIES = Catalogue((*EXCHANGED, DocumentRegistered))
_MAX_AHEAD = timedelta(minutes=5)


class RecordRefused(LienthongError):
    """A record of the bus is not what its topic, its headers or its receipt say; it goes to the dead letters."""

    code = "record_refused"
    kind = Kind.REFUSED
    title = Words("Bản ghi trên trục không hợp lệ", "The record is not what it says")
    advice = Words(
        "Kiểm tra nơi phát bản ghi; bản ghi được giữ lại ở chủ đề .dead của bên đọc.",
        "Look where the record came from; it is kept with the dead letters.",
    )


class Believed(Protocol):
    """Whom a reader believes: `TrustFollower` in a service, `TrustState` where statements are given by hand."""

    @property
    def certificates(self) -> CertificateSource:
        """Certificates by fingerprint."""
        ...

    @property
    def verifier(self) -> Verifier:
        """Judges against the configured anchors."""
        ...


class ServiceEvents:
    """Reads what services say: signer = `source` = the service that owns the event's topic.

    So no service can speak for another, on any topic. `prefix` stands before topic names where tests must not meet.
    """

    def __init__(self, trust: Believed, catalogue: Catalogue, *, prefix: str = "") -> None:
        self._trust = trust
        self._catalogue = catalogue
        self._prefix = prefix

    def __call__(self, record: Record) -> VerifiedEvent[Any]:
        """The event. Raises CannotTellYet, SignatureRefused, MalformedEvent, MalformedJson, RecordRefused."""
        signed = _signed(record)
        signed_at = signed.unverified_header().signed_at
        _check_not_from_the_future(signed_at, record)
        owner = record.topic.removeprefix(self._prefix).partition(".")[0]
        policy = all_of(HeldBy(f"/services/{owner}"), SignedWithin(behind=None))
        verified = _verify(self._trust, signed, signed_at, policy)
        event = self._catalogue.read_any(verified.payload)
        if event.source != verified.holder or record.topic not in self._topics(event):
            raise _refused("nguồn hoặc chủ đề không đúng", "source or topic does not fit the signer")
        return _verified_event(event, signed, verified, record)

    def _topics(self, event: Event[Any]) -> set[str]:
        return {self._prefix + topic.name for topic in event.topics()}


class AgencyMessages:
    """Reads messages of agencies: the exchange accepted exactly these bytes, and the seal was good at that time.

    Step 5.2 of docs/way-of-a-document.md.
    """

    def __init__(self, trust: Believed, *, environment: str) -> None:
        self._trust = trust
        self._environment = environment

    def __call__(self, record: Record) -> VerifiedEvent[Exchanged | DocumentRegistered]:
        """The message. Raises CannotTellYet, SignatureRefused, MalformedEvent, MalformedJson, RecordRefused."""
        signed = _signed(record)
        receipt = self._receipt(record, signed)
        policy = all_of(HeldBy(receipt.source), SignedWithin(behind=None))
        verified = _verify(self._trust, signed, receipt.accepted_at, policy)
        event = _SAID_BY_AGENCIES.read_any(verified.payload)
        named = receipt.source, receipt.message_id, str(receipt.subject), _key(receipt)
        if (event.source, event.id, event.subject, record.key) != named:
            raise _refused("biên nhận thuộc thông điệp khác", "the receipt is another message's")
        if event.data.lane is not receipt.lane or not record.topic.endswith(_topic(event, receipt.lane)):
            raise _refused("sai chủ đề hoặc luồng", "the topic or the lane is another one's")
        return _verified_event(event, signed, verified, record)

    def _receipt(self, record: Record, signed: SignedBytes) -> SubmissionReceipt:
        """The exchange's acceptance of these bytes under this signature."""
        statement = SignedBytes(_only(record, "receipt"), _ascii(_only(record, "receipt-signature")))
        policy = all_of(HeldBy(EXCHANGE), SignedWithin(behind=None))
        verified = _verify(self._trust, statement, statement.unverified_header().signed_at, policy)
        loads(verified.payload)
        try:
            receipt = SubmissionReceipt.model_validate_json(verified.payload, extra="ignore")
        except ValidationError:
            raise _refused("biên nhận sai cấu trúc", "the receipt is malformed") from None
        hashes = hashlib.sha256(signed.payload).hexdigest(), hashlib.sha256(signed.jws.encode()).hexdigest()
        if (receipt.sha256, receipt.jws_sha256) != hashes or receipt.environment != self._environment:
            raise _refused("biên nhận không khớp thông điệp", "the receipt does not fit the message")
        return receipt


def _topic(event: Event[Any], lane: Lane) -> str:
    """Where the event belongs; an event of one topic alone travels in no lane."""
    topics = list(event.topics())
    (name,) = (topic.name for topic in topics if len(topics) == 1 or f".{lane}." in topic.name)
    return name


def _verify(trust: Believed, signed: SignedBytes, at: datetime, policy: Any) -> Verified:
    try:
        return trust.verifier.verify(signed, at=at, certificates=trust.certificates, policy=policy)
    except SignatureRefused as refused:
        judged = refused.verification
        on_its_way = judged.integrity is Integrity.VALID and judged.trust is Trust.UNKNOWN
        if refused.reason is Reason.CERTIFICATE_UNKNOWN or on_its_way:
            raise CannotTellYet(refused.reason) from refused
        raise


def _check_not_from_the_future(signed_at: datetime, record: Record) -> None:
    """A signature may be judged as of its own time only if that time has come."""
    recorded_at = datetime.fromtimestamp(record.timestamp / 1000, tz=UTC)
    if signed_at > recorded_at + _MAX_AHEAD:
        raise _refused("chữ ký đề thời điểm chưa đến", "signed in the future")


def _signed(record: Record) -> SignedBytes:
    if record.value is None or record.key is None:
        raise _refused("thiếu khóa hoặc nội dung", "no key or no value")
    return SignedBytes(record.value, _ascii(_only(record, "jws-signature")))


def _only(record: Record, name: str) -> bytes:
    """A header that must stand exactly once: two would let two readers see two things."""
    value = only_header(record.headers, name)
    if value is None:
        raise _refused(f"tiêu đề {name} phải có đúng một lần", f"the header {name} must stand exactly once")
    return value


def _ascii(value: bytes) -> str:
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        raise _refused("tiêu đề không phải ASCII", "a header is not ASCII") from None


def _key(receipt: SubmissionReceipt) -> bytes:
    return receipt.source.removeprefix("/agencies/").encode()


def _refused(vi: str, en: str) -> RecordRefused:
    return RecordRefused(Words(vi[0].upper() + vi[1:], en[0].upper() + en[1:]))


def _verified_event(event: Any, signed: SignedBytes, verified: Verified, record: Record) -> VerifiedEvent[Any]:
    return VerifiedEvent(
        event=event,
        signed=signed,
        certificate=verified.certificate,
        key=(record.key or b"").decode("utf-8", "replace"),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        headers=tuple(record.headers),
    )
