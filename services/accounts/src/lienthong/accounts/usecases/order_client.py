"""Suspend, resume or end a machine client: by an operator on the host, when its key is in doubt."""

from uuid import UUID

from lienthong.accounts.domain.clients import ClientAct, ordered
from lienthong.accounts.domain.errors import ClientNotRegistered
from lienthong.accounts.store import clients
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.messages.accounts import Client


async def order_client(context: Context, client_id: UUID, act: ClientAct, *, reason: str, who: str) -> Client:
    """The client in its next state. Raises ClientNotRegistered, TransitionRefused."""
    now = context.clock.now()
    async with context.transaction() as connection:
        before = await clients.find(connection, client_id, lock=True)
        if before is None:
            raise ClientNotRegistered
        after = ordered(before.client, act)
        await clients.update(connection, after)
        thing = f"/clients/{client_id}"
        await write_audit(connection, done(now, who, f"client.{act.value}", thing, reason=reason[:200]))
        await context.announcements.say(connection, [after])
    return after
