"""Whether a request stands under an agency's seal: judged by the register itself, under the lock of the entry.

Other services judge by the events accounts publishes; accounts judges by its own tables, so that an agency can use a
seal in the moment it is enrolled, and cannot in the moment it is revoked.
"""

from contextlib import suppress
from datetime import datetime

from lienthong.accounts.domain.certificates import is_taken_back
from lienthong.accounts.store import certificates, revocation_lists
from lienthong.accounts.usecases.context import Context
from lienthong.common.auth import to_error
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import CertificateRecord, CertificateState
from lienthong.common.register import NotAnchored, to_known
from lienthong.common.signing import (
    KnownCertificate,
    KnownCertificates,
    MaterialRefused,
    Reason,
    RevocationData,
    SignedBytes,
    SignedWithin,
    SigningError,
    Verified,
    Verifier,
    all_of,
)
from lienthong.common.signing.policy import MAX_AHEAD
from lienthong.common.trust.lists import read_list


async def judge_seal(
    context: Context, connection: Connection, signed: SignedBytes, now: datetime
) -> tuple[Verified, CertificateRecord]:
    """The verified request and the register's entry of the seal, locked. Raises SigningRefused."""
    try:
        return await _judge(context, connection, signed, now)
    except SigningError as refused:
        raise to_error(refused) from refused


async def _judge(
    context: Context, connection: Connection, signed: SignedBytes, now: datetime
) -> tuple[Verified, CertificateRecord]:
    fingerprint = signed.unverified_header().fingerprint
    holder = await certificates.lock_holder(connection, fingerprint)
    record = None if holder is None else await certificates.find(connection, fingerprint, lock=True)
    if record is None:
        raise MaterialRefused(Reason.CERTIFICATE_UNKNOWN)
    if is_taken_back(record):
        revoked = record.state is CertificateState.REVOKED
        raise MaterialRefused(Reason.CERTIFICATE_REVOKED if revoked else Reason.CERTIFICATE_SUSPENDED)
    try:
        known = to_known(record, context.trust.anchors)
    except NotAnchored as error:
        raise MaterialRefused(Reason.FOREIGN_CA) from error
    return await verify(context, connection, signed, known, now), record


async def verify(
    context: Context, connection: Connection, signed: SignedBytes, known: KnownCertificate, now: datetime
) -> Verified:
    """Verify with one known certificate and the revocation lists of the register. Raises SignatureRefused."""
    policy = all_of(SignedWithin(ahead=MAX_AHEAD, behind=context.rules.request_age))
    verifier = Verifier(context.trust, await load_revocations(context, connection), policy)
    return verifier.verify(signed, at=now, certificates=KnownCertificates([known]))


async def load_revocations(context: Context, connection: Connection) -> RevocationData:
    """The newest list of every issuer that leads to an anchor of today.

    An anchor may have been taken away since a list was published: nothing below it is trusted any more, and the seals
    of the others must still be judged.
    """
    data = RevocationData()
    for each in await revocation_lists.load_all(connection):
        with suppress(NotAnchored):
            data.add_list(read_list(each, context.trust.anchors))
    return data
