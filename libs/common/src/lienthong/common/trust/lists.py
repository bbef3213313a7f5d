"""Revocation lists: believed for the signature of the authority that issued them, whoever brought them."""

import base64
import binascii
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lienthong.common.messages.accounts import RevocationList as ListRecord
from lienthong.common.register import check_anchored, read_x5c
from lienthong.common.signing import Certificate, MaterialRefused, Reason, RevocationList
from lienthong.common.signing.certificate import PARSE_ERRORS


def read_list(record: ListRecord, anchors: Sequence[Certificate]) -> RevocationList:
    """The list, if an authority that leads to a configured anchor has signed it.

    Raises:
        NotAnchored: the issuer is not of a configured anchor.
        MaterialRefused: the list is malformed, of another issuer, or not signed by it.
    """
    chain = read_x5c(record.issuer_x5c)
    issuer = chain[0]
    if issuer.fingerprint != record.issuer:
        raise MaterialRefused(Reason.CERTIFICATE_MALFORMED, "issuer_x5c is not the issuer of the record")
    check_anchored(chain, anchors)
    der = _decode(record.crl)
    found = RevocationList.from_bytes(der)
    try:
        crl = x509.load_der_x509_crl(der)
    except PARSE_ERRORS as error:
        raise MaterialRefused(Reason.REVOCATION_MALFORMED, "the list is not DER") from error
    if crl.issuer != issuer.x509.subject or not _is_signed_by(crl, issuer):
        raise MaterialRefused(Reason.REVOCATION_NOT_BY_ISSUER, issuer.subject)
    if _number(crl) != record.version:
        raise MaterialRefused(Reason.REVOCATION_MALFORMED, "the version is not the list's own number")
    return found


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MaterialRefused(Reason.REVOCATION_MALFORMED, "not base64") from error


def _is_signed_by(crl: x509.CertificateRevocationList, issuer: Certificate) -> bool:
    key = issuer.public_key
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return False
    try:
        return crl.is_signature_valid(key)
    except PARSE_ERRORS:
        return False


def _number(crl: x509.CertificateRevocationList) -> int | None:
    """The authority's own number: what a version rests on must be signed by the authority too."""
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None
