"""Withdraw an agency's consent to a machine client, under the agency's seal."""

from lienthong.accounts.domain.clients import withdrawn
from lienthong.accounts.domain.errors import ClientNotRegistered
from lienthong.accounts.store import clients
from lienthong.accounts.usecases.context import Context, done
from lienthong.accounts.usecases.grant_client import client_answer
from lienthong.accounts.usecases.sealed_request import Asked, Result
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import ClientWithdrawal


async def withdraw_client(_: Context, connection: Connection, asked: Asked[ClientWithdrawal]) -> Result:
    """The client acts for this agency no more. Raises ClientNotRegistered, also for one that never acted for it."""
    before = await clients.find(connection, asked.data.client_id, lock=True)
    if before is None:
        raise ClientNotRegistered
    after = withdrawn(before.client, asked.agency_id)
    if after is None:  # whether a client of others exists is nobody's business
        raise ClientNotRegistered
    await clients.update(connection, after)
    thing = f"/clients/{after.client_id}"
    audit = done(asked.now, asked.who, "client.withdraw", thing, reason=asked.data.reason[:200])
    return Result(client_answer(after, asked.agency_id), (after,), (audit,))
