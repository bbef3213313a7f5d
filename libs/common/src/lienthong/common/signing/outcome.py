"""What verification answers: integrity, trust and reason apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.reasons import Grade, Integrity, Reason, Trust

_CANNOT_TELL = frozenset(
    {
        Reason.REVOCATION_MALFORMED,
        Reason.REVOCATION_MISSING,
        Reason.REVOCATION_STALE,
        Reason.REVOCATION_NOT_BY_ISSUER,
        Reason.REVOCATION_UNSUPPORTED,
        Reason.REVOCATION_WEAK_HASH,
        Reason.REVOCATION_STATUS_UNKNOWN,
    }
)
"""Reasons that say nothing against the certificate; better data may still clear or condemn it."""


def trust_for(reason: Reason) -> Trust:
    """UNKNOWN where only revocation data is wanting, else UNTRUSTED."""
    return Trust.UNKNOWN if reason in _CANNOT_TELL else Trust.UNTRUSTED


@dataclass(frozen=True, slots=True)
class Verification:
    """The whole answer about one signature."""

    integrity: Integrity
    trust: Trust
    """UNKNOWN too when integrity is not valid: a signature that does not fit says nothing of who made it."""
    reason: Reason | None
    """None exactly when everything is good."""
    checked_at: datetime
    """The time as of which it was judged."""
    certificate: Certificate | None = None
    """The certificate the header names, if it is known; not thereby trusted."""
    signed_at: datetime | None = None
    """The time the signer claims (`iat`)."""
    grade: Grade | None = None
    detail: str = ""
    """For people: what exactly was found."""

    @property
    def ok(self) -> bool:
        return self.reason is None and self.integrity is Integrity.VALID and self.trust is Trust.TRUSTED

    @property
    def exit_code(self) -> int:
        """0 valid, 1 invalid, 2 cannot tell."""
        if self.ok:
            return 0
        refused = self.integrity is Integrity.INVALID or self.trust is Trust.UNTRUSTED
        return 1 if refused else 2
