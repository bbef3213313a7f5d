"""The one family of errors of the signing library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lienthong.common.signing.outcome import Verification
    from lienthong.common.signing.reasons import Reason


class SigningError(Exception):
    """Everything this library raises on purpose; `reason` is stable, `detail` is for people.

    `detail` may quote what was received, never a key, a password or the payload.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail


class MaterialRefused(SigningError):
    """A header, key, certificate, request, anchor or revocation list that cannot be used as it is."""


class SignatureRefused(SigningError):
    """A signature that was judged and not accepted; `verification` holds the whole answer."""

    def __init__(self, verification: Verification, reason: Reason) -> None:
        super().__init__(reason, verification.detail)
        self.verification = verification
