"""Whom this agency believes: certificates and revocation lists fetched from accounts, judged by the profile's anchors.

Nothing that accounts answers is trusted for itself: a certificate must reach an anchor of the profile, a revocation
list must be signed by the authority it speaks for. What the register says of a certificate over time (suspended,
superseded, holder of a certificate that names none) is taken from it and kept for a minute, or for a stated time while
accounts cannot be reached.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from pydantic import ValidationError

from lienthong.common.clock import Clock
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import CertificateRecord
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.known import KnownCertificates
from lienthong.common.signing.policy import STORED, HeldBy, all_of
from lienthong.common.signing.revocation import RevocationData
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.trust import TrustStore
from lienthong.common.signing.verifier import Verified, Verifier
from lienthong.common.strict_json import MalformedJson, dumps, loads
from lienthong.sdk.errors import ProfileBroken, UnexpectedAnswer, Unreachable
from lienthong.sdk.problems import NotFound, PlatformUnavailable
from lienthong.sdk.profile import Profile
from lienthong.sdk.register import known_certificate
from lienthong.sdk.transport import Transport

FRESH_SECONDS = 60.0
"""How long an answer of the register is used: a revocation reaches a reader within this time."""
GRACE_SECONDS = 4 * 3600.0
"""How long an answer is still used while accounts cannot be reached; then nothing is verified any more. A revocation
list ends earlier where its own nextUpdate says so."""
MISSING_SECONDS = 1.0
"""What accounts does not know is asked for again after this long: it may be registered at any moment."""
PAUSE_SECONDS = 10.0
"""After accounts could not be reached, it is not asked again for this long."""


def load_anchors(profile: Profile) -> TrustStore:
    """The profile's anchors; production takes none of a training CA. Raises ProfileBroken."""
    try:
        return TrustStore.load(profile.anchors, refuse_training=profile.environment == "production")
    except MaterialRefused as error:
        raise ProfileBroken(Words(f"{profile.anchors}: {error}", f"{profile.anchors}: {error}")) from error


class Trust:
    """Verifies what others have signed."""

    def __init__(
        self, profile: Profile, transport: Transport, clock: Clock, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._accounts = profile.accounts
        self._transport = transport
        self._clock = clock
        self._now = now
        self._anchors = load_anchors(profile)
        self._revocations = RevocationData()
        self._certificates = KnownCertificates()
        self._verifier = Verifier(self._anchors, self._revocations, STORED)
        self._fetched: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    async def verify(self, signed: SignedBytes, *, said_by: str, at: datetime | None = None) -> Verified:
        """Verify as of `at` (by default now) that `said_by` signed these bytes.

        Raises SignatureRefused, PlatformError, Unreachable.
        """
        try:
            fingerprint = signed.unverified_header().fingerprint
        except MaterialRefused:
            fingerprint = None  # the verifier says what is wrong with it
        if fingerprint is not None:
            await self._learn(fingerprint)
        policy = all_of(STORED, HeldBy(said_by))
        return self._verifier.verify(signed, at=at or self._clock.now(), certificates=self._certificates, policy=policy)

    async def _learn(self, fingerprint: str) -> None:
        await self._refresh(fingerprint, self._fetch_certificate)
        known = self._certificates.find(fingerprint)
        for issuer in (*(known.chain if known else ()), *self._anchors.anchors):
            await self._refresh(issuer.fingerprint, self._fetch_revocations)

    async def _refresh(self, name: str, fetch: Callable[[str, bool], Awaitable[bool]]) -> None:
        age = self._now() - self._fetched.get(name, float("-inf"))
        if age < FRESH_SECONDS or self._now() < self._not_before.get(name, 0):
            return
        has_old = age < GRACE_SECONDS
        try:
            found = await fetch(name, not has_old)
        except (Unreachable, PlatformUnavailable):
            if not has_old:
                raise
            self._not_before[name] = self._now() + PAUSE_SECONDS
        else:
            if found:
                self._fetched[name] = self._now()
            else:
                self._not_before[name] = self._now() + MISSING_SECONDS

    async def _fetch_certificate(self, fingerprint: str, repeat: bool) -> bool:
        try:
            answer = await self._transport.ask("GET", f"{self._accounts}/v1/certificates/{fingerprint}", repeat=repeat)
        except NotFound:
            return False  # the verifier says that nobody knows it
        try:
            self._certificates.put(known_certificate(_record(answer.body)))
        except (ValidationError, MalformedJson, MaterialRefused, TypeError) as error:
            words = Words("Chứng thư nhận về không đọc được", "The certificate's entry cannot be read")
            raise UnexpectedAnswer(words) from error
        return True

    async def _fetch_revocations(self, issuer: str, repeat: bool) -> bool:
        try:
            answer = await self._transport.ask("GET", f"{self._accounts}/v1/revocation-lists/{issuer}", repeat=repeat)
        except NotFound:
            return False  # the verifier refuses whatever would have needed it
        try:
            self._revocations.add_crl(answer.body)
        except MaterialRefused as error:
            words = Words("Danh sách thu hồi không đọc được", "The revocation list cannot be read")
            raise UnexpectedAnswer(words) from error
        return True


def _record(body: bytes) -> CertificateRecord:
    told = loads(body)
    if not isinstance(told, dict):
        raise TypeError("not an object")
    members = {name: told[name] for name in CertificateRecord.model_fields if name in told}
    # In JSON mode, because only there a date or id is read from its text and nothing else is converted.
    return CertificateRecord.model_validate_json(dumps(members), strict=True)
