"""Whom to call about an incident at an agency (N9): told to agencies' systems and operators, not to the public."""

from uuid import UUID

from lienthong.common.database import Database
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.exchange.domain.contacts import NoSuchAgency
from lienthong.exchange.store import agencies


class FindContact:
    """Reads what accounts told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, agency_id: UUID) -> ContactOfficer | None:
        """The agency's contact officer; None where it has named nobody. Raises NoSuchAgency."""
        async with self._database.connection() as connection:
            known = (await agencies.find(connection, [agency_id])).get(agency_id)
        if known is None:
            raise NoSuchAgency
        return known.contact_officer
