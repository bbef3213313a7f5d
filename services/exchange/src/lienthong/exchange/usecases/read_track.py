"""Sender and recipients follow a document: step 7 of docs/way-of-a-document.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.document import Document
from lienthong.common.messages.envelope import read
from lienthong.common.messages.exchange import DocumentSent, Environment
from lienthong.common.messages.parts import Organization
from lienthong.exchange.domain.errors import DocumentNotFound
from lienthong.exchange.domain.permissions import Allowed, Denied, may_read_every_line, may_read_track
from lienthong.exchange.domain.submission import MessageKey
from lienthong.exchange.store import tracks, webhooks
from lienthong.exchange.store.tracks import TrackedDelivery, TrackedDocument, TrackedVersion
from lienthong.exchange.store.webhooks import Hindrance
from lienthong.exchange.usecases.records import done_by


@dataclass(frozen=True, slots=True)
class Track:
    """A document, those of its recipients and versions that the reader may see, in the document's order, as of `at`."""

    environment: Environment
    at: datetime
    key: MessageKey
    stored: TrackedDocument
    document: Document
    lines: Sequence[tuple[Organization, TrackedDelivery]]
    hindrances: Mapping[UUID, Hindrance]
    """Of recipients whose webhook keeps them from having the document."""
    versions: Sequence[TrackedVersion]


class ReadTrack:
    """Nothing tells whether a document exists whose track the agency may not read."""

    def __init__(self, database: Database, clock: Clock, *, environment: Environment) -> None:
        self._database = database
        self._clock = clock
        self._environment: Environment = environment

    async def __call__(self, caller: Caller, sender: UUID, message_id: UUID) -> Track:
        """The track of the document that `sender` sent in this message. Raises DocumentNotFound."""
        key = sender, message_id
        async with self._database.transaction() as connection:
            # 7.5 The sender sees every recipient, a recipient its own line.
            seen = await tracks.see(connection, key, caller.agency_id)
            if seen.message is None or isinstance(may_read_track(seen.ties), Denied):
                raise DocumentNotFound
            every_line = isinstance(may_read_every_line(seen.ties), Allowed)
            track = await self._read(connection, key, seen.message, None if every_line else caller.agency_id)
            # 7.6 Number, symbol and subject of a document are content: who read them is known.
            path = f"tracks/{sender}/{message_id}"
            await write_audit(connection, done_by(caller, "track.read", path, self._clock.now()))
        return track

    async def _read(self, connection: Connection, key: MessageKey, message: UUID, only: UUID | None) -> Track:
        stored = await tracks.read_document(connection, message)
        # 8.7 With each line what was asked, answered and removed there; beside them the versions of the document.
        deliveries = await tracks.read_deliveries(connection, message, only)
        versions = await tracks.read_versions(connection, message, only)
        document = read(stored.payload, DocumentSent, tolerant=True).data
        lines = [(named, deliveries[named.agency_id]) for named in document.to if named.agency_id in deliveries]
        hindrances = await webhooks.find_hindrances(connection, message, only)
        return Track(self._environment, self._clock.now(), key, stored, document, lines, hindrances, versions)
