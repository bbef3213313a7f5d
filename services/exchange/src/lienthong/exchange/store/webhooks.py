"""Webhooks as their agencies registered them, how far each was taken, and how it fares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.webhooks import Circuit, Condition, Disabled

_LOCK_INBOX: Final = "SELECT n FROM agency_inbox WHERE agency_id = $1 AND lane = $2 FOR KEY SHARE"
_READ: Final = """
    SELECT agency_id, lane, registration, registered_at, client_id, url, n, page_id, page_to, state, disabled_cause,
           circuit, failures, failing_since, slow, next_attempt_at
    FROM webhook WHERE agency_id = $1 AND lane = $2
"""
_ACKNOWLEDGED: Final = "SELECT coalesce(max(n), 0) FROM acknowledgement WHERE agency_id = $1 AND lane = $2"
# A page under way keeps its id, unless the cursor is set: then there is no such page any more.
_PUT: Final = """
    INSERT INTO webhook AS w (agency_id, lane, registration, registered_at, client_id, url, n, state, circuit,
                              failures, slow, next_attempt_at)
    VALUES ($1, $2, $3, $4, $5, $6, coalesce($7::bigint, $8::bigint), 'active', 'closed', 0, false, $4)
    ON CONFLICT (agency_id, lane) DO UPDATE SET
        registration = excluded.registration, registered_at = excluded.registered_at, client_id = excluded.client_id,
        url = excluded.url, n = coalesce($7::bigint, w.n),
        page_id = CASE WHEN $7::bigint IS NULL THEN w.page_id END,
        page_to = CASE WHEN $7::bigint IS NULL THEN w.page_to END,
        state = 'active', disabled_cause = NULL, circuit = 'closed', failures = 0, failing_since = NULL, slow = false,
        next_attempt_at = excluded.next_attempt_at
"""
_REMOVE: Final = "DELETE FROM webhook WHERE agency_id = $1 AND lane = $2 RETURNING url"
_RESUME: Final = """
    UPDATE webhook SET state = 'active', disabled_cause = NULL, circuit = 'closed', failures = 0, failing_since = NULL,
                       slow = false, next_attempt_at = $3, client_id = coalesce($4::uuid, client_id)
    WHERE agency_id = $1 AND lane = $2
"""
_FIX_PAGE: Final = "UPDATE webhook SET page_id = $3, page_to = $4 WHERE agency_id = $1 AND lane = $2"
_MOVE: Final = """
    UPDATE webhook SET n = page_to, page_id = NULL, page_to = NULL
    WHERE agency_id = $1 AND lane = $2 AND page_id = $3
"""
_FARE: Final = """
    UPDATE webhook SET circuit = $3, failures = $4, failing_since = $5, next_attempt_at = $6, slow = $7,
                       disabled_cause = $8, state = CASE WHEN $8::text IS NULL THEN 'active' ELSE 'disabled' END
    WHERE agency_id = $1 AND lane = $2
"""
_LIST: Final = """
    SELECT w.agency_id, w.lane, w.registration, w.registered_at, w.client_id, w.url, w.n, w.page_id, w.page_to,
           w.state, w.disabled_cause, w.circuit, w.failures, w.failing_since, w.slow, w.next_attempt_at,
           i.n AS last
    FROM webhook AS w JOIN agency_inbox AS i USING (agency_id, lane)
    WHERE ($1::uuid IS NULL OR w.agency_id = $1) AND (NOT $2 OR w.failures > 0 OR w.state = 'disabled')
    ORDER BY w.failing_since NULLS LAST, w.agency_id, w.lane DESC LIMIT $3
"""
_TROUBLES: Final = """
    SELECT count(*) FILTER (WHERE failures > 0) AS failing, count(*) FILTER (WHERE circuit <> 'closed') AS open,
           count(*) FILTER (WHERE state = 'disabled') AS disabled
    FROM webhook
"""
# What the endpoint has taken, or its agency acknowledged, does not wait for the webhook any more.
_HINDRANCES: Final = """
    SELECT w.agency_id, w.state, w.failing_since, w.next_attempt_at
    FROM webhook AS w JOIN delivery AS d ON d.recipient = w.agency_id AND d.lane = w.lane
    WHERE d.message = $1 AND ($2::uuid IS NULL OR d.recipient = $2) AND d.n > w.n
      AND (w.state = 'disabled' OR w.failures > 0)
      AND NOT EXISTS (
          SELECT FROM acknowledgement AS a WHERE a.agency_id = w.agency_id AND a.lane = w.lane AND a.n >= d.n
      )
"""


@dataclass(frozen=True, slots=True)
class PageUnderWay:
    """The entries under way, up to number `to`, and the id they go under until they are taken."""

    id: UUID
    to: int


@dataclass(frozen=True, slots=True)
class Registration:
    """Who had the inbox brought where; `id` is another one each time."""

    id: UUID
    at: datetime
    client_id: UUID
    url: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """One agency's webhook in one lane."""

    inbox: InboxKey
    registration: Registration
    n: int
    page: PageUnderWay | None
    condition: Condition


