"""Mark agencies whose last day has passed as ended or merged: what an import has set before, time fulfils."""

from uuid import UUID

from lienthong.accounts.domain.agencies import aged
from lienthong.accounts.store import agencies
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.clock import local_day
from lienthong.common.sources import ACCOUNTS

_PAGE = 100


async def end_agencies(context: Context) -> int:
    """End a page of them, each in a transaction of its own; how many."""
    today = local_day(context.clock.now())
    async with context.database.connection() as connection:
        due = await agencies.ending(connection, today, _PAGE)
    for agency_id in due:
        await _end(context, agency_id)
    return len(due)


async def _end(context: Context, agency_id: UUID) -> None:
    now = context.clock.now()
    async with context.transaction() as connection:
        before = await agencies.find(connection, agency_id, lock=True)
        after = None if before is None else aged(before, local_day(now))
        if after is None:
            return
        await agencies.update(connection, after)
        await write_audit(
            connection, done(now, ACCOUNTS, "agency.end", f"/agencies/{agency_id}", state=after.state.value)
        )
        await context.announcements.say(connection, [after])
