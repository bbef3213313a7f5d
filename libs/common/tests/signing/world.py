"""A training authority, a seal, and an attacker's workbench: certificates, lists and headers of any shape."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA224, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lienthong.common.pki import (
    Authority,
    Revoked,
    TrainingAuthority,
    generate_key,
    issue_agency,
    make_crl,
    make_training_authority,
    own_key,
)
from lienthong.common.signing import (
    ADMISSION,
    Algorithm,
    Certificate,
    KnownCertificate,
    KnownCertificates,
    Period,
    Policy,
    PrivateKey,
    RevocationData,
    SignedBytes,
    TrustStore,
    Verified,
    Verifier,
)
from lienthong.common.signing.algorithms import SCHEMES
from lienthong.common.signing.base64url import encode

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AGENCY = UUID("019a0000-0000-7000-8000-000000000001")
SOURCE = f"/agencies/{AGENCY}"
PAYLOAD = '{"type":"vn.lienthong.exchange.document.v1","data":{"subject":"Về việc nghỉ Tết"}}'.encode()


def usage(**allowed: bool) -> x509.KeyUsage:
    """Key usage with only what is named."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


SIGNS = usage(digital_signature=True)
ISSUES = usage(key_cert_sign=True, crl_sign=True)


def subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass(frozen=True)
class Shape:
    """How a crafted certificate differs from a good one."""

    name: x509.Name = field(default_factory=lambda: subject("Crafted"))
    key: PrivateKey | None = None
    begin: datetime = NOW - DAY
    end: datetime = NOW + 30 * DAY
    ca: bool = False
    path_length: int | None = None
    usage: x509.KeyUsage | None = SIGNS
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = ()
    digest: SHA224 | SHA256 = field(default_factory=SHA256)


def craft(issuer: Authority | None, shape: Shape) -> Authority:
    """Any certificate at all, as an Authority, whether or not it may be one."""
    key = shape.key or generate_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(shape.name)
        .issuer_name(shape.name if issuer is None else issuer.certificate.x509.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(shape.begin)
        .not_valid_after(shape.end)
        .add_extension(x509.BasicConstraints(ca=shape.ca, path_length=shape.path_length), critical=True)
    )
    if shape.usage is not None:
        builder = builder.add_extension(shape.usage, critical=True)
    for extension, critical in shape.extensions:
        builder = builder.add_extension(extension, critical=critical)
    signed = builder.sign(key if issuer is None else issuer.key, shape.digest)
    certificate = Certificate.from_x509(signed)
    chain = (certificate, *(() if issuer is None else issuer.chain))
    return Authority(certificate, key, chain)


@dataclass(frozen=True)
class World:
    """Everything good, so that a test changes one thing."""

    authority: TrainingAuthority
    key: PrivateKey
    certificate: Certificate

    @property
    def root(self) -> Authority:
        return self.authority.root

    @property
    def issuing(self) -> Authority:
        return self.authority.issuing

    def trust(self) -> TrustStore:
        return TrustStore(self.authority.anchors)

    def lists(
        self,
        *revoked: Revoked,
        at: datetime = NOW - HOUR,
        lifetime: timedelta = DAY,
        others: Iterable[Authority] = (),
    ) -> RevocationData:
        """A list of the root, one of the issuing authority with `revoked`, and empty ones of `others`."""
        data = RevocationData()
        data.add_crl(make_crl(self.root, [], number=1, at=at, lifetime=lifetime))
        data.add_crl(make_crl(self.issuing, revoked, number=1, at=at, lifetime=lifetime))
        for other in others:
            data.add_crl(make_crl(other, [], number=1, at=at, lifetime=lifetime))
        return data

    def header(self, **changes: object) -> dict[str, object]:
        """The members of a good header with `changes`; x5t stands for `x5t#S256`; None leaves a member out."""
        members: dict[str, object] = {
            "alg": "ES256",
            "b64": False,
            "crit": ["b64"],
            "iat": int(NOW.timestamp()),
            "x5t#S256": self.certificate.fingerprint,
        }
        members |= {{"x5t": "x5t#S256"}.get(name, name): value for name, value in changes.items()}
        return {name: value for name, value in members.items() if value is not None}

    def sign(
        self,
        header: Mapping[str, object] | bytes | None = None,
        *,
        payload: bytes = PAYLOAD,
        key: PrivateKey | None = None,
        algorithm: Algorithm = Algorithm.ES256,
    ) -> SignedBytes:
        """A signature that is right for whatever the header says: what someone with a good key could send."""
        raw = header if isinstance(header, bytes) else json.dumps(self.header() if header is None else header).encode()
        protected = encode(raw)
        signature = SCHEMES[algorithm].sign(key or self.key, protected.encode() + b"." + payload)
        return SignedBytes(payload, f"{protected}..{encode(signature)}")

    def known(self, *periods: Period, certificate: Certificate | None = None, rs256: bool = False) -> KnownCertificates:
        chosen = certificate or self.certificate
        return KnownCertificates([KnownCertificate(chosen, self.issuing.chain, periods, allows_rs256=rs256)])

    def verify(
        self,
        signed: SignedBytes | None = None,
        *,
        at: datetime = NOW,
        known: KnownCertificates | None = None,
        trust: TrustStore | None = None,
        revocations: RevocationData | None = None,
        policy: Policy = ADMISSION,
    ) -> Verified:
        verifier = Verifier(trust or self.trust(), revocations or self.lists(), policy)
        return verifier.verify(signed or self.sign(), at=at, certificates=known or self.known())

    def verify_holder(
        self,
        holder: Authority,
        *,
        at: datetime = NOW,
        trust: TrustStore | None = None,
        others: Iterable[Authority] = (),
    ) -> Verified:
        """Verify a good message signed with a crafted certificate."""
        algorithm = Algorithm.ES256 if Algorithm.ES256 in holder.certificate.checks else Algorithm.PS256
        header = self.header(alg=algorithm.value, x5t=holder.certificate.fingerprint)
        signed = self.sign(header, key=holder.key, algorithm=algorithm)
        known = KnownCertificates([KnownCertificate(holder.certificate, (*holder.chain, *self.issuing.chain))])
        return self.verify(signed, at=at, known=known, trust=trust, revocations=self.lists(others=others))


@cache
def world() -> World:
    """The one world of a test process; nobody changes it."""
    authority = make_training_authority(NOW - 300 * DAY)
    key = generate_key()
    certificate = issue_agency(
        authority.issuing, own_key(key), agency_id=AGENCY, name="UBND tỉnh Ninh Bình", at=NOW - 10 * DAY
    )
    return World(authority, key, certificate)


@cache
def rsa_key(bits: int = 2048) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 (only some tests need one)

    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def with_other_hash(certificate: Certificate, old: bytes, new: bytes) -> Certificate:
    """Claim another signature algorithm by its OID, of the same length; the signature is then no longer right."""
    return Certificate.from_der(certificate.der.replace(old, new))


def pem(*certificates: Certificate) -> bytes:
    return b"".join(certificate.x509.public_bytes(Encoding.PEM) for certificate in certificates)
