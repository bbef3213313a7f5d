"""Name, or change, the officer an agency is reached by when something goes wrong (N9)."""

from uuid import UUID

from lienthong.accounts.domain.agencies import with_contact
from lienthong.accounts.domain.errors import AgencyNotRegistered
from lienthong.accounts.store import agencies
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.messages.accounts import Agency, ContactOfficer


async def name_contact_officer(context: Context, agency_id: UUID, officer: ContactOfficer, *, who: str) -> Agency:
    """The agency with its contact officer. Raises AgencyNotRegistered."""
    now = context.clock.now()
    async with context.transaction() as connection:
        before = await agencies.find(connection, agency_id, lock=True)
        if before is None:
            raise AgencyNotRegistered
        after = with_contact(before, officer)
        if after is None:
            return before
        await agencies.update(connection, after)
        await write_audit(connection, done(now, who, "agency.name_contact_officer", f"/agencies/{agency_id}"))
        await context.announcements.say(connection, [after])
    return after
