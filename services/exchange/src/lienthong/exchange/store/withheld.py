"""Versions of documents that are withheld with the one that stood: taken back or revoked, all of them are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lienthong.common.database import Connection
from lienthong.exchange.domain.states import DeliveryState

# Each subject is looked through once, however many recipients are concerned.
_WITHHOLD: Final = """
    WITH ended AS MATERIALIZED (
        SELECT m.sender, m.subject, ended.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
               AS ended (document, recipient, request, state) JOIN message AS m ON m.id = ended.document
    ), version AS MATERIALIZED (
        SELECT m.sender, m.subject, d.message, d.recipient
        FROM (SELECT DISTINCT sender, subject FROM ended) AS named
             JOIN message AS m USING (sender, subject)
             JOIN LATERAL (
                 SELECT message, recipient FROM delivery WHERE message = m.id AND state = ANY($5::text[]) OFFSET 0
             ) AS d ON true
    )
    INSERT INTO withheld_version (message, recipient, request, state)
    SELECT message, recipient, request, state FROM version JOIN ended USING (sender, subject, recipient)
    ON CONFLICT DO NOTHING
"""
_SUPERSEDED: Final = sorted(
    {
        DeliveryState.REFUSED,
        DeliveryState.UPDATED,
        DeliveryState.REPLACED,
        DeliveryState.EXPIRED,
        DeliveryState.DECLINED,
    }
)
"""What does not stand any more, and is readable all the same: what stands ends by a request of its own."""


@dataclass(frozen=True, slots=True)
class EndedDocument:
    """A delivery that is withheld from now on, and the request that did it (both by the ids of their rows)."""

    document: UUID
    recipient: UUID
    request: UUID
    state: DeliveryState


async def withhold_versions(connection: Connection, ended: Sequence[EndedDocument]) -> None:
    """With these documents all other versions of them are withheld from their recipients. They are locked."""
    await connection.execute(
        _WITHHOLD,
        [each.document for each in ended],
        [each.recipient for each in ended],
        [each.request for each in ended],
        [each.state for each in ended],
        _SUPERSEDED,
    )
