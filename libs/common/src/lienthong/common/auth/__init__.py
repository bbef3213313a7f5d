"""Who is asking (tokens), and why a signature was not accepted (refusals)."""

from lienthong.common.auth.refusals import REFUSALS, SIGNATURE_POINTER, SigningRefused, to_error
from lienthong.common.auth.tokens import (
    AUDIENCE,
    ISSUER,
    LONGEST_SECONDS,
    AgencyNotGranted,
    Caller,
    ClientNotActive,
    TokenExpired,
    TokenMissing,
    TokenRefused,
    TokenVerifier,
    acting_caller,
    reading_caller,
)

__all__ = [
    "AUDIENCE",
    "ISSUER",
    "LONGEST_SECONDS",
    "REFUSALS",
    "SIGNATURE_POINTER",
    "AgencyNotGranted",
    "Caller",
    "ClientNotActive",
    "SigningRefused",
    "TokenExpired",
    "TokenMissing",
    "TokenRefused",
    "TokenVerifier",
    "acting_caller",
    "reading_caller",
    "to_error",
]
