"""accounts.revocation_list.v1: every list is kept, because a signature is judged later by the list of its time."""

from lienthong.common.database import Connection
from lienthong.common.inbox import VerifiedEvent
from lienthong.common.messages.accounts import RevocationListPublished
from lienthong.exchange.store import certificates


async def on_revocation_list_published(
    connection: Connection, verified: VerifiedEvent[RevocationListPublished]
) -> None:
    """Keep the list beside the earlier ones."""
    await certificates.put_revocation_list(connection, verified.event.data)
