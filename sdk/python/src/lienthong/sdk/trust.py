"""Whom this agency believes: certificates and revocation lists fetched from accounts, judged by the profile's anchors.

Nothing that accounts answers is trusted for itself: a certificate must reach an anchor of the profile, a revocation
list must be signed by the authority it speaks for. What the register says of a certificate over time (suspended,
superseded, holder of a certificate that names none) is taken from it and kept for a minute, or for a stated time while
accounts cannot be reached.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from lienthong.common.clock import Clock
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import CertificateRecord
from lienthong.common.register import known_certificate
from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.known import KnownCertificates
from lienthong.common.signing.policy import STORED, HeldBy, all_of
from lienthong.common.signing.revocation import RevocationData
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.trust import TrustStore
from lienthong.common.signing.verifier import Verified, Verifier
from lienthong.common.strict_json import MalformedJson, dumps, loads
from lienthong.sdk.errors import ProfileBroken, UnexpectedAnswer, Unreachable
from lienthong.sdk.files import private_folder, write_atomically
from lienthong.sdk.problems import NotFound, PlatformUnavailable
from lienthong.sdk.profile import Profile
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


class Kind(StrEnum):
    """What is learned from accounts; the value is the name of the resource."""

    CERTIFICATE = "certificates"
    LIST = "revocation-lists"


def load_anchors(profile: Profile) -> TrustStore:
    """The profile's anchors; production takes none of a training CA. Raises ProfileBroken."""
    try:
        return TrustStore.load(profile.anchors, refuse_training=profile.environment == "production")
    except MaterialRefused as error:
        raise ProfileBroken(Words(f"{profile.anchors}: {error}", f"{profile.anchors}: {error}")) from error


@dataclass(frozen=True, slots=True)
class Material:
    """What anyone needs besides an anchor to judge a signature from files alone."""

    certificates: bytes
    """The signer's and its issuers', PEM."""
    lists: tuple[bytes, ...]
    """Their revocation lists, that of the signer's issuer first."""


class Trust:
    """Verifies what others have signed."""

    def __init__(
        self, profile: Profile, transport: Transport, clock: Clock, *, now: Callable[[], float] = time.time
    ) -> None:
        self._accounts = profile.accounts
        self._transport = transport
        self._clock = clock
        self._now = now
        self._anchors = load_anchors(profile)
        self._revocations = RevocationData()
        self._certificates = KnownCertificates()
        self._verifier = Verifier(self._anchors, self._revocations, STORED)
        self._kept = _Kept(profile.folder / "register")
        self._learned_at: dict[tuple[Kind, str], float] = {}
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

    def material(self, signed: SignedBytes) -> Material:
        """What this judged a verified signature by, to keep beside it."""
        fingerprint = signed.unverified_header().fingerprint
        known = self._certificates.find(fingerprint)
        certificates = () if known is None else (known.certificate, *known.chain)
        found = [self._kept.find(Kind.LIST, issuer.fingerprint) for issuer in self._issuers(fingerprint)]
        return Material(b"".join(each.to_pem() for each in certificates), tuple(each[0] for each in found if each))

    async def _learn(self, fingerprint: str) -> None:
        await self._refresh(Kind.CERTIFICATE, fingerprint)
        for issuer in self._issuers(fingerprint):
            await self._refresh(Kind.LIST, issuer.fingerprint)

    def _issuers(self, fingerprint: str) -> tuple[Certificate, ...]:
        known = self._certificates.find(fingerprint)
        return (*(known.chain if known else ()), *self._anchors.anchors)

    async def _refresh(self, kind: Kind, name: str) -> None:
        if (kind, name) not in self._learned_at:
            self._recall(kind, name)
        age = self._now() - self._learned_at.get((kind, name), float("-inf"))
        if age < FRESH_SECONDS or self._now() < self._not_before.get(name, 0):
            return
        has_old = age < GRACE_SECONDS
        url = f"{self._accounts}/v1/{kind}/{name}"
        try:
            answer = await self._transport.ask("GET", url, repeat=not has_old)
        except NotFound:
            # Then the verifier says what is missing.
            self._not_before[name] = self._now() + MISSING_SECONDS
            return
        except (Unreachable, PlatformUnavailable):
            if not has_old:
                raise
            self._not_before[name] = self._now() + PAUSE_SECONDS
            return
        self._apply(kind, answer.body)
        self._kept.put(kind, name, answer.body)
        self._learned_at[kind, name] = self._now()

    def _recall(self, kind: Kind, name: str) -> None:
        """What another process of this profile, or this one before a restart, has learned."""
        found = self._kept.find(kind, name)
        if found is not None:
            body, at = found
            with suppress(UnexpectedAnswer):
                self._apply(kind, body)
                self._learned_at[kind, name] = at

    def _apply(self, kind: Kind, body: bytes) -> None:
        try:
            if kind is Kind.CERTIFICATE:
                self._certificates.put(known_certificate(_record(body)))
            else:
                self._revocations.add_crl(body)
        except (ValidationError, MalformedJson, MaterialRefused, TypeError) as error:
            words = Words(f"Dữ liệu {kind} không đọc được", f"An entry of {kind} cannot be read")
            raise UnexpectedAnswer(words) from error


class _Kept:
    """Answers of the register in the profile's folder; a file's time is when it was learned."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, kind: Kind, name: str) -> tuple[bytes, float] | None:
        """An answer and when it came, or None."""
        path = self._folder / f"{kind}-{name}"
        try:
            return path.read_bytes(), path.stat().st_mtime
        except OSError:
            return None

    def put(self, kind: Kind, name: str, body: bytes) -> None:
        """Keep an answer."""
        write_atomically(private_folder(self._folder) / f"{kind}-{name}", body)


def _record(body: bytes) -> CertificateRecord:
    told = loads(body)
    if not isinstance(told, dict):
        raise TypeError("not an object")
    members = {name: told[name] for name in CertificateRecord.model_fields if name in told}
    # In JSON mode, because only there a date or id is read from its text and nothing else is converted.
    return CertificateRecord.model_validate_json(dumps(members), strict=True, extra="ignore")
