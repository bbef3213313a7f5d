"""Whom this agency believes: certificates and revocation lists fetched from accounts, judged by the profile's anchors.

Nothing that accounts answers is trusted for itself: a certificate must reach an anchor of the profile, a revocation
list must be signed by the authority it speaks for. What the register says of a certificate over time (suspended,
superseded, holder of a certificate that names none) is taken from it and kept for a minute.
"""

import time
from collections.abc import Callable
from datetime import datetime

from pydantic import ValidationError

from lienthong.common.clock import Clock
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import CertificateRecord
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.known import KnownCertificate, KnownCertificates
from lienthong.common.signing.policy import STORED, HeldBy, all_of
from lienthong.common.signing.revocation import RevocationData
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.trust import TrustStore
from lienthong.common.signing.verifier import Verified, Verifier
from lienthong.common.strict_json import MalformedJson, dumps, loads
from lienthong.sdk.errors import ProfileBroken, UnexpectedAnswer
from lienthong.sdk.problems import NotFound
from lienthong.sdk.profile import Profile
from lienthong.sdk.register import known_certificate
from lienthong.sdk.transport import Transport

FRESH_SECONDS = 60.0
"""How long an answer of the register is used: a revocation reaches a reader within this time."""


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
        known = self._certificates.find(fingerprint)
        if known is None or not self._is_fresh(fingerprint):
            known = await self._fetch_certificate(fingerprint)
            if known is None:
                return
            self._certificates.put(known)
            self._fetched[fingerprint] = self._now()
        for issuer in (*known.chain, *self._anchors.anchors):
            if not self._is_fresh(issuer.fingerprint):
                await self._fetch_revocations(issuer.fingerprint)
                self._fetched[issuer.fingerprint] = self._now()

    def _is_fresh(self, name: str) -> bool:
        return self._now() - self._fetched.get(name, float("-inf")) < FRESH_SECONDS

    async def _fetch_certificate(self, fingerprint: str) -> KnownCertificate | None:
        try:
            answer = await self._transport.ask("GET", f"{self._accounts}/v1/certificates/{fingerprint}")
        except NotFound:
            return None
        try:
            return known_certificate(_record(answer.body))
        except (ValidationError, MalformedJson, MaterialRefused, TypeError) as error:
            words = Words("Chứng thư nhận về không đọc được", "The certificate's entry cannot be read")
            raise UnexpectedAnswer(words) from error

    async def _fetch_revocations(self, issuer: str) -> None:
        try:
            answer = await self._transport.ask("GET", f"{self._accounts}/v1/revocation-lists/{issuer}")
        except NotFound:
            return  # the verifier refuses whatever would have needed it
        try:
            self._revocations.add_crl(answer.body)
        except MaterialRefused as error:
            words = Words("Danh sách thu hồi không đọc được", "The revocation list cannot be read")
            raise UnexpectedAnswer(words) from error


def _record(body: bytes) -> CertificateRecord:
    told = loads(body)
    if not isinstance(told, dict):
        raise TypeError("not an object")
    members = {name: told[name] for name in CertificateRecord.model_fields if name in told}
    # In JSON mode, because only there a date or id is read from its text and nothing else is converted.
    return CertificateRecord.model_validate_json(dumps(members), strict=True)
