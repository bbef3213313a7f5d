"""Signing keys by URI, so that the same program signs with a file in a test and a device in production.

    file:/run/keys/seal.pem?certificate=/run/keys/seal.crt[&password-file=/run/keys/seal.pw]
    pkcs12:/run/keys/seal.p12?password-file=/run/keys/seal.pw
    pkcs11:…                                            (RFC 7512; refused by name until a module is bound in)

Passwords are read from a file, the first line of it; they never stand in a URI, which gets logged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from lienthong.common.signing.algorithms import SCHEMES, Algorithm, PrivateKey, is_strong
from lienthong.common.signing.certificate import Certificate, load_chain
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason

_T = TypeVar("_T")


class SigningKey(Protocol):
    """A private key that may never leave its device, with the certificate that goes with it."""

    @property
    def algorithm(self) -> Algorithm: ...

    @property
    def certificate(self) -> Certificate: ...

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """Intermediates that lie beside the certificate."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The signature over `data` in the form of RFC 7518."""
        ...


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A private key in this process' memory.

    Raises MaterialRefused: KEY_NOT_FOR_CERTIFICATE, KEY_WEAK, or ALG_NOT_FOR_KEY.
    """

    private: PrivateKey = field(repr=False)
    certificate: Certificate
    chain: tuple[Certificate, ...] = ()
    algorithm: Algorithm = Algorithm.ES256

    def __post_init__(self) -> None:
        if _public_bytes(self.private) != self.certificate.public_key.public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        ):
            raise MaterialRefused(Reason.KEY_NOT_FOR_CERTIFICATE, self.certificate.subject)
        if not is_strong(self.private.public_key()):
            raise MaterialRefused(Reason.KEY_WEAK, self.certificate.subject)
        if self.algorithm not in self.certificate.checks:
            raise MaterialRefused(Reason.ALG_NOT_FOR_KEY, self.algorithm.value)

    @classmethod
    def of(cls, private: PrivateKey, certificate: Certificate, chain: tuple[Certificate, ...] = ()) -> LocalKey:
        """A key with the algorithm that is the default for its kind: ES256, ES384 or PS256."""
        return cls(private, certificate, chain, default_algorithm(private))

    def sign(self, data: bytes) -> bytes:
        return SCHEMES[self.algorithm].sign(self.private, data)


def default_algorithm(private: PrivateKey) -> Algorithm:
    """ES256, ES384 or PS256; RS256 is never chosen by itself. Raises MaterialRefused(KEY_WEAK)."""
    public = private.public_key()
    for algorithm in (Algorithm.ES256, Algorithm.ES384, Algorithm.PS256):
        if SCHEMES[algorithm].fits(public):
            return algorithm
    raise MaterialRefused(Reason.KEY_WEAK, "needs P-256, P-384 or RSA of 2048 bits and more")


def open_key(uri: str) -> SigningKey:
    """Open the key a URI points to, once, at start.

    Raises MaterialRefused: KEY_URI_MALFORMED, KEY_URI_UNSUPPORTED, KEY_UNREADABLE, KEY_PASSWORD,
    KEY_NOT_FOR_CERTIFICATE, KEY_WEAK, CERTIFICATE_MALFORMED.
    """
    scheme = uri.partition(":")[0].lower()
    opener = _OPENERS.get(scheme)
    if opener is None:
        reason = Reason.KEY_URI_UNSUPPORTED if scheme == "pkcs11" else Reason.KEY_URI_MALFORMED
        raise MaterialRefused(reason, f"{scheme!r}: use file: or pkcs12:")
    path, parameters = _split(uri)
    return opener(path, parameters)


def _split(uri: str) -> tuple[Path, dict[str, str]]:
    try:
        parts = urlsplit(uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise MaterialRefused(Reason.KEY_URI_MALFORMED, "not a URI") from error
    parameters = dict(pairs)
    unknown = parameters.keys() - {"certificate", "password-file"}
    if unknown or len(parameters) != len(pairs) or parts.netloc or parts.fragment or not parts.path:
        raise MaterialRefused(Reason.KEY_URI_MALFORMED, "takes a path, certificate= and password-file=")
    return Path(unquote(parts.path)), parameters


def _open_file(path: Path, parameters: Mapping[str, str]) -> SigningKey:
    if "certificate" not in parameters:
        raise MaterialRefused(Reason.KEY_URI_MALFORMED, "file: needs certificate=")
    private = _load(lambda password: load_pem_private_key(_read(path), password), parameters)
    certificate, *chain = load_chain(_read(Path(parameters["certificate"])))
    return LocalKey.of(_signing_key(private), certificate, tuple(chain))


def _open_pkcs12(path: Path, parameters: Mapping[str, str]) -> SigningKey:
    if "certificate" in parameters:
        raise MaterialRefused(Reason.KEY_URI_MALFORMED, "pkcs12: holds its own certificate")
    bundle = _load(lambda password: load_pkcs12(_read(path), password), parameters)
    if bundle.cert is None:
        raise MaterialRefused(Reason.KEY_UNREADABLE, f"{path}: holds no certificate")
    certificate = Certificate.from_x509(bundle.cert.certificate)
    chain = tuple(Certificate.from_x509(each.certificate) for each in bundle.additional_certs)
    return LocalKey.of(_signing_key(bundle.key), certificate, chain)


_OPENERS: Final[Mapping[str, Callable[[Path, Mapping[str, str]], SigningKey]]] = MappingProxyType(
    {"file": _open_file, "pkcs12": _open_pkcs12}
)


def _load(load: Callable[[bytes | None], _T], parameters: Mapping[str, str]) -> _T:
    password = None
    if "password-file" in parameters:
        password = _read(Path(parameters["password-file"])).split(b"\n", 1)[0].rstrip(b"\r")
    return load_private(load, password)


def load_private(load: Callable[[bytes | None], _T], password: bytes | None) -> _T:
    """Call one of `cryptography`'s loaders. Raises MaterialRefused: KEY_PASSWORD or KEY_UNREADABLE."""
    try:
        return load(password)
    except TypeError as error:
        raise MaterialRefused(Reason.KEY_PASSWORD, str(error)) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        # cryptography tells a wrong password and a broken file apart only by its words.
        reason = Reason.KEY_PASSWORD if "password" in str(error).lower() else Reason.KEY_UNREADABLE
        raise MaterialRefused(reason, "the private key cannot be read") from error


def _signing_key(private: object) -> PrivateKey:
    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise MaterialRefused(Reason.KEY_WEAK, "needs an EC or RSA key")
    return private


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise MaterialRefused(Reason.KEY_UNREADABLE, f"{path}: {error}") from error


def _public_bytes(private: PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
