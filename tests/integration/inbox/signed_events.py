"""A service that says numbered events, signed by a training certificate, and whom its readers believe."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from pydantic import BaseModel

from lienthong.common.messages.envelope import Catalogue, Event, to_bytes
from lienthong.common.messages.topics import TopicSpec
from lienthong.common.pki import generate_key, issue_service, make_crl, make_training_authority, own_key
from lienthong.common.signing import (
    STORED,
    KnownCertificate,
    KnownCertificates,
    LocalKey,
    RevocationData,
    SignedBytes,
    Signer,
    TrustStore,
    Verifier,
)

TOPIC = TopicSpec("accounts.numbered.v1", 4, "as the test likes")


class Numbers(BaseModel):
    """What is counted."""

    name: str
    number: int


class Numbered(Event[Numbers]):
    """Said by nobody but this test, once per number."""

    TYPE = "vn.lienthong.accounts.numbered.v1"
    SCHEMA = "urn:lienthong:schema:accounts.numbered:1.0"
    TOPIC = TOPIC
    SAID_BY = "service"


@dataclass
class Believed:
    """A service's certificates and a verifier, as `reading.ServiceEvents` wants them."""

    certificates: KnownCertificates
    verifier: Verifier


@dataclass(frozen=True)
class Speaker:
    """The service that says the events, and one whose certificate readers do not know."""

    signer: Signer
    known: KnownCertificate
    authority_trust: Verifier

    def believed(self, *, knows: bool = True) -> Believed:
        return Believed(KnownCertificates([self.known] if knows else []), self.authority_trust)

    def say(self, name: str, number: int, *, event_id: UUID | None = None) -> SignedBytes:
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        data = Numbers(name=name, number=number)
        event = Numbered.new(source="/services/accounts", time=now, data=data, id=event_id)
        return self.signer.sign(to_bytes(event))


@cache
def speaker() -> Speaker:
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    authority = make_training_authority(begun)
    key = generate_key()
    certificate = issue_service(authority.issuing, own_key(key), name="accounts", at=begun)
    revocations = RevocationData()
    for issuer in (authority.root, authority.issuing):
        revocations.add_crl(make_crl(issuer, [], number=1, at=begun, lifetime=timedelta(days=1)))
    return Speaker(
        Signer(LocalKey(key, certificate), lambda: datetime.now(UTC)),
        KnownCertificate(certificate, (authority.issuing.certificate,)),
        Verifier(TrustStore(authority.anchors), revocations, STORED),
    )


CATALOGUE = Catalogue([Numbered])
