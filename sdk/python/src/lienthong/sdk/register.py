"""An entry of the register of certificates, from the message to what a verifier takes.

The services read the same entries by `lienthong.common.trust`, which needs their extra dependencies; a test holds the
two readings together.
"""

import base64
import binascii
from datetime import datetime
from itertools import pairwise

from lienthong.common.messages.accounts import CertificateRecord, CertificateState, Holder, HolderKind
from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.known import KnownCertificate, Period, State
from lienthong.common.signing.reasons import Reason

_STATES = {
    CertificateState.ACTIVE: State.ACTIVE,
    CertificateState.SUPERSEDED: State.ACTIVE,  # renewed, and good until its overlap ends
    CertificateState.SUSPENDED: State.SUSPENDED,
    CertificateState.REVOKED: State.REVOKED,
    CertificateState.ENDED: State.SUPERSEDED,
}


def known_certificate(record: CertificateRecord) -> KnownCertificate:
    """The certificate with its chain, holder and periods; whether its path is good, the verifier judges.

    Raises MaterialRefused where the record does not describe its certificate, or names another holder.
    """
    try:
        certificate, *chain = (Certificate.from_der(base64.b64decode(text, validate=True)) for text in record.x5c)
    except binascii.Error as error:
        raise MaterialRefused(Reason.CERTIFICATE_MALFORMED, "x5c is not base64") from error
    if certificate.fingerprint != record.fingerprint or f"{certificate.serial:x}" != record.serial.lstrip("0"):
        raise MaterialRefused(Reason.CERTIFICATE_MALFORMED, "x5c is not the certificate of the record")
    return KnownCertificate(
        certificate=certificate,
        chain=tuple(chain),
        periods=_periods(record, certificate),
        holder=_source(record.holder),
        allows_rs256=record.rs256_allowed,
    )


def _source(holder: Holder) -> str | None:
    if holder.kind is HolderKind.AGENCY:
        return f"/agencies/{holder.agency_id}"
    return f"/services/{holder.service}" if holder.kind is HolderKind.SERVICE else None


def _periods(record: CertificateRecord, certificate: Certificate) -> tuple[Period, ...]:
    ends: list[datetime | None] = [later.since for _, later in pairwise(record.history)]
    first, *later = record.history
    since = first.since
    if first.state is CertificateState.ACTIVE and record.holder.kind is HolderKind.SERVICE:
        # `iat` counts whole seconds and registration does not: a service may sign in the second of its registration.
        since = min(since, certificate.not_before)
    begins = [since, *(each.since for each in later)]
    steps = zip(record.history, begins, [*ends, None], strict=True)
    return tuple(Period(_STATES[each.state], begin, end) for each, begin, end in steps)
