"""Revocation lists and OCSP answers of an authority (RFC 5280 section 5, RFC 6960)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ReasonFlags, ocsp

from lienthong.common.pki.authority import Authority
from lienthong.common.pki.building import signature_hash
from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.crl import EXPIRED_CERTS_ON_CRL

CRL_LIFETIME = timedelta(days=7)
OCSP_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate taken back. `certificate_hold` suspends and may be taken off a later list."""

    serial: int
    at: datetime
    """Written with whole seconds, rounded down: the certificate is bad from then on."""
    reason: ReasonFlags = ReasonFlags.unspecified


def make_crl(
    authority: Authority,
    revoked: Sequence[Revoked],
    *,
    number: int,
    at: datetime,
    lifetime: timedelta = CRL_LIFETIME,
    keeps_expired: bool = False,
) -> bytes:
    """A complete list in DER, with its number, from `at` to `at` + `lifetime`.

    `keeps_expired` says on the list that no revoked certificate has ever been left out because it expired.
    Without it nobody who has this list alone can judge what an expired certificate had signed.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.x509.subject)
        .last_update(at)
        .next_update(at + lifetime)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    if keeps_expired:
        builder = builder.add_extension(_keeps_expired_since(authority.certificate.not_before), critical=False)
    for entry in revoked:
        builder = builder.add_revoked_certificate(_entry(entry))
    return builder.sign(authority.key, signature_hash(authority.key)).public_bytes(Encoding.DER)


def make_ocsp(
    authority: Authority,
    certificate: Certificate,
    *,
    at: datetime,
    revoked: Revoked | None = None,
    lifetime: timedelta = OCSP_LIFETIME,
) -> bytes:
    """The authority's own signed answer about one certificate, DER; good unless `revoked` is given."""
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate.x509,
        issuer=authority.certificate.x509,
        algorithm=SHA256(),
        cert_status=ocsp.OCSPCertStatus.GOOD if revoked is None else ocsp.OCSPCertStatus.REVOKED,
        this_update=at,
        next_update=at + lifetime,
        revocation_time=None if revoked is None else revoked.at,
        revocation_reason=None if revoked is None else revoked.reason,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, authority.certificate.x509)
    return builder.sign(authority.key, signature_hash(authority.key)).public_bytes(Encoding.DER)


def _keeps_expired_since(begin: datetime) -> x509.UnrecognizedExtension:
    time = begin.strftime("%Y%m%d%H%M%SZ").encode("ascii")
    return x509.UnrecognizedExtension(EXPIRED_CERTS_ON_CRL, bytes([0x18, len(time)]) + time)


def _entry(entry: Revoked) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(entry.serial).revocation_date(entry.at)
    # RFC 5280 section 5.3.1: the code "unspecified" is left out, not written.
    if entry.reason is not ReasonFlags.unspecified:
        builder = builder.add_extension(x509.CRLReason(entry.reason), critical=False)
    return builder.build()
