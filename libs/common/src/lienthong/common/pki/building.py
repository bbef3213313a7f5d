"""The one place where an X.509 certificate is put together (RFC 5280 section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.x509.oid import AuthorityInformationAccessOID

from lienthong.common.signing.algorithms import PrivateKey
from lienthong.common.signing.certificate import Certificate

BACKDATE = timedelta(minutes=5)
"""A certificate begins this much before it is issued, so that clocks a little behind accept it at once."""

SigningPublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a certificate says beyond names and dates."""

    usage: x509.KeyUsage
    path_length: int | None = None
    """None makes an end certificate, a number an authority."""
    names: Sequence[x509.GeneralName] = ()
    purposes: Sequence[x509.ObjectIdentifier] = ()
    purposes_critical: bool = False
    crl_url: str | None = None
    ocsp_url: str | None = None
    issuer_url: str | None = None


def key_usage(*, signature: bool = False, commitment: bool = False, certificates: bool = False) -> x509.KeyUsage:
    """Key usage for signing data, for sealing (nonRepudiation), or for signing certificates and CRLs."""
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def signature_hash(key: PrivateKey) -> SHA256 | SHA384:
    """SHA-384 for curves longer than 256 bits, SHA-256 otherwise."""
    return SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size > 256 else SHA256()


def build(
    *,
    subject: x509.Name,
    public_key: SigningPublicKey,
    issuer: Certificate | None,
    issuer_key: PrivateKey,
    at: datetime,
    lifetime: timedelta,
    extensions: Extensions,
) -> Certificate:
    """Sign one certificate; `issuer` None means self-signed.

    It never outlives its issuer nor begins before it.
    """
    begin, end = at.replace(microsecond=0) - BACKDATE, at.replace(microsecond=0) + lifetime
    if issuer is not None:
        begin, end = max(begin, issuer.not_before), min(end, issuer.not_after)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.x509.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for extension, critical in _list(extensions, public_key, issuer, issuer_key):
        builder = builder.add_extension(extension, critical=critical)
    return Certificate.from_x509(builder.sign(issuer_key, signature_hash(issuer_key)))


def _list(
    wanted: Extensions, public_key: SigningPublicKey, issuer: Certificate | None, issuer_key: PrivateKey
) -> list[tuple[x509.ExtensionType, bool]]:
    is_ca = wanted.path_length is not None
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=is_ca, path_length=wanted.path_length), True),
        (wanted.usage, True),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
    ]
    if issuer is not None:
        extensions.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False))
    if wanted.names:
        extensions.append((x509.SubjectAlternativeName(wanted.names), False))
    if wanted.purposes:
        extensions.append((x509.ExtendedKeyUsage(wanted.purposes), wanted.purposes_critical))
    return extensions + [(extension, False) for extension in _addresses(wanted)]


def _addresses(wanted: Extensions) -> list[x509.ExtensionType]:
    found: list[x509.ExtensionType] = []
    if wanted.crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(wanted.crl_url)], None, None, None)
        found.append(x509.CRLDistributionPoints([point]))
    access = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
        for method, url in (
            (AuthorityInformationAccessOID.OCSP, wanted.ocsp_url),
            (AuthorityInformationAccessOID.CA_ISSUERS, wanted.issuer_url),
        )
        if url
    ]
    if access:
        found.append(x509.AuthorityInformationAccess(access))
    return found
