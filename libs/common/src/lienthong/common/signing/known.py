"""Certificates a verifier knows, with what the register says of them over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.finding import Finding
from lienthong.common.signing.reasons import Reason


class State(StrEnum):
    """What the register says of a certificate in one period."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


_REFUSED = {
    State.SUSPENDED: Reason.CERTIFICATE_SUSPENDED,
    State.REVOKED: Reason.CERTIFICATE_REVOKED,
    State.SUPERSEDED: Reason.CERTIFICATE_SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Period:
    """`state` from `since` (included) until `until` (not included; None: for good)."""

    state: State
    since: datetime
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(slots=True, eq=False)
class KnownCertificate:
    """One registered certificate. A change in the register makes a new one; never alter it in place.

    Raises MaterialRefused(CERTIFICATE_HOLDER_MISMATCH) when the certificate names another holder
    than the register does.
    """

    certificate: Certificate
    chain: tuple[Certificate, ...] = ()
    """Intermediates that came with it; they need not be trusted, nor complete, nor in order."""
    periods: tuple[Period, ...] = ()
    """What the register says, in order of `since`; none at all means active for its validity."""
    holder: str | None = None
    """`/agencies/<uuid>` or `/services/<name>`; taken from the certificate's own SAN where it has one."""
    allows_rs256: bool = False
    """The registration names a deployed token that can do nothing better than RSASSA-PKCS1-v1_5."""
    memory: object = field(default=None, repr=False)
    """Where a verifier keeps its last finding about the path; nobody else touches it."""

    def __post_init__(self) -> None:
        own = self.certificate.source
        if own is not None and self.holder is not None and own != self.holder:
            raise MaterialRefused(Reason.CERTIFICATE_HOLDER_MISMATCH, f"{own} is registered for {self.holder}")
        self.holder = own or self.holder

    def finding(self, at: datetime) -> Finding:
        """What the register says as of `at`."""
        edges = [edge for period in self.periods for edge in (period.since, period.until) if edge is not None]
        return Finding.at(at, edges, self._fault(at))

    def _fault(self, at: datetime) -> Reason | None:
        if not self.periods:
            return None
        # The worst that holds: a revocation is not undone by an overlapping period that says otherwise.
        states = {period.state for period in self.periods if period.covers(at)}
        for state in (State.REVOKED, State.SUSPENDED, State.SUPERSEDED):
            if state in states:
                return _REFUSED[state]
        return None if State.ACTIVE in states else Reason.CERTIFICATE_NOT_REGISTERED_THEN


class CertificateSource(Protocol):
    """Where a verifier looks a certificate up; no I/O, so that verification never waits."""

    def find(self, fingerprint: str) -> KnownCertificate | None:
        """The registered certificate with this `x5t#S256`, or None."""
        ...


class KnownCertificates:
    """The simplest source: what was put in."""

    def __init__(self, known: Iterable[KnownCertificate] = ()) -> None:
        self._known = {each.certificate.fingerprint: each for each in known}

    def put(self, known: KnownCertificate) -> None:
        """Add, or replace what was known of the same certificate."""
        self._known[known.certificate.fingerprint] = known

    def find(self, fingerprint: str) -> KnownCertificate | None:
        return self._known.get(fingerprint)
