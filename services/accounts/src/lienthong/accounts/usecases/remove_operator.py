"""Take an operator's machine client away: its tokens are void everywhere at once."""

from uuid import UUID

from lienthong.accounts.domain.clients import ClientAct, ordered
from lienthong.accounts.domain.errors import ClientNotRegistered
from lienthong.accounts.store import clients
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.messages.accounts import Client


async def remove_operator(context: Context, client_id: UUID, *, reason: str, who: str) -> Client:
    """The client, ended. Raises ClientNotRegistered where it is no operator's, too."""
    now = context.clock.now()
    async with context.transaction() as connection:
        before = await clients.find(connection, client_id, lock=True)
        if before is None or not before.client.duties:
            raise ClientNotRegistered
        after = ordered(before.client, ClientAct.END)
        await clients.update(connection, after)
        thing = f"/clients/{client_id}"
        await write_audit(connection, done(now, who, "operator.remove", thing, reason=reason[:200]))
        await context.announcements.say(connection, [after])
    return after
