"""Whether a seal that was verified when its message came is still good when the message is accepted.

Between the two lies the wait for its page. Everyone later verifies as of `accepted_at`: a message whose certificate
was revoked in between would be accepted here and refused by every reader for ever.
"""

from datetime import datetime

from lienthong.common.auth import to_error
from lienthong.common.errors import LienthongError
from lienthong.common.signing import MaterialRefused, Reason
from lienthong.common.trust import TrustFollower


class CheckSeal:
    """Costs no signature check, and next to nothing while nothing new is known of the certificate."""

    def __init__(self, trust: TrustFollower) -> None:
        self._trust = trust

    def __call__(self, fingerprint: str, at: datetime) -> LienthongError | None:
        """What stands against the certificate as of `at`; None where it is good."""
        known = self._trust.certificates.find(fingerprint)
        reason = Reason.CERTIFICATE_UNKNOWN
        if known is not None:
            reason = self._trust.verifier.check_certificate(known, at).reason
        return None if reason is None else to_error(MaterialRefused(reason))
