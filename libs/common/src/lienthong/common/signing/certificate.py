"""A certificate with the few facts lienthong asks of it, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from lienthong.common.signing import base64url
from lienthong.common.signing.algorithms import Algorithm, Check, PublicKey, checks_for
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason

NAME_PREFIX = "lienthong:"
AGENCY_PREFIX = "lienthong:agency:"
SERVICE_PREFIX = "lienthong:service:"
PARSE_ERRORS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for material it cannot read."""
TRAINING_MARKS = ("TRAINING", "ĐÀO TẠO")
"""Either one, anywhere in a subject, marks a certificate that production must not trust."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Certificate:
    """An X.509 certificate that could be read; nothing is said about whether it is good.

    Two are equal when their DER is. Government CA certificates carry neither `agency_id` nor
    `service_name`: who holds such a one is told by the register of accounts.
    """

    der: bytes
    x509: x509.Certificate
    fingerprint: str
    """SHA-256 of the DER as base64url: the value of `x5t#S256` (RFC 7515 section 4.1.8)."""
    public_key: PublicKey
    checks: Mapping[Algorithm, Check]
    """Signature checks with the key, by every algorithm that fits it."""
    not_before: datetime
    not_after: datetime
    """Last instant of validity, itself included (RFC 5280 section 4.1.2.5)."""
    is_ca: bool = False
    """Basic constraints say that it may issue."""
    agency_id: UUID | None = None
    """From the URI SAN `lienthong:agency:<uuid>`."""
    service_name: str | None = None
    """From the URI SAN `lienthong:service:<name>`."""

    @classmethod
    def from_der(cls, der: bytes) -> Certificate:
        """Read one DER certificate. Raises MaterialRefused(CERTIFICATE_MALFORMED)."""
        try:
            return _read(x509.load_der_x509_certificate(der))
        except PARSE_ERRORS as error:
            raise MaterialRefused(Reason.CERTIFICATE_MALFORMED, str(error)) from error

    @classmethod
    def from_pem(cls, pem: bytes) -> Certificate:
        """Read the first certificate of a PEM text. Raises MaterialRefused(CERTIFICATE_MALFORMED)."""
        return load_chain(pem)[0]

    @classmethod
    def from_x509(cls, certificate: x509.Certificate) -> Certificate:
        """Take over a certificate that `cryptography` has parsed or made."""
        return cls.from_der(certificate.public_bytes(Encoding.DER))

    def to_pem(self) -> bytes:
        return self.x509.public_bytes(Encoding.PEM)

    @property
    def serial(self) -> int:
        return self.x509.serial_number

    @property
    def subject(self) -> str:
        """The subject as RFC 4514 text, for people and logs; never compare it."""
        return self.x509.subject.rfc4514_string()

    @property
    def issuer(self) -> str:
        """The issuer as RFC 4514 text, for people and logs; never compare it."""
        return self.x509.issuer.rfc4514_string()

    @property
    def is_self_issued(self) -> bool:
        return self.x509.subject == self.x509.issuer

    @property
    def is_training(self) -> bool:
        """Whether subject or issuer says that this is for training only."""
        words = f"{_words(self.x509.subject)} {_words(self.x509.issuer)}".upper()
        return any(mark in words for mark in TRAINING_MARKS)

    @property
    def source(self) -> str | None:
        """`/agencies/<uuid>` or `/services/<name>` when the certificate itself names its holder."""
        if self.agency_id is not None:
            return f"/agencies/{self.agency_id}"
        return f"/services/{self.service_name}" if self.service_name is not None else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"<Certificate {self.fingerprint} {self.subject!r}>"


def load_chain(pem: bytes) -> tuple[Certificate, ...]:
    """Read every certificate of a PEM text, in its order; at least one.

    Raises MaterialRefused(CERTIFICATE_MALFORMED).
    """
    try:
        return tuple(_read(certificate) for certificate in x509.load_pem_x509_certificates(pem))
    except PARSE_ERRORS as error:
        raise MaterialRefused(Reason.CERTIFICATE_MALFORMED, str(error)) from error


def _read(certificate: x509.Certificate) -> Certificate:
    if certificate.version is not x509.Version.v3:
        raise ValueError("not an X.509 version 3 certificate")
    if certificate.serial_number <= 0:
        raise ValueError("a serial number that is not positive")
    # `cryptography` reads names on first use; what is broken in them must show here, not in a verifier.
    _ = certificate.subject, certificate.issuer
    der = certificate.public_bytes(Encoding.DER)
    key = certificate.public_key()
    name = _lienthong_name(certificate)
    return Certificate(
        der=der,
        x509=certificate,
        fingerprint=base64url.encode(sha256(der).digest()),
        public_key=key,
        checks=checks_for(key),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        is_ca=_is_ca(certificate),
        agency_id=_agency_id(name),
        service_name=name.removeprefix(SERVICE_PREFIX) if name and name.startswith(SERVICE_PREFIX) else None,
    )


def _lienthong_name(certificate: x509.Certificate) -> str | None:
    """The one URI SAN of ours; a certificate that could speak for two is refused as malformed."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    ours = [uri for uri in names.get_values_for_type(x509.UniformResourceIdentifier) if uri.startswith(NAME_PREFIX)]
    if len(ours) > 1:
        raise ValueError("more than one lienthong name")
    if ours and not ours[0].startswith((AGENCY_PREFIX, SERVICE_PREFIX)):
        raise ValueError("a lienthong name that is neither an agency's nor a service's")
    return ours[0] if ours else None


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _agency_id(name: str | None) -> UUID | None:
    if name is None or not name.startswith(AGENCY_PREFIX):
        return None
    text = name.removeprefix(AGENCY_PREFIX)
    agency_id = UUID(text)
    if str(agency_id) != text:
        raise ValueError("an agency's id that is not written canonically")
    return agency_id


def _words(name: x509.Name) -> str:
    return " ".join(str(attribute.value) for attribute in name)
