"""What a caller demands beyond a good signature, in small checks that compose.

    all_of(SignedWithin(ahead=timedelta(minutes=5), behind=timedelta(hours=72)), HeldBy("/services/exchange"))

An empty composition refuses everything: a list that came out empty by mistake must not let all pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from lienthong.common.signing.algorithms import Algorithm
from lienthong.common.signing.header import Header
from lienthong.common.signing.known import KnownCertificate
from lienthong.common.signing.reasons import Grade, Reason

MAX_AHEAD: Final = timedelta(minutes=5)
"""A signer's clock may run ahead of ours by this (architecture.md, Time)."""
MAX_BEHIND: Final = timedelta(hours=72)
"""A message may have waited this long at the sender before it is admitted."""


class Policy(Protocol):
    """One demand."""

    def fault(self, header: Header, known: KnownCertificate, at: datetime) -> Reason | None:
        """None if a signature that is good in itself meets the demand as of `at`."""
        ...


@dataclass(frozen=True, slots=True)
class SignedWithin:
    """`iat` lies at most `ahead` after and `behind` before the time of judgement; both ends included.

    `behind=None` sets no limit to the age: for stored facts read again, never for admission.
    """

    ahead: timedelta = MAX_AHEAD
    behind: timedelta | None = MAX_BEHIND

    def fault(self, header: Header, known: KnownCertificate, at: datetime) -> Reason | None:  # noqa: ARG002
        age = at - header.signed_at
        if age < -self.ahead or (self.behind is not None and age > self.behind):
            return Reason.SIGNATURE_TIME
        return None


@dataclass(frozen=True, slots=True)
class HeldBy:
    """The certificate's holder is this source, `/agencies/<uuid>` or `/services/<name>`."""

    source: str

    def fault(self, header: Header, known: KnownCertificate, at: datetime) -> Reason | None:  # noqa: ARG002
        return None if known.holder == self.source else Reason.POLICY_HOLDER


@dataclass(frozen=True, slots=True)
class UsesAlgorithm:
    """The algorithm is one of these."""

    algorithms: frozenset[Algorithm]

    def fault(self, header: Header, known: KnownCertificate, at: datetime) -> Reason | None:  # noqa: ARG002
        return None if header.algorithm in self.algorithms else Reason.POLICY_ALGORITHM


@dataclass(frozen=True, slots=True)
class StandardGrade:
    """Only algorithms Circular 15/2025 names; not what is merely tolerated."""

    def fault(self, header: Header, known: KnownCertificate, at: datetime) -> Reason | None:  # noqa: ARG002
        return None if header.algorithm.grade is Grade.STANDARD else Reason.POLICY_GRADE


@dataclass(frozen=True, slots=True)
class _AllOf:
    policies: tuple[Policy, ...]

    def fault(self, header: Header, known: KnownCertificate, at: datetime) -> Reason | None:
        if not self.policies:
            return Reason.POLICY_EMPTY
        for policy in self.policies:
            reason = policy.fault(header, known, at)
            if reason is not None:
                return reason
        return None


@dataclass(frozen=True, slots=True)
class _AnyOf:
    policies: tuple[Policy, ...]

    def fault(self, header: Header, known: KnownCertificate, at: datetime) -> Reason | None:
        if not self.policies:
            return Reason.POLICY_EMPTY
        met = any(policy.fault(header, known, at) is None for policy in self.policies)
        return None if met else Reason.POLICY_NONE_MET


def all_of(*policies: Policy) -> Policy:
    """Every one must be met; the first that is not gives the reason. None at all refuses (POLICY_EMPTY)."""
    return _AllOf(policies)


def any_of(*policies: Policy) -> Policy:
    """One must be met, else POLICY_NONE_MET. None at all refuses (POLICY_EMPTY)."""
    return _AnyOf(policies)


def held_by_any(sources: Iterable[str]) -> Policy:
    """The holder is one of `sources`; an empty collection refuses."""
    return any_of(*(HeldBy(source) for source in sources))


ADMISSION: Final[Policy] = all_of(SignedWithin())
"""What a new message meets: signed at most 5 minutes ahead and 72 hours behind."""
STORED: Final[Policy] = all_of(SignedWithin(behind=None))
"""For facts that lie in a topic or a book: of any age, but not from the future."""
