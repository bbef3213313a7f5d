"""Which hashes may stand under a certificate, a revocation list or a request."""

from typing import Protocol

from cryptography.hazmat.primitives import hashes

from lienthong.common.signing.certificate import PARSE_ERRORS

_STRONG = (
    hashes.SHA256,
    hashes.SHA384,
    hashes.SHA512,
    hashes.SHA512_256,
    hashes.SHA3_256,
    hashes.SHA3_384,
    hashes.SHA3_512,
)


class Signed(Protocol):
    """A certificate, list, answer or request of `cryptography`."""

    @property
    def signature_hash_algorithm(self) -> hashes.HashAlgorithm | None: ...


def has_strong_hash(signed: Signed) -> bool:
    """Whether it is signed with a hash that is strong; one that nobody has heard of is not."""
    try:
        return is_strong_hash(signed.signature_hash_algorithm)
    except PARSE_ERRORS:
        return False


def is_strong_hash(algorithm: hashes.HashAlgorithm | None) -> bool:
    """Whether Circular 15/2025/TT-BKHCN, Appendix I, names it with at least 256 bits; MD5 and SHA-1 never."""
    return isinstance(algorithm, _STRONG)
