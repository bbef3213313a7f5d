"""The accounts' register of certificates as a verifier needs it: from the message to a known certificate.

Services and the SDK read it by the same lines, so that no entry means one thing here and another there.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from lienthong.common.messages.accounts import CertificateRecord, CertificateState, Holder, HolderKind, StatePeriod
from lienthong.common.signing import Certificate, MaterialRefused
from lienthong.common.signing.known import KnownCertificate, Period, State
from lienthong.common.signing.path import Search
from lienthong.common.signing.reasons import Reason

_STATES = {
    CertificateState.ACTIVE: State.ACTIVE,
    CertificateState.SUPERSEDED: State.ACTIVE,  # renewed, and good until its overlap ends
    CertificateState.SUSPENDED: State.SUSPENDED,
    CertificateState.REVOKED: State.REVOKED,
    CertificateState.ENDED: State.SUPERSEDED,  # a signature made from then on is refused
}


_TAKEN_BACK = frozenset({CertificateState.SUSPENDED, CertificateState.REVOKED})


class NotAnchored(Exception):
    """The chain does not lead to a configured anchor."""


def read_x5c(x5c: Sequence[str]) -> tuple[Certificate, ...]:
    """Certificates of an `x5c` (RFC 7515 section 4.1.6). Raises MaterialRefused(CERTIFICATE_MALFORMED)."""
    try:
        return tuple(Certificate.from_der(base64.b64decode(text, validate=True)) for text in x5c)
    except binascii.Error as error:
        raise MaterialRefused(Reason.CERTIFICATE_MALFORMED, "x5c is not base64") from error


def check_anchored(chain: Sequence[Certificate], anchors: Sequence[Certificate]) -> None:
    """Names and signatures lead to an anchor. Validity, usage and revocation are judged when a signature is.

    Raises NotAnchored.
    """
    first, *others = chain
    if first in anchors:
        return
    if next(iter(Search(anchors, tuple(others)).paths_from(first)), None) is None:
        raise NotAnchored(first.subject)


def known_certificate(record: CertificateRecord) -> KnownCertificate:
    """The certificate with its chain, holder and periods; whether its path is good, the verifier judges.

    Raises MaterialRefused: the record does not describe the certificate in its `x5c`, or names another holder.
    """
    chain = read_x5c(record.x5c)
    certificate = chain[0]
    if certificate.fingerprint != record.fingerprint or f"{certificate.serial:x}" != record.serial.lstrip("0"):
        raise MaterialRefused(Reason.CERTIFICATE_MALFORMED, "x5c is not the certificate of the record")
    if record.state in _TAKEN_BACK and record.history[-1].state is not record.state:
        raise MaterialRefused(Reason.CERTIFICATE_MALFORMED, "the history does not end with the state")
    return KnownCertificate(
        certificate=certificate,
        chain=chain[1:],
        periods=_periods(record, certificate),
        holder=_source(record.holder),
        allows_rs256=record.rs256_allowed,
    )


def to_known(record: CertificateRecord, anchors: Sequence[Certificate]) -> KnownCertificate:
    """The same, if the chain leads to a configured anchor. Raises NotAnchored, MaterialRefused."""
    known = known_certificate(record)
    check_anchored((known.certificate, *known.chain), anchors)
    return known


def _source(holder: Holder) -> str | None:
    if holder.kind is HolderKind.AGENCY:
        return f"/agencies/{holder.agency_id}"
    return f"/services/{holder.service}" if holder.kind is HolderKind.SERVICE else None


def _periods(record: CertificateRecord, certificate: Certificate) -> tuple[Period, ...]:
    first, *later = record.history
    # An end that comes with the certificate's own is told by its validity: it expired, nobody superseded it.
    told = [first, *(each for each in later if not _is_expiry(each, certificate))]
    ends: list[datetime | None] = [following.since for _, following in pairwise(told)]
    periods = [
        Period(_STATES[each.state], _since(each, place, record, certificate), _until(each, until))
        for place, (each, until) in enumerate(zip(told, [*ends, None], strict=True))
    ]
    return tuple(periods)


def _is_expiry(each: StatePeriod, certificate: Certificate) -> bool:
    return each.state is CertificateState.ENDED and each.since >= certificate.not_after


def _until(each: StatePeriod, until: datetime | None) -> datetime | None:
    """A revocation is final, whatever a history goes on to say."""
    return None if each.state is CertificateState.REVOKED else until


def _since(each: StatePeriod, place: int, record: CertificateRecord, certificate: Certificate) -> datetime:
    """A service's certificate is active from its first second: `iat` counts whole seconds, registration does not."""
    if place == 0 and each.state is CertificateState.ACTIVE and record.holder.kind is HolderKind.SERVICE:
        return min(each.since, certificate.not_before)
    return each.since
