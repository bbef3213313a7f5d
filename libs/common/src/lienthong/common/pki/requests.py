"""Certificate requests (PKCS #10, RFC 2986): made by whoever holds the key, checked before anything is issued.

`issue_…` takes a CheckedRequest only, so that nothing can be issued for a key nobody has proven to hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from lienthong.common.pki.building import SigningPublicKey, signature_hash
from lienthong.common.pki.names import holder_name
from lienthong.common.signing.algorithms import PrivateKey, checks_for, is_strong
from lienthong.common.signing.certificate import AGENCY_PREFIX, PARSE_ERRORS, SERVICE_PREFIX
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason
from lienthong.common.signing.strength import has_strong_hash

MAX_REQUEST_BYTES = 16 * 1024
"""An honest request with an RSA-8192 key is below 4 KB."""


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A public key whose holder has proven to have the private half. Made by this module only."""

    public_key: SigningPublicKey
    name: str | None
    """The one URI SAN asked for, e.g. `lienthong:agency:<uuid>`."""


def agency_uri(agency_id: UUID) -> str:
    return f"{AGENCY_PREFIX}{agency_id}"


def service_uri(name: str) -> str:
    return f"{SERVICE_PREFIX}{name}"


def make_csr(key: PrivateKey, agency_id: UUID, name: str) -> bytes:
    """An agency's request for its seal's certificate, PEM: proof of possession and the agency's URI SAN."""
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(holder_name(name, training=False))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(agency_uri(agency_id))]), critical=False
        )
    )
    return builder.sign(key, signature_hash(key)).public_bytes(Encoding.PEM)


def check_csr(pem: bytes, *, agency_id: UUID | None = None) -> CheckedRequest:
    """Check a request: form, proof of possession, strength and, if `agency_id` is given, the name asked for.

    The subject is not used: who the agency is, the register says. Raises MaterialRefused:
    REQUEST_MALFORMED, REQUEST_NOT_PROVEN, REQUEST_WRONG_NAME, KEY_WEAK.
    """
    if len(pem) > MAX_REQUEST_BYTES:
        raise MaterialRefused(Reason.REQUEST_MALFORMED, f"more than {MAX_REQUEST_BYTES} bytes")
    try:
        request = x509.load_pem_x509_csr(pem)
        key = _signing_key(request)
        proven = has_strong_hash(request) and request.is_signature_valid
        name = _requested_name(request)
    except PARSE_ERRORS as error:
        raise MaterialRefused(Reason.REQUEST_MALFORMED, str(error)) from error
    if not proven:
        raise MaterialRefused(Reason.REQUEST_NOT_PROVEN, "the request is not signed by the key it asks for")
    if agency_id is not None and name != agency_uri(agency_id):
        raise MaterialRefused(Reason.REQUEST_WRONG_NAME, f"asks for {name!r}, not for {agency_uri(agency_id)!r}")
    return CheckedRequest(key, name)


def own_key(key: PrivateKey) -> CheckedRequest:
    """A request of the one who is going to issue: who has the private key in hand need not prove it."""
    public = key.public_key()
    if not is_strong(public):
        raise MaterialRefused(Reason.KEY_WEAK)
    return CheckedRequest(public, None)


def _signing_key(request: x509.CertificateSigningRequest) -> SigningPublicKey:
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) or not is_strong(key) or not checks_for(key):
        raise MaterialRefused(Reason.KEY_WEAK, "needs P-256, P-384 or RSA of 2048 bits and more")
    return key


def _requested_name(request: x509.CertificateSigningRequest) -> str | None:
    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if len(uris) != len(list(names)) or len(uris) != 1:
        raise MaterialRefused(Reason.REQUEST_WRONG_NAME, "a request names exactly one URI")
    return uris[0]
