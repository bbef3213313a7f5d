"""One OCSP response (RFC 6960), signed by the issuer itself or by a responder the issuer has named."""

from __future__ import annotations

from dataclasses import replace

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ReasonFlags, ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from lienthong.common.signing.algorithms import is_strong
from lienthong.common.signing.certificate import PARSE_ERRORS, Certificate
from lienthong.common.signing.crl import Evidence, Mark
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason
from lienthong.common.signing.strength import has_strong_hash


class OcspAnswer:
    """A successful response that could be read; authentic only for the issuer `evidence` is asked with."""

    def __init__(self, response: ocsp.OCSPResponse) -> None:
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise MaterialRefused(Reason.REVOCATION_STATUS_UNKNOWN, response.response_status.name)
        if any(extension.critical for extension in response.extensions):
            raise MaterialRefused(Reason.REVOCATION_UNSUPPORTED, "a critical extension")
        self._response = response
        self._singles = tuple(response.responses)
        self.this_update = max((single.this_update_utc for single in self._singles), default=response.produced_at_utc)

    @classmethod
    def from_bytes(cls, der: bytes) -> OcspAnswer:
        """Read DER. Raises MaterialRefused: REVOCATION_MALFORMED, _STATUS_UNKNOWN or _UNSUPPORTED."""
        try:
            return cls(ocsp.load_der_ocsp_response(der))
        except PARSE_ERRORS as error:
            raise MaterialRefused(Reason.REVOCATION_MALFORMED, str(error)) from error

    def evidence(self, certificate: Certificate, issuer: Certificate) -> Evidence | Reason | None:
        """What the answer says of `certificate`; None if it is not about it, a Reason if it cannot be used."""
        try:
            single = next((each for each in self._singles if _is_about(each, certificate, issuer)), None)
            if single is None:
                return None
            if not has_strong_hash(self._response):
                return Reason.REVOCATION_WEAK_HASH
            if _is_signed_by(self._response, issuer.public_key):
                return _read(single)
            responder = self._responder(issuer)
            return Reason.REVOCATION_NOT_BY_ISSUER if responder is None else _read_within(single, responder)
        except PARSE_ERRORS:
            return Reason.REVOCATION_MALFORMED

    def _responder(self, issuer: Certificate) -> x509.Certificate | None:
        """Who signed, if the issuer itself has certified him for this and nothing else (section 4.2.2.2).

        Without `ocsp-nocheck` one would have to ask whether the responder is revoked, and so on for ever.
        """
        for certificate in self._response.certificates:
            begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
            if not begin <= self._response.produced_at_utc <= end:
                continue
            if _answers_for(certificate) and has_strong_hash(certificate):
                try:
                    certificate.verify_directly_issued_by(issuer.x509)
                except (InvalidSignature, *PARSE_ERRORS):
                    continue
                key = certificate.public_key()
                if is_strong(key) and _is_signed_by(self._response, key):
                    return certificate
        return None


def _answers_for(certificate: x509.Certificate) -> bool:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _is_signed_by(response: ocsp.OCSPResponse, key: object) -> bool:
    algorithm = response.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _is_about(single: ocsp.OCSPSingleResponse, certificate: Certificate, issuer: Certificate) -> bool:
    return (
        single.serial_number == certificate.serial
        and certificate.x509.issuer == issuer.x509.subject
        and single.issuer_name_hash == _digest(single.hash_algorithm, issuer.x509.subject.public_bytes())
        and single.issuer_key_hash == _digest(single.hash_algorithm, _key_bits(issuer))
    )


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _key_bits(issuer: Certificate) -> bytes:
    """The bits of subjectPublicKey without their wrapping, as the certificate's identifier hashes them."""
    key = issuer.public_key
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    raise ValueError("an issuer's key of a kind lienthong does not know")


def _read_within(single: ocsp.OCSPSingleResponse, responder: x509.Certificate) -> Evidence | Reason:
    """Nobody can revoke a responder, so its word ends with its certificate, whatever `nextUpdate` promises."""
    begin, end = responder.not_valid_before_utc, responder.not_valid_after_utc
    found = _read(single)
    if isinstance(found, Reason):
        return found
    if not begin <= found.this_update <= end:
        return Reason.REVOCATION_NOT_BY_ISSUER
    return replace(found, next_update=None if found.next_update is None else min(found.next_update, end))


def _read(single: ocsp.OCSPSingleResponse) -> Evidence | Reason:
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        return Reason.REVOCATION_STATUS_UNKNOWN
    mark: Mark | None = None
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        if single.revocation_time_utc is None:
            return Reason.REVOCATION_MALFORMED
        reason = single.revocation_reason
        mark = Mark(single.revocation_time_utc, reason is ReasonFlags.certificate_hold, reason)
    return Evidence(single.this_update_utc, single.next_update_utc, mark)
