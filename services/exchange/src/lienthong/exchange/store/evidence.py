"""What is known of one document at one recipient, byte for byte: for those who must prove it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.evidence import RevocationPart
from lienthong.common.messages.document import Lane
from lienthong.common.signing import SignedBytes
from lienthong.common.sources import EXCHANGE
from lienthong.exchange.domain.notices import EXCHANGE_ITSELF
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.states import DeliveryState
from lienthong.exchange.domain.submission import MessageKey

# An entry without a state is no document.
_SEE: Final = """
    SELECT m.id, m.subject, m.lane, d.n, coalesce(w.state, d.state) AS state
    FROM message AS m JOIN delivery AS d ON d.message = m.id AND d.recipient = $3
         LEFT JOIN withheld_version AS w ON (w.message, w.recipient) = (d.message, d.recipient)
    WHERE m.sender = $1 AND m.message_id = $2 AND d.state IS NOT NULL
"""
_DOCUMENT: Final = """
    SELECT id, sender, message_id, accepted_at, payload, jws, receipt, receipt_jws FROM message WHERE id = $1
"""
# What was said about the document at this recipient: statuses; what was asked about it, or by it, answered, removed;
# and what the exchange itself told its sender. `withheld` is what the recipient may no longer read.
_CONCERNED: Final = """
    WITH asked AS (
        SELECT message, answer, removal, document FROM change_request
        WHERE recipient = $2 AND (document = $1 OR message = $1)
    ), concerned AS (
        SELECT message AS id FROM status WHERE document = $1 AND recipient = $2
        UNION SELECT message FROM asked WHERE document = $1
        UNION SELECT answer FROM asked
        UNION SELECT removal FROM asked
        UNION SELECT told.id FROM message AS told
              WHERE told.sender = $3 AND told.subject IN (
                  SELECT m.subject FROM message AS m WHERE m.id = $1 OR m.id IN (SELECT message FROM asked)
              ) AND convert_from(told.payload, 'UTF8')::jsonb #>> '{data,recipient,agency_id}' = $2::text
    )
"""
_BESIDE_BYTES: Final = f"""
    {_CONCERNED} SELECT coalesce(sum(octet_length(m.payload)), 0) FROM concerned JOIN message AS m USING (id)
"""  # noqa: S608  constants
_BESIDE: Final = f"""
    {_CONCERNED}
    SELECT m.id, m.sender, m.message_id, m.accepted_at, m.payload, m.jws, m.receipt, m.receipt_jws,
           coalesce(coalesce(w.state, d.state) = ANY($4::text[]), false) AS withheld
    FROM concerned JOIN message AS m USING (id) LEFT JOIN delivery AS d ON d.message = m.id AND d.recipient = $2
         LEFT JOIN withheld_version AS w ON (w.message, w.recipient) = (d.message, d.recipient)
    ORDER BY m.accepted_at, m.id
"""  # noqa: S608  constants
_ACKNOWLEDGED: Final = """
    SELECT n, receipt, receipt_jws FROM acknowledgement
    WHERE agency_id = $1 AND lane = $2 AND n >= $3 ORDER BY n LIMIT 1
"""
_BETWEEN: Final = """
    SELECT m.sha256 FROM delivery AS d JOIN message AS m ON m.id = d.message
    WHERE d.recipient = $1 AND d.lane = $2 AND d.n > $3 AND d.n <= $4 ORDER BY d.n
"""
_CERTIFICATES: Final = "SELECT fingerprint, event, event_jws FROM certificate WHERE fingerprint = ANY($1::text[])"
# Of each authority the list that held at each of these times, and its newest one.
_LISTS: Final = """
    SELECT DISTINCT issuer, found.version, found.crl
    FROM unnest($1::text[]) AS issuer CROSS JOIN unnest($2::timestamptz[] || 'infinity'::timestamptz) AS moment
    CROSS JOIN LATERAL (
        SELECT version, crl FROM revocation_list AS r
        WHERE r.issuer = issuer.issuer AND r.this_update <= moment.moment ORDER BY version DESC LIMIT 1
    ) AS found
