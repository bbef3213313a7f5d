"""What proves that a record is in the log: its exact bytes, its place, a path of hashes, a signed and stamped head."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from lienthong.common.database import Connection
from lienthong.common.evidence.parts import ProvenRecord
from lienthong.common.merkle import paths_to, root_by
from lienthong.common.messages.evidence import BlockHead
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
    """By object, the first record of one of these acts that is in a block.

    What is in none yet is left out, and so is what a block no longer proves: a dump restored into a new cluster mixes
    new records among old ones, until operators have seen to it.
    """
    rows = {row["object"]: row for row in reversed(await connection.fetch(_FIND, objects, acts))}
    blocks: defaultdict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in rows.values():
        blocks[row["block"]].append(row)
    found: dict[str, ProvenRecord] = {}
    # One after the other: a block has thousands of leaves, a document much spoken of stands in hundreds of blocks.
    for block, wanted in blocks.items():
        leaves = await connection.fetch(_LEAVES, block)
        found |= await asyncio.to_thread(_prove, wanted, leaves)
    return found


def _prove(wanted: Sequence[asyncpg.Record], leaves: Sequence[asyncpg.Record]) -> dict[str, ProvenRecord]:
    """Records of one block, whose tree is built once; hashing it would hold up everything else in the process."""
    places, digests = {leaf["id"]: place for place, leaf in enumerate(leaves)}, [leaf["leaf"] for leaf in leaves]
    positions = [places[row["id"]] for row in wanted]
    paths = paths_to(digests, positions)
    head = BlockHead[str].model_validate_json(wanted[0]["head"])
    if root_by(digests[positions[0]], positions[0], head.count, paths[0]) != bytes.fromhex(head.root):
        return {}
    return {
        row["object"]: ProvenRecord(
            entry=row["entry"],
            block=row["block"],
            position=position,
            path=tuple(path),
            head=SignedBytes(row["head"], row["head_jws"]),
            stamp=row["stamp"],
        )
        for row, position, path in zip(wanted, positions, paths, strict=True)
    }
