"""One certificate revocation list, complete and direct (RFC 5280 section 5).

Delta lists, indirect lists and lists for some reasons only are refused as unsupported: half of an
answer must not pass for an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ReasonFlags

from lienthong.common.signing.certificate import PARSE_ERRORS, Certificate
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason
from lienthong.common.signing.strength import has_strong_hash

EXPIRED_CERTS_ON_CRL: Final = x509.ObjectIdentifier("2.5.29.60")
"""X.509 section 9.5.2.8: certificates that expired after the time it holds stay on the list."""
_LIST_EXTENSIONS = (x509.CRLNumber, x509.AuthorityKeyIdentifier, x509.IssuingDistributionPoint)
_GENERALIZED_TIME = b"\x18\x0f"


@dataclass(frozen=True, slots=True)
class Mark:
    """A certificate taken back from `at` on; `hold` means suspended, which may be lifted."""

    at: datetime
    hold: bool
    reason: ReasonFlags | None = None
    """As it is written; None where no reason is given."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one authentic list or answer says of one certificate."""

    this_update: datetime
    next_update: datetime | None
    mark: Mark | None
    number: int = 0
    """The list's own number: of two lists of one second the higher one is the newer."""
    keeps_expired_since: datetime | None = None
    """The list names certificates that expired from then on too; None: expired ones may be missing from it."""


class RevocationList:
    """A list that could be read; authentic only for the issuer `evidence` has been asked with."""

    def __init__(self, crl: x509.CertificateRevocationList) -> None:
        self._crl = crl
        self._authentic: dict[str, Reason | None] = {}
        self._marks: Mapping[int, Mark] | None = None
        self.issuer = crl.issuer
        self.this_update = crl.last_update_utc
        self.next_update = crl.next_update_utc
        self._scope = _read_scope(crl)
        self._number = _read_number(crl)
        self._keeps_expired_since = _read_keeps_expired(crl)

    @classmethod
    def from_bytes(cls, data: bytes) -> RevocationList:
        """Read PEM or DER. Raises MaterialRefused: REVOCATION_MALFORMED or REVOCATION_UNSUPPORTED."""
        is_pem = data.lstrip().startswith(b"-----BEGIN")
        try:
            return cls(x509.load_pem_x509_crl(data) if is_pem else x509.load_der_x509_crl(data))
        except PARSE_ERRORS as error:
            raise MaterialRefused(Reason.REVOCATION_MALFORMED, str(error)) from error

    def evidence(self, certificate: Certificate, issuer: Certificate) -> Evidence | Reason | None:
        """What the list says of `certificate`; None if it is not about it, a Reason if it cannot be used.

        `issuer` is the authority on the certificate's path: a list is believed only when the very key
        that issued the certificate signed it.
        """
        if self.issuer != issuer.x509.subject or not self._covers(certificate):
            return None
        if issuer.fingerprint not in self._authentic:
            self._authentic[issuer.fingerprint] = self._fault(issuer)
        fault = self._authentic[issuer.fingerprint]
        if fault is not None:
            return fault
        if self._marks is None:
            try:
                self._marks = _read_marks(self._crl)
            except PARSE_ERRORS:
                return Reason.REVOCATION_MALFORMED
            except MaterialRefused as refused:
                return refused.reason
        mark = self._marks.get(certificate.serial)
        return Evidence(self.this_update, self.next_update, mark, self._number, self._keeps_expired_since)

    def _fault(self, issuer: Certificate) -> Reason | None:
        if not has_strong_hash(self._crl):
            return Reason.REVOCATION_WEAK_HASH
        if not _may_sign_lists(issuer):
            return Reason.REVOCATION_NOT_BY_ISSUER
        return None if self._is_signed_by(issuer) else Reason.REVOCATION_NOT_BY_ISSUER

    def _is_signed_by(self, issuer: Certificate) -> bool:
        key = issuer.public_key
        if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
            return False
        try:
            return self._crl.is_signature_valid(key)
        except PARSE_ERRORS:
            return False

    def _covers(self, certificate: Certificate) -> bool:
        return self._scope is None or _in_scope(self._scope, certificate)


def _read_scope(crl: x509.CertificateRevocationList) -> x509.IssuingDistributionPoint | None:
    scope: x509.IssuingDistributionPoint | None = None
    for extension in crl.extensions:
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            scope = extension.value
        elif isinstance(extension.value, x509.DeltaCRLIndicator) or (
            extension.critical and not isinstance(extension.value, _LIST_EXTENSIONS)
        ):
            raise MaterialRefused(Reason.REVOCATION_UNSUPPORTED, extension.oid.dotted_string)
    if scope is not None and (
        scope.indirect_crl or scope.only_some_reasons or scope.only_contains_attribute_certs or scope.relative_name
    ):
        raise MaterialRefused(Reason.REVOCATION_UNSUPPORTED, "an indirect or partial list")
    return scope


def _read_number(crl: x509.CertificateRevocationList) -> int:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return 0


def _read_keeps_expired(crl: x509.CertificateRevocationList) -> datetime | None:
    """What cannot be read here promises nothing, which is the strict reading."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.UnrecognizedExtension) and extension.oid == EXPIRED_CERTS_ON_CRL:
            if not value.value.startswith(_GENERALIZED_TIME):
                return None
            try:
                return datetime.strptime(value.value[2:].decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
            except ValueError:
                return None
    return None


def _in_scope(scope: x509.IssuingDistributionPoint, certificate: Certificate) -> bool:
    is_ca = certificate.is_ca
    if (scope.only_contains_ca_certs and not is_ca) or (scope.only_contains_user_certs and is_ca):
        return False
    if scope.full_name is None:
        return True
    # A list of one distribution point speaks only for certificates that point there.
    try:
        points = certificate.x509.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return False
    return any(name in scope.full_name for point in points for name in point.full_name or ())


def _may_sign_lists(issuer: Certificate) -> bool:
    try:
        return issuer.x509.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _read_marks(crl: x509.CertificateRevocationList) -> Mapping[int, Mark]:
    marks: dict[int, Mark] = {}
    for entry in crl:
        reason = _reason_of(entry)
        mark = Mark(entry.revocation_date_utc, reason is ReasonFlags.certificate_hold, reason)
        # A serial listed twice counts by its harder and earlier entry.
        marks[entry.serial_number] = min(
            marks.get(entry.serial_number, mark), mark, key=lambda each: (each.hold, each.at)
        )
    return marks


def _reason_of(entry: x509.RevokedCertificate) -> ReasonFlags | None:
    reason: ReasonFlags | None = None
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason
        elif isinstance(extension.value, x509.CertificateIssuer) or (
            extension.critical and not isinstance(extension.value, x509.InvalidityDate)
        ):
            raise MaterialRefused(Reason.REVOCATION_UNSUPPORTED, extension.oid.dotted_string)
    return reason
