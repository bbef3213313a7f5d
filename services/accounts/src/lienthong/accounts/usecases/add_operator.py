"""Give an operator of the platform a machine client: on accounts' host, by the public half of the operator's key."""

from uuid import UUID

from lienthong.accounts.domain.client_jwts import ClientKey, public_members
from lienthong.accounts.domain.clients import operating
from lienthong.accounts.domain.errors import ClientKeyDiffers
from lienthong.accounts.store import clients
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.messages.accounts import Client


async def add_operator(context: Context, client_id: UUID, name: str, key: ClientKey, *, who: str) -> Client:
    """The operator's new client. Raises ClientKeyDiffers where another client has the key."""
    now = context.clock.now()
    client = operating(client_id, name, key.thumbprint())
    async with context.transaction() as connection:
        if not await clients.insert(connection, client, public_members(key)):
            raise ClientKeyDiffers
        thing = f"/clients/{client_id}"
        await write_audit(connection, done(now, who, "operator.add", thing, thumbprint=client.key_thumbprint))
        await context.announcements.say(connection, [client])
    return client
