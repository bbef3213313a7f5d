"""accounts.agency.v1: who may send and receive."""

from lienthong.common.database import Connection
from lienthong.common.inbox import VerifiedEvent
from lienthong.common.messages.accounts import AgencyChanged
from lienthong.exchange.domain.submission import KnownAgency
from lienthong.exchange.store import agencies


async def on_agency_changed(connection: Connection, verified: VerifiedEvent[AgencyChanged]) -> None:
    """Keep the agency; one that is new gets its inboxes."""
    told = verified.event.data
    await agencies.put(connection, KnownAgency.told(told), told.version)
