"""Private keys: made, written 0600, read back."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from lienthong.common.signing.algorithms import Algorithm, PrivateKey, is_strong
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.keys import load_private
from lienthong.common.signing.reasons import Reason

RSA_BITS = 3072
"""What the State's tokens carry: RSA of 3072 bits."""


def generate_key(algorithm: Algorithm = Algorithm.ES256) -> PrivateKey:
    """A fresh key fit for `algorithm`: P-256, P-384 or RSA 3072."""
    if algorithm is Algorithm.ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm is Algorithm.ES384:
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def key_to_pem(key: PrivateKey, password: bytes | None = None) -> bytes:
    """PKCS #8 PEM, encrypted if a password is given."""
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def key_from_pem(pem: bytes, password: bytes | None = None) -> PrivateKey:
    """Read a private key lienthong may sign with.

    Raises MaterialRefused: KEY_UNREADABLE, KEY_PASSWORD (wrong, missing or superfluous) or KEY_WEAK.
    """
    key = load_private(lambda secret: load_pem_private_key(pem, secret), password)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or not is_strong(key.public_key()):
        raise MaterialRefused(Reason.KEY_WEAK, "needs P-256, P-384 or RSA of 2048 bits and more")
    return key


def write_private(path: Path, data: bytes) -> None:
    """Write `data` readable by its owner only, never for a moment by others, and whole or not at all.

    Replaces an existing file. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
