"""Make and publish the next revocation list of an authority whose key is here (training CA)."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography.x509 import ReasonFlags

from lienthong.accounts.domain.certificates import taken_back_at
from lienthong.accounts.store import certificates, revocation_lists
from lienthong.accounts.usecases.context import Context
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import CertificateRecord, CertificateState, RevocationList
from lienthong.common.pki import Revoked, make_crl
from lienthong.common.signing import Certificate, MaterialRefused, Reason
from lienthong.common.signing import RevocationList as SignedList

_MOST_AHEAD: Final = timedelta(seconds=5)


async def next_list(context: Context, connection: Connection, issuer: str, now: datetime) -> RevocationList | None:
    """Store the issuer's next list and return it to be said; None where its key is not here.

    Called in the transaction that changed a certificate, after the change: under the list's lock it sees its own
    change and everything committed before, so that no list ever forgets a revocation.
    """
    authority = next((each for each in context.issuers() if each.certificate.fingerprint == issuer), None)
    if authority is None:
        return None
    before = await revocation_lists.lock(connection, issuer)
    taken_back = [_revoked(record) for record in await certificates.taken_back(connection, issuer)]
    number = 1 if before is None else before.version + 1
    lifetime = context.rules.list_lifetime
    # Revoked certificates stay on the list beyond their end, and it says so: whoever begins with the newest list alone
    # can still judge what a certificate signed before it expired.
    der = make_crl(authority, taken_back, number=number, at=_time(before, now), lifetime=lifetime, keeps_expired=True)
    published = to_record(der, authority.chain or (authority.certificate,), number)
    await revocation_lists.save(connection, published)
    return published


async def publish_due_lists(context: Context, *, every: timedelta) -> int:
    """Publish a fresh list for each authority whose last one is older than `every`; how many there were."""
    now = context.clock.now()
    made = 0
    for authority in context.issuers():
        issuer = authority.certificate.fingerprint
        async with context.transaction() as connection:
            before = await revocation_lists.lock(connection, issuer)
            if before is not None and before.this_update + every > now:
                continue
            published = await next_list(context, connection, issuer, now)
            if published is not None:
                await context.announcements.say(connection, [published])
                made += 1
    return made


def to_record(der: bytes, issuer_chain: Sequence[Certificate], number: int) -> RevocationList:
    """The published form of a list; `issuer_chain` is its issuer, then the intermediates above, without the anchor."""
    signed = SignedList.from_bytes(der)
    if signed.next_update is None:
        raise MaterialRefused(Reason.REVOCATION_UNSUPPORTED, "a list without nextUpdate covers no time")
    return RevocationList(
        issuer=issuer_chain[0].fingerprint,
        version=number,
        this_update=signed.this_update,
        next_update=signed.next_update,
        issuer_x5c=tuple(base64.b64encode(each.der).decode() for each in issuer_chain),
        crl=base64.b64encode(der).decode(),
    )


def _time(before: RevocationList | None, now: datetime) -> datetime:
    """Lists count whole seconds; two of one second would leave readers in doubt which is the newer."""
    if before is None:
        return now
    return max(now, min(before.this_update + timedelta(seconds=1), now + _MOST_AHEAD))


def _revoked(record: CertificateRecord) -> Revoked:
    at = taken_back_at(record)
    if at is None:
        raise LookupError(f"certificate {record.fingerprint} is not taken back")
    hold = record.state is CertificateState.SUSPENDED
    return Revoked(int(record.serial, 16), at, ReasonFlags.certificate_hold if hold else ReasonFlags.unspecified)
