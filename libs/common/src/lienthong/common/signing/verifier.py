"""Verifying a detached signature, step by step.

`Verifier.verify` does, in this order:

0. split `protected..signature`; refuse an attached payload, wrong part counts, endless signatures
1. read the protected header strictly (header.py): five members, nothing embedded, nothing negotiated
2. look the certificate up by `x5t#S256` among those we know; the message brings none
3. the algorithm must fit the certificate's key, so that no key is used in two ways
4. check the signature over `protected.payload`, the exact bytes received: **integrity** is known from here
5. RS256 only where the certificate's registration allows it
6. what the register says of the certificate as of `at`: not suspended, superseded, revoked
7. path to a configured anchor, validity, usage, strength, revocation data, all as of `at`
8. what the caller demands: the policy; `iat` against `at` stands here. **Trust** is known from here

Left to the caller: that the holder may say what the payload says (`source`, type, topic), and that a
message is taken once. Step 8 stops a signature made long ago, with a key then good, from being used now.

Steps 6 and 7 are kept with the certificate for the span of time in which they cannot change, so that a
message of a known signer costs one signature check. New revocation data, or a new entry of the register,
ends that span at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from lienthong.common.signing import base64url
from lienthong.common.signing.algorithms import Algorithm
from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.errors import MaterialRefused, SignatureRefused
from lienthong.common.signing.finding import Finding
from lienthong.common.signing.header import Header, parse_header
from lienthong.common.signing.known import CertificateSource, KnownCertificate
from lienthong.common.signing.outcome import Verification, trust_for
from lienthong.common.signing.policy import Policy
from lienthong.common.signing.reasons import Grade, Integrity, Reason, Trust
from lienthong.common.signing.revocation import RevocationData
from lienthong.common.signing.signed_bytes import SignedBytes, split
from lienthong.common.signing.trust import TrustStore

REMEMBERED_HEADERS: Final = 4096
"""`iat` counts seconds, so a busy signer's header repeats; only well-formed ones are remembered."""


class Verified:
    """Bytes whose signature was verified, and by whom they were signed. Cannot be altered.

    It has no constructor: only `Verifier.verify` makes one, so a function that asks for a Verified
    cannot be handed bytes that nobody checked.
    """

    __slots__ = ("_at", "_header", "_known", "_signed")
    _signed: SignedBytes
    _header: Header
    _known: KnownCertificate
    _at: datetime

    def __init__(self) -> None:
        raise TypeError("a Verified is made by Verifier.verify only")

    @property
    def payload(self) -> bytes:
        return self._signed.payload

    @property
    def jws(self) -> str:
        return self._signed.jws

    @property
    def signed(self) -> SignedBytes:
        """What was verified, to store or hand on."""
        return self._signed

    @property
    def certificate(self) -> Certificate:
        return self._known.certificate

    @property
    def holder(self) -> str | None:
        """`/agencies/<uuid>` or `/services/<name>`, by the certificate or by the register."""
        return self._known.holder

    @property
    def signed_at(self) -> datetime:
        """The time the signer claims (`iat`), within what the policy allows."""
        return self._header.signed_at

    @property
    def grade(self) -> Grade:
        return self._header.algorithm.grade

    @property
    def checked_at(self) -> datetime:
        """The time as of which it was judged."""
        return self._at

    def __repr__(self) -> str:
        return f"<Verified {len(self.payload)} bytes by {self.certificate!r} as of {self._at}>"


@dataclass(frozen=True, slots=True)
class _Memory:
    """A finding about a certificate, and for whom it holds."""

    verifier: Verifier
    version: int
    finding: Finding


