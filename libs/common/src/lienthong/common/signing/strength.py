"""Which hashes may stand under a certificate, a revocation list or a request."""

from cryptography.hazmat.primitives import hashes

_STRONG = (
    hashes.SHA256,
    hashes.SHA384,
    hashes.SHA512,
    hashes.SHA512_256,
    hashes.SHA3_256,
    hashes.SHA3_384,
    hashes.SHA3_512,
)


def is_strong_hash(algorithm: hashes.HashAlgorithm | None) -> bool:
    """Whether Circular 15/2025/TT-BKHCN, Appendix I, names it with at least 256 bits; MD5 and SHA-1 never."""
    return isinstance(algorithm, _STRONG)
