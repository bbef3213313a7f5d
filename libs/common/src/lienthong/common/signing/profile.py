"""What a certificate must be for its place on a path, apart from time (RFC 5280 sections 4.2 and 6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from lienthong.common.signing.algorithms import is_strong
from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.finding import GOOD, Finding
from lienthong.common.signing.reasons import Reason
from lienthong.common.signing.strength import has_strong_hash


class Usage(Enum):
    """What the end of the path is going to be believed for."""

    SIGNATURE = "signature"
    """Seals on documents, facts of services."""
    TIMESTAMP = "timestamp"


_UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.CertificatePolicies,
    x509.CRLDistributionPoints,
)
"""What may be critical: whatever else is, we would ignore something its issuer finds essential."""

_NOT_FOR_SIGNATURES = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
    }
)
"""A certificate for these only cannot seal: a stolen TLS key must not become a seal."""


def check_profile(path: Sequence[Certificate], usage: Usage) -> Finding:
    """Whether every certificate of `path` (signer first, anchor last) fits its place; holds for ever."""
    return next(
        (Finding(reason, certificate.subject) for certificate, reason in _faults(path, usage) if reason is not None),
        GOOD,
    )


def _faults(path: Sequence[Certificate], usage: Usage) -> list[tuple[Certificate, Reason | None]]:
    leaf, issuers = path[0], path[1:]
    found = [(leaf, _leaf_fault(leaf, usage))]
    below = 0
    for issuer in issuers:
        found.append((issuer, _issuer_fault(issuer, below)))
        # RFC 5280 section 6.1.4 (l): self-issued certificates do not count.
        below += 0 if issuer.is_self_issued else 1
    # What signs an anchor is of no account: it is trusted because it is configured.
    found += [(each, Reason.CERTIFICATE_WEAK_HASH) for each in path[:-1] if not has_strong_hash(each.x509)]
    found += [(each, Reason.CERTIFICATE_WEAK_KEY) for each in path if not is_strong(each.public_key)]
    return found


def _leaf_fault(leaf: Certificate, usage: Usage) -> Reason | None:
    if leaf.is_ca:
        return Reason.CERTIFICATE_IS_CA
    if not (_allows_signing(leaf) and _allows_purpose(leaf, usage)):
        return Reason.CERTIFICATE_KEY_USAGE
    return _extension_fault(leaf)


def _issuer_fault(issuer: Certificate, below: int) -> Reason | None:
    if not issuer.is_ca or not _allows_issuing(issuer):
        return Reason.ISSUER_NOT_CA
    limit = issuer.x509.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    if limit is not None and below > limit:
        return Reason.PATH_TOO_LONG
    return _extension_fault(issuer)


def _allows_signing(leaf: Certificate) -> bool:
    """An absent key usage restricts nothing (RFC 5280 section 6.1.4 (n))."""
    usage = _key_usage(leaf)
    return usage is None or usage.digital_signature or usage.content_commitment


def _allows_issuing(issuer: Certificate) -> bool:
    usage = _key_usage(issuer)
    return usage is None or usage.key_cert_sign


def _allows_purpose(leaf: Certificate, usage: Usage) -> bool:
    try:
        purposes = set(leaf.x509.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return usage is Usage.SIGNATURE
    if usage is Usage.TIMESTAMP:
        return purposes == {ExtendedKeyUsageOID.TIME_STAMPING}
    return not purposes <= _NOT_FOR_SIGNATURES


def _key_usage(certificate: Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.x509.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _extension_fault(certificate: Certificate) -> Reason | None:
    critical = [extension.value for extension in certificate.x509.extensions if extension.critical]
    understood = all(isinstance(value, _UNDERSTOOD) for value in critical)
    return None if understood else Reason.CERTIFICATE_CRITICAL_EXTENSION
