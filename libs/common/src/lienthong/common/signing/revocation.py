"""Revocation lists and OCSP answers, asked as of a time; never good by default.

When data speaks for a time `at`:

1. A revocation (not a hold) whose date is `at` or earlier counts, however old or new the list is:
   revocations are final.
2. Else the newest data with thisUpdate <= at < nextUpdate decides. Without nextUpdate it covers nothing.
3. Else the earliest data with thisUpdate > at decides: what was revoked by `at` still stands on a later
   list, so absence there, or a later date, means the certificate was good then. Not so if the
   certificate had expired before that list was made, because lists drop expired certificates; unless the
   list itself says that it keeps them (expiredCertsOnCRL).
   (A hold that came and went between is not seen; the register's periods tell of suspensions.)
4. Else nobody knows: REVOCATION_STALE if there is older data, the fault of what there is, or REVOCATION_MISSING.

The revocation date decides, not the invalidity date: what the platform received before it, stays received.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

from cryptography.x509 import ReasonFlags

from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.crl import Evidence, RevocationList
from lienthong.common.signing.finding import Finding
from lienthong.common.signing.ocsp import OcspAnswer
from lienthong.common.signing.reasons import Reason

_KEY_IS_SAFE: Final = frozenset(
    {
        ReasonFlags.unspecified,
        ReasonFlags.affiliation_changed,
        ReasonFlags.superseded,
        ReasonFlags.cessation_of_operation,
        ReasonFlags.certificate_hold,
    }
)
"""Reasons that must be written for stamps of before the revocation to stay good (RFC 3161 section 4)."""

KEEP: Final = 16
"""Newest lists and answers kept per issuer. Older ones go; what only they knew then reads as stale, not as good."""


class _Source(Protocol):
    this_update: datetime

    def evidence(self, certificate: Certificate, issuer: Certificate) -> Evidence | Reason | None: ...


_S = TypeVar("_S", bound=_Source)


class RevocationData:
    """All revocation data a verifier has. Adding changes `version`, so that no cached judgement survives it."""

    def __init__(
        self,
        lists: Iterable[RevocationList] = (),
        answers: Iterable[OcspAnswer] = (),
        *,
        keep: int = KEEP,
    ) -> None:
        """`keep` is how many lists of one issuer are kept, the newest ones."""
        self.version = 0
        self._keep = keep
        self._lists: dict[bytes, list[RevocationList]] = {}
        self._answers: list[OcspAnswer] = []
        for each in lists:
            self._lists.setdefault(each.issuer.public_bytes(), []).append(each)
        self._lists = {issuer: _newest(own, keep) for issuer, own in self._lists.items()}
        for answer in answers:
            self.add_answer(answer)

    def add_crl(self, data: bytes) -> RevocationList:
        """Read a list, PEM or DER, and add it. Raises MaterialRefused (`revocation.…`)."""
        found = RevocationList.from_bytes(data)
        self.add_list(found)
        return found

    def add_ocsp(self, der: bytes) -> OcspAnswer:
        """Read an OCSP response and add it. Raises MaterialRefused (`revocation.…`)."""
        answer = OcspAnswer.from_bytes(der)
        self.add_answer(answer)
        return answer

    def add_list(self, found: RevocationList) -> None:
        """Add a list. Whether its signature is the issuer's is seen when it is used."""
        issuer = found.issuer.public_bytes()
        self._lists[issuer] = _newest([*self._lists.get(issuer, []), found], self._keep)
        self.version += 1

    def add_answer(self, answer: OcspAnswer) -> None:
        self._answers = _newest([*self._answers, answer], KEEP * KEEP)
        self.version += 1

    def finding(self, certificate: Certificate, issuer: Certificate, at: datetime) -> Finding:
        """Whether `certificate` was good as of `at` by data its `issuer` has signed."""
        heard = self._heard(certificate, issuer)
        evidence = [each for each in heard if isinstance(each, Evidence)]
        faults = [each for each in heard if isinstance(each, Reason)]
        reason = _judge(certificate, evidence, at)
        if reason is Reason.REVOCATION_MISSING and faults:
            reason = faults[0]
        return Finding.at(at, _edges(evidence), reason, "" if reason is None else f"{certificate.subject!r}")

    def key_is_lost(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether `certificate` was revoked, at whatever time, and not for a reason that leaves its key in good hands.

        What such a key has stamped is believed no more: it may have been stamped afterwards, with an old time.
        """
        heard = self._heard(certificate, issuer)
        marks = [each.mark for each in heard if isinstance(each, Evidence) and each.mark is not None]
        return any(each.reason not in _KEY_IS_SAFE for each in marks)

    def _heard(self, certificate: Certificate, issuer: Certificate) -> list[Evidence | Reason | None]:
        sources: Sequence[_Source] = [*self._lists.get(issuer.x509.subject.public_bytes(), []), *self._answers]
        return [source.evidence(certificate, issuer) for source in sources]


def _judge(certificate: Certificate, evidence: Sequence[Evidence], at: datetime) -> Reason | None:
    if any(each.mark and not each.mark.hold and each.mark.at <= at for each in evidence):
        return Reason.CERTIFICATE_REVOKED
    deciding = _covering(evidence, at) or _later(certificate, evidence, at)
    if deciding is None:
        return Reason.REVOCATION_STALE if evidence else Reason.REVOCATION_MISSING
    return Reason.CERTIFICATE_SUSPENDED if deciding.mark and deciding.mark.at <= at else None


def _covering(evidence: Sequence[Evidence], at: datetime) -> Evidence | None:
    covering = [each for each in evidence if each.next_update and each.this_update <= at < each.next_update]
    return max(covering, key=lambda each: (each.this_update, each.number), default=None)


def _later(certificate: Certificate, evidence: Sequence[Evidence], at: datetime) -> Evidence | None:
    later = [
        each for each in evidence if at < each.this_update and (each.mark is not None or _would_name(each, certificate))
    ]
    return min(later, key=lambda each: (each.this_update, -each.number), default=None)


def _would_name(evidence: Evidence, certificate: Certificate) -> bool:
    """Whether absence there means anything: the certificate was not yet dropped for having expired."""
    kept = evidence.keeps_expired_since
    return evidence.this_update <= certificate.not_after or (kept is not None and kept <= certificate.not_after)


def _edges(evidence: Sequence[Evidence]) -> list[datetime]:
    edges = [edge for each in evidence for edge in (each.this_update, each.next_update) if edge is not None]
    return edges + [each.mark.at for each in evidence if each.mark is not None]


def _newest(sources: list[_S], keep: int = KEEP) -> list[_S]:
    return sorted(sources, key=lambda each: each.this_update)[-keep:]
