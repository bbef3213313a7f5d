"""The agency behind a request: it is in the register, and its last day is not over."""

from uuid import UUID

from lienthong.accounts.domain.errors import AgencyEnded, AgencyNotRegistered
from lienthong.accounts.domain.permissions import may_take_part
from lienthong.accounts.store import agencies
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import Agency


async def find_taking_part(connection: Connection, agency_id: UUID) -> Agency:
    """The agency. Raises AgencyNotRegistered, AgencyEnded."""
    agency = await agencies.find(connection, agency_id)
    if agency is None:
        raise AgencyNotRegistered
    if not may_take_part(agency):
        raise AgencyEnded
    return agency
