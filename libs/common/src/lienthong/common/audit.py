"""Audit records: written in the transaction of the act, unlinked, never changed.

The exact text of a record is canonical JSON (members sorted, compact, UTF-8, NFC); the database derives the leaf,
SHA-256 of those bytes. A record names who, what act, on which object and how it ended; it never holds content or the
subject of a document, so details are short and flat.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from lienthong.common.clock import to_text
from lienthong.common.database import Connection
from lienthong.common.ids import new_id

LONGEST_DETAIL: Final = 300
MOST_DETAILS: Final = 32

Detail = str | int | bool | None

_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)

_WRITE = """
    INSERT INTO audit (id, at, who, act, object, outcome, entry)
    SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
"""


class Outcome(StrEnum):
    """How an act ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One act. `who` and `object` are paths (`/agencies/<uuid>`, `/services/<name>`), `act` is `<thing>.<verb>`."""

    at: datetime
    who: str
    act: str
    object: str
    outcome: Outcome
    details: Mapping[str, Detail] = field(default_factory=dict[str, Detail])
    id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        if len(self.details) > MOST_DETAILS:
            raise ValueError(f"an audit record has at most {MOST_DETAILS} details")
        for name, value in self.details.items():
            if isinstance(value, str) and len(value) > LONGEST_DETAIL:
                raise ValueError(
                    f"the detail {name} is longer than {LONGEST_DETAIL} characters: details hold no content"
                )

    def to_bytes(self) -> bytes:
        """The exact bytes that are kept and hashed."""
        members = {
            "act": self.act,
            "at": to_text(self.at),
            "details": dict(self.details),
            "id": str(self.id),
            "object": self.object,
            "outcome": self.outcome.value,
            "who": self.who,
        }
        return unicodedata.normalize("NFC", _CANONICAL.encode(members)).encode()


async def write_audit(connection: Connection, *records: AuditRecord) -> None:
    """Add records to the transaction of their act."""
    await connection.execute(_WRITE, *_columns(records))


def _columns(records: Sequence[AuditRecord]) -> list[list[object]]:
    return [
        [record.id for record in records],
        [record.at for record in records],
        [record.who for record in records],
        [record.act for record in records],
        [record.object for record in records],
        [record.outcome.value for record in records],
        [record.to_bytes() for record in records],
    ]
