"""An agency reads what it has registered and what it has entered late: its own, nobody else's."""

from collections.abc import Sequence
from uuid import UUID

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.exchange.domain.errors import RegistrationNotFound
from lienthong.exchange.store import late_entries, registrations
from lienthong.exchange.store.late_entries import KeptLateEntry
from lienthong.exchange.store.registrations import Registered, RegisteredInShort
from lienthong.exchange.usecases.records import done_by


class ReadRegisters:
    """Pages go back in time: what is added while somebody reads them moves none of them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def registrations(self, caller: Caller, before: UUID | None, most: int) -> Sequence[RegisteredInShort]:
        """Registrations, the newest first, behind the one whose message id is named."""
        async with self._database.transaction() as connection:
            found = await registrations.read_page(connection, caller.agency_id, before, most)
            # Number, symbol and subject of a document are content: who read them is known.
            record = done_by(caller, "registration.list", "registrations", self._clock.now(), count=len(found))
            await write_audit(connection, record)
        return found

    async def registration(self, caller: Caller, message_id: UUID) -> Registered:
        """One registration. Raises RegistrationNotFound, also where it is another agency's."""
        async with self._database.transaction() as connection:
            found = await registrations.find(connection, caller.agency_id, message_id)
            if found is None:
                raise RegistrationNotFound
            path = f"registrations/{message_id}"
            await write_audit(connection, done_by(caller, "registration.read", path, self._clock.now()))
        return found

    async def late_entries(self, caller: Caller, before: UUID | None, most: int) -> Sequence[KeptLateEntry]:
        """Late entries, the newest first, behind the one whose message id is named."""
        async with self._database.connection() as connection:
            return await late_entries.read_page(connection, caller.agency_id, before, most)
