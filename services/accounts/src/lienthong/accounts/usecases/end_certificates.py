"""Mark certificates whose period or overlap is over. Readers know the end beforehand; the register says it too."""

from lienthong.accounts.domain.certificates import ended, is_over
from lienthong.accounts.store import certificates
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.sources import ACCOUNTS

_PAGE = 100


async def end_certificates(context: Context) -> int:
    """End a page of them, each in a transaction of its own; how many."""
    now = context.clock.now()
    async with context.database.connection() as connection:
        due = await certificates.over(connection, now, _PAGE)
    for fingerprint in due:
        await _end(context, fingerprint)
    return len(due)


async def _end(context: Context, fingerprint: str) -> None:
    now = context.clock.now()
    async with context.transaction() as connection:
        before = await certificates.find(connection, fingerprint, lock=True)
        if before is None or not is_over(before, now):
            return  # renewed, revoked or ended since the list was made
        after = ended(before)
        await certificates.update(connection, after)
        await write_audit(connection, done(now, ACCOUNTS, "certificate.end", f"/certificates/{fingerprint}"))
        await context.announcements.say(connection, [after])