"""


@dataclass(frozen=True, slots=True)
class SeenDelivery:
    """A document (by the id of its row) at one recipient."""

    message: UUID
    subject: UUID
    lane: Lane
    n: int
    state: DeliveryState


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message as it was accepted. `source` is who said it."""

    source: str
    message_id: UUID
    accepted_at: datetime
    message: SignedBytes
    receipt: SignedBytes
    withheld: bool

    @property
    def object(self) -> str:
        """What the audit log calls it."""
        return f"{self.source}/messages/{self.message_id}"


async def see(connection: Connection, document: MessageKey, recipient: UUID) -> SeenDelivery | None:
    """The document at this recipient, if it was sent there."""
    row = await connection.fetchrow(_SEE, *document, recipient)
    if row is None:
        return None
    return SeenDelivery(row["id"], row["subject"], Lane(row["lane"]), row["n"], DeliveryState(row["state"]))


async def read_document(connection: Connection, message: UUID) -> KeptMessage:
    """The message in this row."""
    row = await connection.fetchrow(_DOCUMENT, message)
    if row is None:
        raise LookupError("a message is never removed")
    return _kept(row, withheld=False)


async def measure_beside(connection: Connection, message: UUID, recipient: UUID) -> int:
    """How many bytes were said about the document at this recipient."""
    return int(await connection.fetchval(_BESIDE_BYTES, message, recipient, EXCHANGE_ITSELF) or 0)


async def read_beside(
    connection: Connection, message: UUID, recipient: UUID, withheld: Collection[DeliveryState]
) -> list[KeptMessage]:
    """What was said about the document at this recipient, in the order of acceptance."""
    rows = await connection.fetch(_BESIDE, message, recipient, EXCHANGE_ITSELF, sorted(withheld))
    return [_kept(row, withheld=row["withheld"]) for row in rows]


async def find_acknowledged(connection: Connection, inbox: InboxKey, n: int) -> tuple[int, SignedBytes] | None:
    """The first delivery receipt that covers entry `n`, and its number."""
    row = await connection.fetchrow(_ACKNOWLEDGED, *inbox, n)
    return None if row is None else (row["n"], SignedBytes(row["receipt"], row["receipt_jws"]))


async def hashes_between(connection: Connection, inbox: InboxKey, after: int, up_to: int) -> list[bytes]:
    """Hashes of the entries behind `after` up to `up_to`."""
    return [row["sha256"] for row in await connection.fetch(_BETWEEN, *inbox, after, up_to)]


async def find_certificates(connection: Connection, fingerprints: Collection[str]) -> Mapping[str, SignedBytes]:
    """What accounts said last about these certificates."""
    rows = await connection.fetch(_CERTIFICATES, list(fingerprints))
    return {row["fingerprint"]: SignedBytes(row["event"], row["event_jws"]) for row in rows}


async def find_lists(
    connection: Connection, issuers: Collection[str], times: Sequence[datetime]
) -> list[RevocationPart]:
    """Revocation lists of these authorities as of these times, and the newest ones."""
    rows = await connection.fetch(_LISTS, list(issuers), list(times))
    return [RevocationPart(row["issuer"], row["version"], row["crl"]) for row in rows]


def _kept(row: asyncpg.Record, *, withheld: bool) -> KeptMessage:
    own = row["sender"] == EXCHANGE_ITSELF
    return KeptMessage(
        source=EXCHANGE if own else f"/agencies/{row['sender']}",
        message_id=row["message_id"],
        accepted_at=row["accepted_at"],
        message=SignedBytes(row["payload"], row["jws"]),
        receipt=SignedBytes(row["receipt"], row["receipt_jws"]),
        withheld=withheld,
    )