class Verifier:
    """Judges signatures against configured anchors; does no I/O and may be used by many threads."""

    def __init__(
        self,
        trust: TrustStore,
        revocations: RevocationData,
        policy: Policy,
        *,
        remembered_headers: int = REMEMBERED_HEADERS,
    ) -> None:
        self._trust = trust
        self._revocations = revocations
        self._policy = policy
        self._header = lru_cache(maxsize=remembered_headers)(parse_header)

    def verify(
        self, signed: SignedBytes, *, at: datetime, certificates: CertificateSource, policy: Policy | None = None
    ) -> Verified:
        """Verify `signed` as of `at` (aware). `policy` takes the place of the verifier's own.

        Raises SignatureRefused, whose `verification` tells integrity, trust and reason apart.
        """
        header: Header | None = None
        known: KnownCertificate | None = None
        try:
            protected, written = split(signed.jws)  # step 0
            header = self._header(protected)  # step 1
            known = certificates.find(header.fingerprint)  # step 2
            if known is None:
                raise _refused(Integrity.UNKNOWN, Reason.CERTIFICATE_UNKNOWN, at, header)
            check = known.certificate.checks.get(header.algorithm)  # step 3
            if check is None:
                raise _refused(Integrity.INVALID, Reason.ALG_NOT_FOR_KEY, at, header, known)
            data = protected.encode("ascii") + b"." + signed.payload
            reason = check(base64url.decode(written), data)  # step 4
            if reason is not None:
                raise _refused(Integrity.INVALID, reason, at, header, known)
        except MaterialRefused as refused:
            raise _refused(Integrity.INVALID, refused.reason, at, header, known, detail=refused.detail) from refused
        self._check_trust(header, known, at, self._policy if policy is None else policy)
        return _verified(signed, header, known, at)

    def check(
        self, signed: SignedBytes, *, at: datetime, certificates: CertificateSource, policy: Policy | None = None
    ) -> Verification:
        """The same judgement as an answer instead of an error."""
        try:
            verified = self.verify(signed, at=at, certificates=certificates, policy=policy)
        except SignatureRefused as refused:
            return refused.verification
        return Verification(
            Integrity.VALID, Trust.TRUSTED, None, at, verified.certificate, verified.signed_at, verified.grade
        )

    def _check_trust(self, header: Header, known: KnownCertificate, at: datetime, policy: Policy) -> None:
        if header.algorithm is Algorithm.RS256 and not known.allows_rs256:  # step 5
            raise _refused(Integrity.VALID, Reason.ALG_NOT_REGISTERED, at, header, known)
        finding = self.check_certificate(known, at)  # steps 6 and 7
        if finding.reason is not None:
            raise _refused(Integrity.VALID, finding.reason, at, header, known, detail=finding.detail)
        reason = policy.fault(header, known, at)  # step 8
        if reason is not None:
            raise _refused(Integrity.VALID, reason, at, header, known)

    def check_certificate(self, known: KnownCertificate, at: datetime) -> Finding:
        """Register, path, validity, usage and revocation of a known certificate as of `at`."""
        memory = known.memory
        version = self._revocations.version
        if (
            isinstance(memory, _Memory)
            and memory.verifier is self
            and memory.version == version
            and memory.finding.holds_at(at)
        ):
            return memory.finding
        finding = known.finding(at)
        if finding.reason is None:
            path = self._trust.check_path(known.certificate, at=at, revocations=self._revocations, chain=known.chain)
            finding = path.within(finding)
        known.memory = _Memory(self, version, finding)
        return finding


def _refused(
    integrity: Integrity,
    reason: Reason,
    at: datetime,
    header: Header | None,
    known: KnownCertificate | None = None,
    *,
    detail: str = "",
) -> SignatureRefused:
    trust = Trust.UNKNOWN if integrity is Integrity.INVALID else trust_for(reason)
    return SignatureRefused(
        Verification(
            integrity,
            trust,
            reason,
            at,
            certificate=None if known is None else known.certificate,
            signed_at=None if header is None else header.signed_at,
            grade=None if header is None else header.algorithm.grade,
            detail=detail,
        ),
        reason,
    )


def _verified(signed: SignedBytes, header: Header, known: KnownCertificate, at: datetime) -> Verified:
    # Past the constructor on purpose: this is the one place where a Verified comes into being.
    verified = object.__new__(Verified)
    verified._signed, verified._header = signed, header
    verified._known, verified._at = known, at
    return verified
