"""Verifying a time-stamp token (RFC 3161 section 2.4.2, RFC 5652 section 5.6) from files alone, step by step.

0. strict DER, nothing behind it; one SignedData with one signature over one TSTInfo
1. the stamp is over exactly this SHA-256
2. the signer's certificate is in the token, and the signed attributes name its hash (RFC 5816)
3. the signed attributes name the content's type and hash; the signature is over them
4. the certificate leads to an anchor, is for time stamps and nothing else, and was good at the time said

Unsigned attributes and lists in the token are passed over: nothing is decided by what nobody signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ObjectIdentifier

from lienthong.common.signing import Certificate, MaterialRefused, Reason, RevocationData, TrustStore, Usage
from lienthong.common.signing.certificate import PARSE_ERRORS
from lienthong.common.timestamps import structures as words
from lienthong.common.timestamps.structures import ContentInfo, SignedData, SignerInfo, TstInfo

_HASHES: Final[Mapping[ObjectIdentifier, type[hashes.HashAlgorithm]]] = MappingProxyType(
    {words.SHA256: hashes.SHA256, words.SHA384: hashes.SHA384, words.SHA512: hashes.SHA512}
)
_ECDSA: Final = MappingProxyType(
    {words.ECDSA_SHA256: hashes.SHA256, words.ECDSA_SHA384: hashes.SHA384, words.ECDSA_SHA512: hashes.SHA512}
)
_RSA: Final = MappingProxyType(
    {words.RSA_SHA256: hashes.SHA256, words.RSA_SHA384: hashes.SHA384, words.RSA_SHA512: hashes.SHA512}
)
MOST_BYTES: Final = 64 << 10
_MOST_SECONDS: Final = 86_400
"""Of accuracy: who does not know the time to a day stamps nothing."""
_SMALL_UNITS: Final = range(1, 1000)


class TokenFault(StrEnum):
    """Why a token, or an answer of an authority, was not taken; what is wrong with a certificate is a `Reason`."""

    MALFORMED = "timestamp.malformed"
    NOT_GRANTED = "timestamp.not_granted"
    OTHER_QUERY = "timestamp.other_query"
    OTHER_CONTENT = "timestamp.other_content"
    SIGNER_MISSING = "timestamp.signer_missing"
    ATTRIBUTES = "timestamp.attributes"
    ALGORITHM = "timestamp.algorithm"
    OTHER_TIME = "timestamp.other_time"
    """Asked just now, an authority answered with a time that is not now."""
    SIGNATURE_WRONG = "timestamp.signature_wrong"


class TimeStampRefused(Exception):
    """A token cannot be believed; `fault` says why."""

    def __init__(self, fault: TokenFault | Reason, detail: str) -> None:
        super().__init__(f"{fault}: {detail}".removesuffix(": "))
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """What a verified token says."""

    at: datetime
    accuracy: timedelta
    policy: str
    serial: int
    certificate: Certificate

    @property
    def not_after(self) -> datetime:
        """The latest moment that the authority may have meant: what is stamped was there by then."""
        return self.at + self.accuracy


@dataclass(frozen=True, slots=True)
class ReadToken:
    """A token taken apart; nothing of it is verified."""

    info: TstInfo
    info_der: bytes
    data: SignedData
    signer: SignerInfo


def read_token(token: bytes) -> ReadToken:
    """Step 0. Raises TimeStampRefused(MALFORMED)."""
    if len(token) > MOST_BYTES:
        raise TimeStampRefused(TokenFault.MALFORMED, "too long")
    try:
        outer = asn1.decode_der(ContentInfo, token)
        data = outer.content
        info = asn1.decode_der(TstInfo, data.content.content)
    except PARSE_ERRORS as error:
        raise TimeStampRefused(TokenFault.MALFORMED, str(error)) from None
    signers = data.signers.as_list()
    if outer.type != words.SIGNED_DATA or data.content.type != words.TST_INFO or len(signers) != 1:
        raise TimeStampRefused(TokenFault.MALFORMED, "not one signature over one TSTInfo")
    if (data.version, signers[0].version, info.version) != (3, 1, 1):
        raise TimeStampRefused(TokenFault.MALFORMED, "versions that RFC 3161 does not know")
    return ReadToken(info, data.content.content, data, signers[0])


def certificates_of(token: bytes) -> tuple[Certificate, ...]:
    """The certificates that a token brings, unverified. Raises TimeStampRefused."""
    try:
        found = read_token(token).data.certificates
        return () if found is None else tuple(Certificate.from_x509(each) for each in found.as_list())
    except (MaterialRefused, *PARSE_ERRORS) as error:
        raise TimeStampRefused(TokenFault.MALFORMED, str(error)) from None


def verify_token(token: bytes, digest: bytes, *, trust: TrustStore, revocations: RevocationData) -> TimeStamp:
    """The stamp over this SHA-256. Raises TimeStampRefused."""
    read = read_token(token)
    imprint = read.info.imprint
    if imprint.algorithm.algorithm != words.SHA256 or imprint.digest != digest:  # step 1
        raise TimeStampRefused(TokenFault.OTHER_CONTENT, "the stamp is over something else")
    brought = certificates_of(token)
    certificate = _signer(read.signer, brought)  # step 2
    attributes = _attributes(read.signer)
    _check_certificate_named(attributes, certificate)
    _check_content_named(attributes, read)  # step 3
    _check_signature(read.signer, certificate)
    at = read.info.time.as_datetime()
    chain = tuple(each for each in brought if each != certificate)
    found = trust.check_path(certificate, at=at, revocations=revocations, chain=chain, usage=Usage.TIMESTAMP)  # step 4
    if found.reason is not None:
        raise TimeStampRefused(found.reason, found.detail)
    return TimeStamp(at, _accuracy(read.info), read.info.policy.dotted_string, read.info.serial, certificate)


def _signer(signer: SignerInfo, brought: Sequence[Certificate]) -> Certificate:
    issuer = asn1.encode_der(signer.signer.issuer)
    for each in brought:
        if each.serial == signer.signer.serial and each.x509.issuer.public_bytes() == issuer:
            return each
    raise TimeStampRefused(TokenFault.SIGNER_MISSING, "the token brings no certificate of its signer")


def _attributes(signer: SignerInfo) -> dict[ObjectIdentifier, asn1.TLV]:
    """The signed attributes of one value each; one that is there twice is none."""
    found: dict[ObjectIdentifier, asn1.TLV] = {}
    for each in signer.signed.as_list():
        values = each.values.as_list()
        if each.type in found or len(values) != 1:
            raise TimeStampRefused(TokenFault.ATTRIBUTES, f"{each.type.dotted_string} has no one value")
        found[each.type] = values[0]
    return found


def _check_certificate_named(attributes: Mapping[ObjectIdentifier, asn1.TLV], certificate: Certificate) -> None:
    named = attributes.get(words.SIGNING_CERTIFICATE_V2)
    try:
        first = None if named is None else named.parse(words.SigningCertificateV2).certificates[0]
    except (ValueError, IndexError):
        first = None
    if first is None:
        raise TimeStampRefused(TokenFault.ATTRIBUTES, "the signature does not name its certificate by SHA-2")
    algorithm = _HASHES.get(words.SHA256 if first.algorithm is None else first.algorithm.algorithm)
    if algorithm is None or first.digest != _hash(algorithm(), certificate.der):
        raise TimeStampRefused(TokenFault.ATTRIBUTES, "the signature names another certificate")


def _check_content_named(attributes: Mapping[ObjectIdentifier, asn1.TLV], read: ReadToken) -> None:
    algorithm = _HASHES.get(read.signer.digest_algorithm.algorithm)
    if algorithm is None:
        raise TimeStampRefused(TokenFault.ALGORITHM, read.signer.digest_algorithm.algorithm.dotted_string)
    said_type, said_digest = attributes.get(words.CONTENT_TYPE), attributes.get(words.MESSAGE_DIGEST)
    try:
        named = (
            said_type is not None
            and said_digest is not None
            and said_type.parse(ObjectIdentifier) == words.TST_INFO
            and said_digest.parse(bytes) == _hash(algorithm(), read.info_der)
        )
    except ValueError:
        named = False
    if not named:
        raise TimeStampRefused(TokenFault.ATTRIBUTES, "the signed attributes name other content")


def _check_signature(signer: SignerInfo, certificate: Certificate) -> None:
    signed = asn1.encode_der(signer.signed)
    key, oid = certificate.public_key, signer.signature_algorithm.algorithm
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and oid in _ECDSA:
            key.verify(signer.signature, signed, ec.ECDSA(_ECDSA[oid]()))
        elif isinstance(key, rsa.RSAPublicKey) and (oid in _RSA or oid == words.RSA):
            algorithm = _RSA.get(oid) or _HASHES[signer.digest_algorithm.algorithm]
            key.verify(signer.signature, signed, padding.PKCS1v15(), algorithm())
        else:
            raise TimeStampRefused(TokenFault.ALGORITHM, oid.dotted_string)
    except InvalidSignature:
        raise TimeStampRefused(TokenFault.SIGNATURE_WRONG, certificate.subject) from None


def _accuracy(info: TstInfo) -> timedelta:
    said = info.accuracy
    if said is None:
        return timedelta()
    small = [each for each in (said.millis, said.micros) if each is not None]
    if (said.seconds or 0) not in range(_MOST_SECONDS + 1) or any(each not in _SMALL_UNITS for each in small):
        raise TimeStampRefused(TokenFault.MALFORMED, "an accuracy that is none")
    return timedelta(seconds=said.seconds or 0, milliseconds=said.millis or 0, microseconds=said.micros or 0)


def _hash(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    return hashlib.new(algorithm.name, data).digest()
