"""What proves that a record is in the log: its exact bytes, its place, a path of hashes, a signed and stamped head."""

from collections.abc import Mapping, Sequence
from typing import Final

from lienthong.common.database import Connection
from lienthong.common.evidence.parts import ProvenRecord
from lienthong.common.merkle import path_to
from lienthong.common.signing import SignedBytes

# The block of a record is the first one that ends at it or behind it.
_FIND: Final = """
    SELECT a.id, a.object, a.entry, b.block, b.head, b.head_jws, b.stamp
    FROM audit AS a CROSS JOIN LATERAL (
        SELECT * FROM audit_block AS b WHERE (b.last_tx, b.last_id) >= (a.tx, a.id)
        ORDER BY b.last_tx, b.last_id LIMIT 1
    ) AS b
    WHERE a.object = ANY($1::text[]) AND a.act = ANY($2::text[]) AND a.outcome = 'done'
    ORDER BY a.at, a.id
"""
_LEAVES: Final = """
    SELECT a.id, a.leaf FROM audit_block AS b LEFT JOIN audit_block AS p ON p.block = b.before
    CROSS JOIN LATERAL (
        SELECT id, leaf, tx FROM audit
        WHERE (tx, id) <= (b.last_tx, b.last_id)
          AND (tx, id) > (coalesce(p.last_tx, '0'::xid8), coalesce(p.last_id, '00000000-0000-0000-0000-000000000000'))
    ) AS a
    WHERE b.block = $1
    ORDER BY a.tx, a.id
"""


async def prove(connection: Connection, objects: Sequence[str], acts: Sequence[str]) -> Mapping[str, ProvenRecord]:
    """By object, the first record of one of these acts that is in a block; what is in none yet is left out."""
    rows = {row["object"]: row for row in reversed(await connection.fetch(_FIND, objects, acts))}
    leaves = {block: await connection.fetch(_LEAVES, block) for block in {row["block"] for row in rows.values()}}
    found: dict[str, ProvenRecord] = {}
    for name, row in rows.items():
        beside = leaves[row["block"]]
        position = next(place for place, leaf in enumerate(beside) if leaf["id"] == row["id"])
        found[name] = ProvenRecord(
            entry=row["entry"],
            block=row["block"],
            position=position,
            path=tuple(path_to([leaf["leaf"] for leaf in beside], position)),
            head=SignedBytes(row["head"], row["head_jws"]),
            stamp=row["stamp"],
        )
    return found
