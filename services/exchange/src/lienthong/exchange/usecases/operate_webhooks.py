"""Operators look after webhooks: which do not fare well, and since when. URLs and answers are their agencies' own."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.domain.webhook_errors import WebhookNotFound
from lienthong.exchange.store import webhook_attempts, webhooks
from lienthong.exchange.store.webhook_attempts import Attempt
from lienthong.exchange.store.webhooks import ListedWebhook


@dataclass(frozen=True, slots=True)
class ShownWebhook:
    """A webhook and its newest attempts."""

    listed: ListedWebhook
    attempts: Sequence[Attempt]


class OperateWebhooks:
    """On the host of the exchange; who may read its settings may do this."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, *, every: bool, most: int) -> list[ListedWebhook]:
        """Those that fail, or are disabled, the longest first; or every one."""
        async with self._database.connection() as connection:
            return await webhooks.list_all(connection, troubled=not every, most=most)

    async def show(self, inbox: InboxKey, *, most: int) -> ShownWebhook:
        """One, with its newest attempts. Raises WebhookNotFound."""
        async with self._database.transaction() as connection:
            of_agency = await webhooks.list_all(connection, agency_id=inbox.agency_id)
            found = [each for each in of_agency if each.webhook.inbox == inbox]
            if not found:
                raise WebhookNotFound
            attempts = await webhook_attempts.read(connection, inbox, before=None, most=most)
        return ShownWebhook(found[0], attempts)

    async def resume(self, inbox: InboxKey, *, who: str, reason: str) -> None:
        """Close its circuit and have it tried at once; active again where it was disabled. Raises WebhookNotFound."""
        async with self._database.transaction() as connection:
            now = self._clock.now()
            if not await webhooks.resume(connection, inbox, now):
                raise WebhookNotFound
            record = AuditRecord(
                at=now,
                who=who,
                act="webhook.resume",
                object=f"{source_of(inbox.agency_id)}/inbox/{inbox.lane}/webhook",
                outcome=Outcome.DONE,
                details={"reason": reason},
            )
            await write_audit(connection, record)


def host_of(url: str) -> str:
    """What operators see of an endpoint: its path may hold a secret."""
    return urlsplit(url).hostname or ""
