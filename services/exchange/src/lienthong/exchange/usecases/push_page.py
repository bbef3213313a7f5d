"""One attempt to bring a page of an inbox to its endpoint: steps 10.7 to 10.9 of docs/way-of-a-document.md."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.ids import new_id
from lienthong.common.sources import EXCHANGE
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.domain.webhooks import Circuit, Condition, Disabled, EndpointAnswer, RetryPolicy
from lienthong.exchange.store import acknowledgements, inboxes, webhook_attempts, webhook_senders, webhooks
from lienthong.exchange.store.inboxes import Behind, Entry, Withheld
from lienthong.exchange.store.webhook_attempts import Intent, Kind
from lienthong.exchange.store.webhooks import PageUnderWay, Webhook
from lienthong.exchange.usecases.post_page import PostPage

MayAct = Callable[[UUID, UUID], bool]

_EVERY_BYTE = 1 << 40

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What one request brings at most; a single entry is never too large."""

    entries: int = 100
    bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is about to be sent, as it stands in the tables already."""

    webhook: Webhook
    condition: Condition
    attempt: int
    kind: Kind
    id: UUID
    entries: Sequence[Entry | Withheld]
    link: Link


class PushPage:
    """Intent first: page, id and attempt are stored before anything leaves. After any crash the same page goes again
    under the same id; entries are never passed over.
    """

    def __init__(
        self,
        database: Database,
        post: PostPage,
        clock: Clock,
        *,
        may_act: MayAct,
        retries: RetryPolicy,
        limits: PageLimits,
    ) -> None:
        self._database = database
        self._post = post
        self._clock = clock
        self._may_act = may_act
        self._retries = retries
        self._limits = limits

    async def prepare(self, inbox: InboxKey, sender: UUID) -> Prepared | None:
        """Fix what is sent; None where nothing is to be sent (any more)."""
        async with self._database.transaction() as connection:
            webhook = await webhooks.lock(connection, inbox, sender)
            if webhook is None:
                return None
            now = self._clock.now()
            await webhook_attempts.interrupt(connection, inbox, now)
            if not self._may_act(webhook.registration.client_id, inbox.agency_id):
                disabled = replace(webhook.condition, disabled=Disabled.CLIENT_NOT_ACTIVE)
                await webhooks.fare(connection, inbox, disabled)
                log.warning("webhook disabled: its client may not act any more", agency=str(inbox.agency_id))
                return None
            condition = webhook.condition.begun()
            probes = webhook.condition.circuit is Circuit.OPEN
            return await (self._probe if probes else self._page)(connection, webhook, condition, now)

    async def send(self, prepared: Prepared) -> EndpointAnswer:
        """Send it. Raises MaterialRefused where the exchange's own certificate is over."""
        # 10.8 Resolved, looked at, connected to what was looked at; the exact body signed now, by the exchange.
        webhook = prepared.webhook
        return await self._post(webhook.registration.url, prepared.id, webhook.inbox, prepared.entries, prepared.link)

    async def settle(self, prepared: Prepared, answer: EndpointAnswer, sender: UUID) -> Condition:
        """Write down what came of it, and let the webhook go."""
        # 10.9 A 2xx in time moves the cursor; it acknowledges nothing. Anything else: the same page again, later.
        now, luck = self._clock.now(), random.random()  # noqa: S311 - jitter, not a secret
        page = prepared.kind is Kind.PAGE
        after = prepared.condition.after_page if page else prepared.condition.after_probe
        condition = after(answer, now, self._retries, luck)
        inbox = prepared.webhook.inbox
        async with self._database.transaction() as connection:
            webhook = await webhooks.lock(connection, inbox, sender)
            next_attempt_at = None if answer.taken or condition.disabled else condition.next_attempt_at
            await webhook_attempts.end(connection, prepared.attempt, answer, now, next_attempt_at)
            if webhook is not None and webhook.registration == prepared.webhook.registration:
                if page and answer.taken and webhook.page is not None:
                    await webhooks.move(connection, inbox, webhook.page)
                if webhook.condition == prepared.condition:  # nobody has resumed it meanwhile
                    await webhooks.fare(connection, inbox, condition)
            await webhook_senders.release(connection, inbox, sender)
        return condition

    async def _page(
        self, connection: Connection, webhook: Webhook, condition: Condition, now: datetime
    ) -> Prepared | None:
        # 10.7 The page is fixed before it leaves: repeated, it has the same entries and the same id.
        known, inbox = webhook.page, webhook.inbox
        most = self._limits.entries if known is None else known.to - webhook.n
        most_bytes = self._limits.bytes if known is None else _EVERY_BYTE
        [entries] = await inboxes.read(connection, [Behind(inbox, webhook.n, most)], most_bytes=most_bytes)
        if not entries:
            return None
        page = known or PageUnderWay(new_id(), entries[-1].link.n)
        first = entries[0].link.n
        if known is None:
            await webhooks.fix_page(connection, inbox, page)
            await acknowledgements.note_given(connection, inbox, page.to)
            await write_audit(connection, _put_on_record(webhook, page, first, now))
        number = await webhook_attempts.begin(connection, inbox, Intent(page.id, Kind.PAGE, (first, page.to)), now)
        return Prepared(webhook, condition, number, Kind.PAGE, page.id, entries, entries[-1].link)

    async def _probe(self, connection: Connection, webhook: Webhook, condition: Condition, now: datetime) -> Prepared:
        inbox, probe_id = webhook.inbox, new_id()
        await webhooks.fare(connection, inbox, condition)
        link = await inboxes.link_at(connection, inbox, webhook.n) or Link.first(inbox)
        number = await webhook_attempts.begin(connection, inbox, Intent(probe_id, Kind.PROBE), now)
        return Prepared(webhook, condition, number, Kind.PROBE, probe_id, (), link)


def _put_on_record(webhook: Webhook, page: PageUnderWay, first: int, now: datetime) -> AuditRecord:
    """Content leaves: to which client's endpoint, and what (N5)."""
    source, client = source_of(webhook.inbox.agency_id), str(webhook.registration.client_id)
    return AuditRecord(
        at=now,
        who=EXCHANGE,
        act="inbox.push",
        object=f"{source}/inbox/{webhook.inbox.lane}",
        outcome=Outcome.DONE,
        details={"client": client, "webhook": str(page.id), "first": first, "last": page.to},
    )
