"""What was entered late (N4) is kept beside its message, linked to the outage that its true time lies in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.exchange.domain.rules.late_entry import late_entry_of
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.store import late_entries, outages
from lienthong.exchange.store.late_entries import NewLateEntry


async def find_outages(connection: Connection, messages: Iterable[SealedMessage]) -> Mapping[datetime, int]:
    """The outages, by number, that the true times of late entries lie in; next to nothing where none is late."""
    times = {late.occurred_at for message in messages if (late := late_entry_of(message))}
    covering = await outages.find_covering(connection, times)
    return {moment: outage.number for moment, outage in covering.items()}


async def keep_late_entries(connection: Connection, stored: Sequence[tuple[UUID, SealedMessage]]) -> None:
    """11.5 Keep what these messages (by the ids of their rows) say of their being entered late."""
    late = [(row, message, told) for row, message in stored if (told := late_entry_of(message))]
    if not late:
        return
    known = await find_outages(connection, [message for _, message, _ in late])
    await late_entries.add(
        connection,
        [
            NewLateEntry(row, message.agency_id, message.event.type, told, known.get(told.occurred_at))
            for row, message, told in late
        ],
    )
