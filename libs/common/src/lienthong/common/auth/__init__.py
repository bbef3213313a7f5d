"""Who is asking (tokens), and why a signature was not accepted (refusals)."""

from typing import TYPE_CHECKING

from lienthong.common.lazily import lazily

if TYPE_CHECKING:
    from lienthong.common.auth.callers import (
        AgenciesOnly,
        AgencyNotGranted,
        Caller,
        ClientNotActive,
        Operator,
        OperatorsOnly,
        TokenExpired,
        TokenMissing,
        TokenRefused,
    )
    from lienthong.common.auth.doors import acting_caller, acting_operator, reading_caller, reading_operator
    from lienthong.common.auth.refusals import REFUSALS, SIGNATURE_POINTER, SigningRefused, to_error
    from lienthong.common.auth.tokens import AUDIENCE, ISSUER, LONGEST_SECONDS, OPERATE, TokenVerifier
else:
    __getattr__ = lazily(
        __name__,
        {
            "refusals": "REFUSALS SIGNATURE_POINTER SigningRefused to_error",
            "callers": (
                "AgenciesOnly AgencyNotGranted Caller ClientNotActive Operator OperatorsOnly TokenExpired "
                "TokenMissing TokenRefused"
            ),
            "doors": "acting_caller acting_operator reading_caller reading_operator",
            "tokens": "AUDIENCE ISSUER LONGEST_SECONDS OPERATE TokenVerifier",
        },
    )

__all__ = [
    "AUDIENCE",
    "ISSUER",
    "LONGEST_SECONDS",
    "OPERATE",
    "REFUSALS",
    "SIGNATURE_POINTER",
    "AgenciesOnly",
    "AgencyNotGranted",
    "Caller",
    "ClientNotActive",
    "Operator",
    "OperatorsOnly",
    "SigningRefused",
    "TokenExpired",
    "TokenMissing",
    "TokenRefused",
    "TokenVerifier",
    "acting_caller",
    "acting_operator",
    "reading_caller",
    "reading_operator",
    "to_error",
]
