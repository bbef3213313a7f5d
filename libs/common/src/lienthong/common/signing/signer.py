"""Signing: the exact bytes, one header, one detached signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lienthong.common.signing import base64url
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.header import make_header
from lienthong.common.signing.keys import SigningKey
from lienthong.common.signing.profile import Usage, check_profile
from lienthong.common.signing.reasons import Reason
from lienthong.common.signing.signed_bytes import SignedBytes


class Signer:
    """Signs with one key by one clock. Checks the certificate before it signs, so that no one else refuses later.

    Raises MaterialRefused when the certificate could never be accepted: wrong usage, weak, a CA's.
    """

    def __init__(self, key: SigningKey, clock: Callable[[], datetime]) -> None:
        self._key = key
        self._clock = clock
        finding = check_profile((key.certificate,), Usage.SIGNATURE)
        if finding.reason is not None:
            raise MaterialRefused(finding.reason, finding.detail)

    @property
    def fingerprint(self) -> str:
        """`x5t#S256` of the certificate."""
        return self._key.certificate.fingerprint

    @property
    def key(self) -> SigningKey:
        return self._key

    def sign(self, payload: bytes) -> SignedBytes:
        """Sign `payload` as it is, now.

        Raises MaterialRefused: CERTIFICATE_NOT_YET_VALID or CERTIFICATE_EXPIRED by the signer's own clock.
        """
        now = self._clock()
        self._check_validity(now)
        protected = make_header(self._key.algorithm, now, self.fingerprint)
        signature = self._key.sign(protected.encode("ascii") + b"." + payload)
        return SignedBytes(payload, f"{protected}..{base64url.encode(signature)}")

    def _check_validity(self, now: datetime) -> None:
        certificate = self._key.certificate
        if now < certificate.not_before:
            raise MaterialRefused(Reason.CERTIFICATE_NOT_YET_VALID, certificate.subject)
        if certificate.not_after < now:
            raise MaterialRefused(Reason.CERTIFICATE_EXPIRED, certificate.subject)