@dataclass(frozen=True, slots=True)
class ListedWebhook:
    """A webhook beside the end of its inbox, as operators see it."""

    webhook: Webhook
    last: int


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a document has not come to its recipient: its webhook is disabled, or failing since a time."""

    disabled: bool
    failing_since: datetime | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class Troubles:
    """How many webhooks do not fare well."""

    failing: int
    open: int
    disabled: int


async def last_entry(connection: Connection, inbox: InboxKey) -> int | None:
    """The end of an inbox; None where there is no such inbox. It stays until the end of the transaction."""
    return await connection.fetchval(_LOCK_INBOX, *inbox)


async def put(connection: Connection, inbox: InboxKey, registration: Registration, n: int | None) -> None:
    """Register, or register anew. Without `n` the cursor stays, or begins behind what was acknowledged."""
    acknowledged = await connection.fetchval(_ACKNOWLEDGED, *inbox)
    await connection.execute(
        _PUT,
        *inbox,
        registration.id,
        registration.at,
        registration.client_id,
        registration.url,
        n,
        acknowledged,
    )


async def find(connection: Connection, inbox: InboxKey) -> Webhook | None:
    """The webhook of an inbox."""
    row = await connection.fetchrow(_READ, *inbox)
    return None if row is None else _webhook(row)


async def lock(connection: Connection, inbox: InboxKey, holder: UUID) -> Webhook | None:
    """The same, locked until the end of the transaction; None where this process is not its holder (any more)."""
    row = await connection.fetchrow(f"{_READ} AND holder = $3 FOR UPDATE", *inbox, holder)
    return None if row is None else _webhook(row)


async def remove(connection: Connection, inbox: InboxKey) -> str | None:
    """Remove the webhook; the URL it had."""
    return await connection.fetchval(_REMOVE, *inbox)


async def resume(connection: Connection, inbox: InboxKey, now: datetime, client_id: UUID | None = None) -> bool:
    """Active from now on, its circuit closed; `client_id` answers for it from now on. False where there is none."""
    return await connection.execute(_RESUME, *inbox, now, client_id) != "UPDATE 0"


async def fix_page(connection: Connection, inbox: InboxKey, page: PageUnderWay) -> None:
    """From now on these entries go under this id."""
    await connection.execute(_FIX_PAGE, *inbox, page.id, page.to)


async def move(connection: Connection, inbox: InboxKey, page: PageUnderWay) -> None:
    """The page was taken: the cursor stands behind it."""
    await connection.execute(_MOVE, *inbox, page.id)


async def fare(connection: Connection, inbox: InboxKey, condition: Condition) -> None:
    """Write down how the webhook fares."""
    await connection.execute(
        _FARE,
        *inbox,
        condition.circuit,
        condition.failures,
        condition.failing_since,
        condition.next_attempt_at,
        condition.slow,
        condition.disabled,
    )


async def list_all(
    connection: Connection, *, agency_id: UUID | None = None, troubled: bool = False, most: int = 100
) -> list[ListedWebhook]:
    """Webhooks, those that have failed longest first; of one agency, or only those in trouble."""
    rows = await connection.fetch(_LIST, agency_id, troubled, most)
    return [ListedWebhook(_webhook(row), row["last"]) for row in rows]


async def count_troubles(connection: Connection) -> Troubles:
    """How many do not fare well."""
    row = await connection.fetchrow(_TROUBLES)
    return Troubles(row["failing"], row["open"], row["disabled"]) if row else Troubles(0, 0, 0)


async def find_hindrances(connection: Connection, message: UUID, only: UUID | None) -> Mapping[UUID, Hindrance]:
    """Recipients of a document, or this one alone, whom a webhook keeps from having it."""
    return {
        row["agency_id"]: Hindrance(
            disabled=row["state"] == "disabled",
            failing_since=row["failing_since"],
            next_attempt_at=None if row["state"] == "disabled" else row["next_attempt_at"],
        )
        for row in await connection.fetch(_HINDRANCES, message, only)
    }


def _webhook(row: asyncpg.Record) -> Webhook:
    return Webhook(
        inbox=InboxKey(row["agency_id"], Lane(row["lane"])),
        registration=Registration(row["registration"], row["registered_at"], row["client_id"], row["url"]),
        n=row["n"],
        page=None if row["page_id"] is None else PageUnderWay(row["page_id"], row["page_to"]),
        condition=Condition(
            circuit=Circuit(row["circuit"]),
            failures=row["failures"],
            failing_since=row["failing_since"],
            next_attempt_at=row["next_attempt_at"],
            slow=row["slow"],
            disabled=None if row["disabled_cause"] is None else Disabled(row["disabled_cause"]),
        ),
    )
