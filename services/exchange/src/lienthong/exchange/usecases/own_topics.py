"""Entries of inboxes whose agencies have topics of their own: what a page puts into the outbox for them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.common.messages.topics import own_topic
from lienthong.common.outbox import Outgoing
from lienthong.exchange.store import own_topics
from lienthong.exchange.store.inboxes import Delivery


async def entries_for_own_topics(
    connection: Connection, deliveries: Sequence[Delivery], traces: Mapping[UUID, str | None] | None = None
) -> list[Outgoing]:
    """One row for each entry of an inbox whose topic is open; the counters are locked, `traces` are by message."""
    if not deliveries:
        return []
    # 10.4 Whoever opens or ends a topic locks the counter, too: each entry is put there exactly once, in its order.
    ready = await own_topics.open_among(connection, (delivery.inbox for delivery in deliveries))
    return [
        Outgoing(
            own_topic(*delivery.inbox).name,
            str(delivery.inbox.agency_id),
            delivery.message,
            (traces or {}).get(delivery.message),
        )
        for delivery in deliveries
        if delivery.inbox in ready
    ]
