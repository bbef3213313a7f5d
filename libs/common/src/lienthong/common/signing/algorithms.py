"""The four algorithms lienthong knows, and nothing negotiable about them (RFC 7518 section 3).

ES256, ES384 and PS256 are named by Circular 15/2025/TT-BKHCN, Appendix I. RS256 is what many
deployed tokens can do; it is accepted only where a certificate's registration says so.

An ECDSA signature (r, s) has a twin (r, n-s) that verifies too. RFC 7518 does not forbid it and
hardware tokens make either, so both are accepted; nothing here identifies a message by its signature.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from lienthong.common.signing.reasons import Grade, Reason

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = CertificatePublicKeyTypes

MIN_RSA_BITS = 2048
"""Circular 15/2025/TT-BKHCN, Appendix I."""
MAX_RSA_BITS = 8192
"""Beyond this a single check costs so much that it serves nobody but an attacker."""
MIN_RSA_EXPONENT = 65537
"""FIPS 186-5 section 5.1."""


class Algorithm(StrEnum):
    """The value of `alg` in the protected header."""

    ES256 = "ES256"
    ES384 = "ES384"
    PS256 = "PS256"
    RS256 = "RS256"

    @property
    def grade(self) -> Grade:
        """TOLERATED for RS256, STANDARD for the others."""
        return Grade.TOLERATED if self is Algorithm.RS256 else Grade.STANDARD


Check = Callable[[bytes, bytes], Reason | None]
"""(signature, data) -> None if the signature over the data was made with the private half of the bound key."""


class Scheme(Protocol):
    """One algorithm's arithmetic over keys of its own kind."""

    def fits(self, key: PublicKey) -> bool:
        """Whether `key` may be used with this algorithm."""
        ...

    def sign(self, key: PrivateKey, data: bytes) -> bytes:
        """The signature in the form of RFC 7518."""
        ...

    def bind(self, key: PublicKey) -> Check:
        """The check with this key, which must fit; bound once, so that a message costs its own check only."""
        ...


@dataclass(frozen=True, slots=True)
class EcdsaScheme:
    """ECDSA with the fixed-length r‖s of RFC 7518 section 3.4; the curve is part of the algorithm."""

    curve: str
    coordinate_bytes: int
    ecdsa: ec.ECDSA

    def fits(self, key: PublicKey) -> bool:
        return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == self.curve

    def sign(self, key: PrivateKey, data: bytes) -> bytes:
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("an ECDSA scheme signs with an EC key")
        r, s = decode_dss_signature(key.sign(data, self.ecdsa))
        return r.to_bytes(self.coordinate_bytes, "big") + s.to_bytes(self.coordinate_bytes, "big")

    def bind(self, key: PublicKey) -> Check:
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError("an ECDSA scheme checks with an EC key")
        size, scheme, verify = self.coordinate_bytes, self.ecdsa, key.verify

        def check(signature: bytes, data: bytes) -> Reason | None:
            if len(signature) != 2 * size:
                return Reason.SIGNATURE_LENGTH
            r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
            try:
                verify(encode_dss_signature(r, s), data, scheme)
            except InvalidSignature:
                return Reason.SIGNATURE_WRONG
            return None

        return check


@dataclass(frozen=True, slots=True)
class RsaScheme:
    """RSA with SHA-256 and one fixed padding."""

    padding: padding.AsymmetricPadding

    def fits(self, key: PublicKey) -> bool:
        return isinstance(key, rsa.RSAPublicKey)

    def sign(self, key: PrivateKey, data: bytes) -> bytes:
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("an RSA scheme signs with an RSA key")
        return key.sign(data, self.padding, SHA256())

    def bind(self, key: PublicKey) -> Check:
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError("an RSA scheme checks with an RSA key")
        size, scheme, verify = (key.key_size + 7) // 8, self.padding, key.verify

        def check(signature: bytes, data: bytes) -> Reason | None:
            if len(signature) != size:
                return Reason.SIGNATURE_LENGTH
            try:
                verify(signature, data, scheme, SHA256())
            except InvalidSignature:
                return Reason.SIGNATURE_WRONG
            return None

        return check


_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
"""The salt is as long as the hash, no other length is accepted (RFC 7518 section 3.5)."""

SCHEMES: Mapping[Algorithm, Scheme] = MappingProxyType(
    {
        Algorithm.ES256: EcdsaScheme("secp256r1", 32, ec.ECDSA(SHA256())),
        Algorithm.ES384: EcdsaScheme("secp384r1", 48, ec.ECDSA(SHA384())),
        Algorithm.PS256: RsaScheme(_PSS),
        Algorithm.RS256: RsaScheme(padding.PKCS1v15()),
    }
)


def checks_for(key: PublicKey) -> Mapping[Algorithm, Check]:
    """A bound check for every algorithm that fits `key`; empty for kinds of keys lienthong does not sign with."""
    return {algorithm: scheme.bind(key) for algorithm, scheme in SCHEMES.items() if scheme.fits(key)}


def is_strong(key: PublicKey) -> bool:
    """Whether a key, a signer's or a CA's, has the kind and length Circular 15/2025 asks for."""
    if isinstance(key, rsa.RSAPublicKey):
        return MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS and key.public_numbers().e >= MIN_RSA_EXPONENT
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name in {"secp256r1", "secp384r1", "secp521r1"}
    return False
