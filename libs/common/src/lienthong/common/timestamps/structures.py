"""The structures of RFC 3161 and of the part of CMS (RFC 5652) that carries a token, in DER."""

from __future__ import annotations

from typing import Annotated, Final

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

SIGNED_DATA: Final = ObjectIdentifier("1.2.840.113549.1.7.2")
TST_INFO: Final = ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE: Final = ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2: Final = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")

SHA256: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
SHA384: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.2")
SHA512: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.3")
ECDSA_SHA256: Final = ObjectIdentifier("1.2.840.10045.4.3.2")
ECDSA_SHA384: Final = ObjectIdentifier("1.2.840.10045.4.3.3")
ECDSA_SHA512: Final = ObjectIdentifier("1.2.840.10045.4.3.4")
RSA: Final = ObjectIdentifier("1.2.840.113549.1.1.1")
RSA_SHA256: Final = ObjectIdentifier("1.2.840.113549.1.1.11")
RSA_SHA384: Final = ObjectIdentifier("1.2.840.113549.1.1.12")
RSA_SHA512: Final = ObjectIdentifier("1.2.840.113549.1.1.13")


@asn1.sequence
class AlgorithmIdentifier:
    """An algorithm; those that are used here have no parameters, or NULL."""

    algorithm: ObjectIdentifier
    parameters: asn1.Null | None = None


@asn1.sequence
class MessageImprint:
    """What is stamped: a hash."""

    algorithm: AlgorithmIdentifier
    digest: bytes


@asn1.sequence
class Extension:
    """An extension of RFC 5280."""

    identifier: ObjectIdentifier
    critical: Annotated[bool, asn1.Default(False)]
    value: bytes


@asn1.sequence
class TimeStampReq:
    """What is asked of an authority."""

    version: int
    imprint: MessageImprint
    policy: ObjectIdentifier | None = None
    nonce: int | None = None
    cert_req: Annotated[bool, asn1.Default(False)]


@asn1.sequence
class PkiStatusInfo:
    """0 and 1 are granted; everything else is a refusal."""

    status: int
    text: list[str] | None = None
    failure: asn1.BitString | None = None


@asn1.sequence
class AuthorityRefusal:
    """An answer without a token."""

    status: PkiStatusInfo


@asn1.sequence
class TimeStampResp:
    """An answer with a token, which is read apart."""

    status: PkiStatusInfo
    token: asn1.TLV


@asn1.sequence
class Accuracy:
    """How far the true time may lie from the time said."""

    seconds: int | None = None
    millis: Annotated[int | None, asn1.Implicit(0)] = None
    micros: Annotated[int | None, asn1.Implicit(1)] = None


@asn1.sequence
class Named:
    """Whoever the authority says it is, in a form that nobody decides by; explicit, because it is a choice."""

    name: asn1.TLV


@asn1.sequence
class TstInfo:
    """What the authority signs."""

    version: int
    policy: ObjectIdentifier
    imprint: MessageImprint
    serial: int
    time: asn1.GeneralizedTime
    accuracy: Accuracy | None = None
    ordering: Annotated[bool, asn1.Default(False)]
    nonce: int | None = None
    tsa: Annotated[Named | None, asn1.Implicit(0)] = None
    extensions: Annotated[list[Extension] | None, asn1.Implicit(1)] = None


@asn1.sequence
class Attribute:
    """One signed attribute."""

    type: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class IssuerAndSerial:
    """Who signed, as issuer and serial number; the issuer's name is compared as it is written."""

    issuer: asn1.TLV
    serial: int


@asn1.sequence
class Encapsulated:
    """The content and its type."""

    type: ObjectIdentifier
    content: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignerInfo:
    """One signature over the signed attributes."""

    version: int
    signer: IssuerAndSerial
    digest_algorithm: AlgorithmIdentifier
    signed: Annotated[asn1.SetOf[Attribute], asn1.Implicit(0)]
    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    unsigned: Annotated[asn1.SetOf[Attribute] | None, asn1.Implicit(1)] = None


@asn1.sequence
class SignedData:
    """The token: content, certificates, one signature."""

    version: int
    digest_algorithms: asn1.SetOf[AlgorithmIdentifier]
    content: Encapsulated
    certificates: Annotated[asn1.SetOf[x509.Certificate] | None, asn1.Implicit(0)] = None
    lists: Annotated[asn1.SetOf[x509.CertificateRevocationList] | None, asn1.Implicit(1)] = None
    signers: asn1.SetOf[SignerInfo]


@asn1.sequence
class ContentInfo:
    """A token as it travels."""

    type: ObjectIdentifier
    content: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class IssuerSerial:
    """Names and a serial number, by which nobody is looked up here."""

    names: list[asn1.TLV]
    serial: int


@asn1.sequence
class EssCertIdV2:
    """The hash of a certificate; SHA-256 where no algorithm is named."""

    algorithm: AlgorithmIdentifier | None = None
    digest: bytes
    issuer_serial: IssuerSerial | None = None


@asn1.sequence
class SigningCertificateV2:
    """The certificates of the signature, the signer's first; policies are not used."""

    certificates: list[EssCertIdV2]
    policies: list[asn1.TLV] | None = None
