"""Whether this process can do its work: the database answers, and a key for access tokens is in use."""

from lienthong.accounts.store import token_keys
from lienthong.accounts.usecases.context import Context
from lienthong.common.database import DatabaseAway


async def find_missing(context: Context) -> str | None:
    """What is missing, in words for operators; None when nothing is."""
    try:
        async with context.database.connection() as connection:
            if await token_keys.active_id(connection) is None:
                return "no key for access tokens is in use yet (role timers)"
    except DatabaseAway as error:
        return str(error)
    return None
