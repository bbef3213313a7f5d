"""An agency says where its inbox is to be brought, and sees how that fares: step 10.5 of docs/way-of-a-document.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.endpoints import Endpoint, EndpointPolicy
from lienthong.exchange.domain.errors import CursorBeyondEnd
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.webhook_errors import WebhookNotFound
from lienthong.exchange.store import webhook_attempts, webhooks
from lienthong.exchange.store.webhook_attempts import Attempt
from lienthong.exchange.store.webhooks import Registration, Webhook
from lienthong.exchange.usecases.records import done_by


@dataclass(frozen=True, slots=True)
class WebhookState:
    """A webhook beside the end of its inbox."""

    webhook: Webhook
    last: int


class ManageWebhook:
    """Every act is about the caller's own inbox: no other can be named."""

    def __init__(self, database: Database, clock: Clock, *, policy: EndpointPolicy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    async def put(self, caller: Caller, lane: Lane, url: str, after: int | None) -> WebhookState:
        """Register, or register anew; a webhook that was disabled or failing begins afresh.

        `after` sets the cursor; without it a known one stays, and a new one begins behind what was acknowledged.
        Raises EndpointRefused, CursorBeyondEnd.
        """
        # 10.5 Read in one way, strictly; where it leads is looked at again with every connection.
        endpoint = Endpoint.read(url, self._policy)
        inbox, now = InboxKey(caller.agency_id, lane), self._clock.now()
        async with self._database.transaction() as connection:
            last = await webhooks.last_entry(connection, inbox)
            if last is None or (after or 0) > last:
                raise CursorBeyondEnd
            registration = Registration(uuid4(), now, caller.client_id, endpoint.url)
            await webhooks.put(connection, inbox, registration, after)
            record = done_by(caller, "webhook.set", f"inbox/{lane}/webhook", now, host=endpoint.host, after=after)
            await write_audit(connection, record)
            return await self._read(connection, inbox)

    async def read(self, caller: Caller, lane: Lane) -> WebhookState:
        """The webhook as it fares. Raises WebhookNotFound."""
        async with self._database.transaction() as connection:
            return await self._read(connection, InboxKey(caller.agency_id, lane))

    async def remove(self, caller: Caller, lane: Lane) -> None:
        """Bring nothing any more. Raises WebhookNotFound."""
        async with self._database.transaction() as connection:
            if await webhooks.remove(connection, InboxKey(caller.agency_id, lane)) is None:
                raise WebhookNotFound
            await write_audit(connection, done_by(caller, "webhook.remove", f"inbox/{lane}/webhook", self._clock.now()))

    async def resume(self, caller: Caller, lane: Lane) -> WebhookState:
        """Close an open circuit and try now; active again where it was disabled. Raises WebhookNotFound."""
        inbox, now = InboxKey(caller.agency_id, lane), self._clock.now()
        async with self._database.transaction() as connection:
            if not await webhooks.resume(connection, inbox, now, caller.client_id):
                raise WebhookNotFound
            await write_audit(connection, done_by(caller, "webhook.resume", f"inbox/{lane}/webhook", now))
            return await self._read(connection, inbox)

    async def attempts(self, caller: Caller, lane: Lane, before: int | None, most: int) -> Sequence[Attempt]:
        """The newest attempts first, also those of a webhook that was removed since."""
        async with self._database.connection() as connection:
            return await webhook_attempts.read(connection, InboxKey(caller.agency_id, lane), before=before, most=most)

    async def _read(self, connection: Connection, inbox: InboxKey) -> WebhookState:
        found = await webhooks.find(connection, inbox)
        if found is None:
            raise WebhookNotFound
        return WebhookState(found, await webhooks.last_entry(connection, inbox) or 0)
