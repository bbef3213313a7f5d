"""An agency tests its endpoint: one signed head without entries goes out at once, and what came back is told."""

from uuid import UUID

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.http.faults import TooManyRequests
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.webhook_errors import WebhookBusy, WebhookNotFound
from lienthong.exchange.store import inboxes, webhook_attempts, webhooks
from lienthong.exchange.store.webhook_attempts import Attempt, Intent, Kind
from lienthong.exchange.usecases.places import Places
from lienthong.exchange.usecases.post_page import PostPage
from lienthong.exchange.usecases.records import done_by


class TryWebhook:
    """Changes nothing of the webhook: neither its cursor nor its circuit. `most` tests at a time, one of an agency."""

    def __init__(self, database: Database, post: PostPage, clock: Clock, *, most: int) -> None:
        self._database = database
        self._post = post
        self._clock = clock
        self._places = Places(most, 1)

    async def __call__(self, caller: Caller, lane: Lane) -> Attempt:
        """What came of it. Raises WebhookNotFound, WebhookBusy."""
        inbox, webhook_id = InboxKey(caller.agency_id, lane), new_id()
        try:
            with self._places.of(caller.agency_id):
                return await self._try(caller, inbox, webhook_id)
        except TooManyRequests as error:
            raise WebhookBusy(retry_after=5) from error

    async def _try(self, caller: Caller, inbox: InboxKey, webhook_id: UUID) -> Attempt:
        begun = self._clock.now()
        async with self._database.transaction() as connection:
            webhook = await webhooks.find(connection, inbox)
            if webhook is None:
                raise WebhookNotFound
            link = await inboxes.link_at(connection, inbox, webhook.n) or Link.first(inbox)
            await write_audit(connection, done_by(caller, "webhook.test", f"inbox/{inbox.lane}/webhook", begun))
        answer = await self._post(webhook.registration.url, webhook_id, inbox, (), link)
        async with self._database.transaction() as connection:
            number = await webhook_attempts.begin(connection, inbox, Intent(webhook_id, Kind.TEST), begun)
            await webhook_attempts.end(connection, number, answer, self._clock.now(), None)
            return await webhook_attempts.find(connection, number)
