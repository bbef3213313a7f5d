"""Reads what a service says on its topics: the `ReadRecord` of an inbox that listens to another service.

Certificate's name = `source` = the service whose topic it is, so that no service can speak for another. The signature
is judged as of its own `iat`: a fact that was well signed stays well signed after its key was renewed.
"""

from datetime import timedelta
from typing import Any

from lienthong.common.broker import Record
from lienthong.common.clock import Clock
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.inbox import CannotTellYet, VerifiedEvent
from lienthong.common.messages.envelope import Catalogue
from lienthong.common.signing import HeldBy, Integrity, Reason, SignatureRefused, SignedBytes, Trust, Verified
from lienthong.common.trust.follower import TrustFollower
from lienthong.common.trust.statements import SIGNATURE_HEADER, only_header

_MAX_AHEAD = timedelta(minutes=5)


class RecordUnsigned(LienthongError):
    """A record without value, without key, or without exactly one `jws-signature` header."""

    code = "record_unsigned"
    kind = Kind.INVALID
    title = Words("Bản ghi thiếu nội dung, khóa hoặc chữ ký", "The record has no value, key or single signature")
    advice = Words("Xem bản ghi gốc ở x-origin.", "Look at the original record named in x-origin.")


class SourceNotSigner(LienthongError):
    """An event whose `source` is not the service that signed it and owns the topic."""

    code = "source_not_signer"
    kind = Kind.INVALID
    title = Words("Nguồn của sự kiện không phải bên ký", "The event's source is not its signer")
    advice = Words("Xem bản ghi gốc ở x-origin.", "Look at the original record named in x-origin.")


class ServiceEventReader:
    """Verifies and parses what `service` says; unknown members are tolerated, unknown types refused by name."""

    def __init__(self, service: str, trust: TrustFollower, catalogue: Catalogue, clock: Clock) -> None:
        self._source = f"/services/{service}"
        self._policy = HeldBy(self._source)
        self._trust = trust
        self._catalogue = catalogue
        self._clock = clock

    def __call__(self, record: Record) -> VerifiedEvent[Any]:
        """Raises RecordUnsigned, SigningError, MalformedJson, MalformedEvent, SourceNotSigner; or CannotTellYet."""
        signature = only_header(record.headers, SIGNATURE_HEADER)
        if record.value is None or record.key is None or signature is None:
            raise RecordUnsigned
        signed = SignedBytes(record.value, signature.decode("ascii", "replace"))
        verified = self._verify(signed)
        event = self._catalogue.read_any(signed.payload, tolerant=True)
        if event.source != self._source:
            raise SourceNotSigner
        return VerifiedEvent(
            event=event,
            signed=signed,
            certificate=verified.certificate,
            key=record.key.decode("utf-8", "replace"),
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            headers=tuple(record.headers),
        )

    def _verify(self, signed: SignedBytes) -> Verified:
        header = signed.unverified_header()
        if not self._trust.ready or header.signed_at > self._clock.now() + _MAX_AHEAD:
            raise CannotTellYet
        try:
            return self._trust.verifier.verify(
                signed, at=header.signed_at, certificates=self._trust.certificates, policy=self._policy
            )
        except SignatureRefused as refused:
            if _may_change(refused):
                raise CannotTellYet from refused
            raise


def _may_change(refused: SignatureRefused) -> bool:
    """Whether a certificate or revocation data still on its way could turn the judgement."""
    known = refused.verification.integrity is Integrity.VALID
    return refused.reason is Reason.CERTIFICATE_UNKNOWN or (known and refused.verification.trust is Trust.UNKNOWN)
