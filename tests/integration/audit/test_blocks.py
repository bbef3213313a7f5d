"""Records come into blocks once, in an order that no later commit changes; blocks are linked, signed, stamped, kept."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import asyncpg
import pytest

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.audit_log import AuditLogOutOfOrder, AuditSequencer, prove
from lienthong.common.audit_log.sequencer import Stamper
from lienthong.common.clock import Clock, SystemClock
from lienthong.common.database import COMMON_MIGRATIONS, Database, migrate
from lienthong.common.merkle import root_by
from lienthong.common.messages.evidence import AuditHead, audit_next, audit_start, stamped_digest
from lienthong.common.telemetry import make_telemetry
from lienthong.common.testing.voice import Voice

AT = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)
VOICE = Voice(SystemClock())
EXCHANGE = VOICE.service("exchange")


@pytest.fixture
async def database(postgres_dsn: str) -> AsyncGenerator[Database]:
    await migrate(postgres_dsn, COMMON_MIGRATIONS)
    async with Database.open(postgres_dsn, name="test") as opened:
        yield opened


def record(name: str) -> AuditRecord:
    return AuditRecord(AT, "/services/exchange", "message.accept", f"/agencies/1/messages/{name}", Outcome.DONE)


def sequencer(
    database: Database, stamper: Stamper | None = None, most: int = 100, clock: Clock | None = None
) -> AuditSequencer:
    return AuditSequencer(
        database,
        EXCHANGE.signer.sign,
        stamper,
        clock or SystemClock(),
        make_telemetry("exchange"),
        service="exchange",
        environment="training",
        most_records=most,
    )


async def write(database: Database, *names: str) -> None:
    async with database.transaction() as connection:
        await write_audit(connection, *map(record, names))


async def heads(database: Database) -> list[AuditHead]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT head FROM audit_block ORDER BY block")
    return [AuditHead.model_validate_json(row["head"]) for row in rows]


async def settle(
    database: Database, stamper: Stamper | None = None, most: int = 100, clock: Clock | None = None
) -> None:
    """Until every record is in a block: transactions of other tests on this server hold blocks up."""
    async with asyncio.timeout(20):
        while True:
            await sequencer(database, stamper, most, clock)()
            async with database.connection() as connection:
                counted = "SELECT (SELECT count(*) FROM audit) = (SELECT coalesce(sum(count), 0) FROM audit_block)"
                if await connection.fetchval(counted):
                    return
            await asyncio.sleep(0.05)


async def stamp(digest: bytes) -> bytes:
    return b"stamp of " + digest


async def test_every_record_is_proven_once(database: Database) -> None:
    await write(database, *(f"a{n}" for n in range(7)))
    await settle(database, stamp, most=3)
    await write(database, "b")
    await settle(database, stamp, most=3)
    found = await heads(database)
    assert [(each.block, each.first, each.count) for each in found] == [(1, 1, 3), (2, 4, 3), (3, 7, 1), (4, 8, 1)]
    previous = audit_start("exchange")
    for each in found:
        assert each.previous == previous.hex()
        previous = audit_next(previous, bytes.fromhex(each.root), each.block, each.count)
        assert each.chain == previous.hex()
    async with database.connection() as connection:
        names = [record(name).object for name in ("a0", "a3", "a6", "b", "never")]
        proven = await prove(connection, names, ["message.accept"])
    assert proven.keys() == set(names[:4])
    for each in proven.values():
        head = AuditHead.model_validate_json(each.head.payload)
        assert root_by(hashlib.sha256(each.entry).digest(), each.position, head.count, each.path) == bytes.fromhex(
            head.root
        )
        assert each.stamp == b"stamp of " + stamped_digest(each.head.payload, each.head.jws)


async def test_nothing_can_come_in_front_of_a_block(database: Database) -> None:
    """A transaction that began earlier and commits later: blocks wait for it, whatever committed meanwhile."""
    async with database.connection() as slow, slow.transaction():
        await write_audit(slow, record("slow"))
        await write(database, "quick")
        assert not await sequencer(database).make_block()
        assert await heads(database) == []
    await settle(database)
    # One block, or two where somebody else's transaction in the same cluster was under way in between.
    assert sum(head.count for head in await heads(database)) == 2
    assert not await sequencer(database).make_block()


async def test_transactions_are_ordered_by_their_numbers_also_beyond_a_power_of_ten(database: Database) -> None:
    names = ["seven", "nine", "ten", "eleven"]
    async with database.connection() as connection:
        for name, tx in zip(names, ("7", "9", "10", "11"), strict=True):
            each = record(name)
            await connection.execute(
                "INSERT INTO audit (id, at, who, act, object, outcome, entry, tx)"
                " VALUES ($1, $2, $3, $4, $5, 'done', $6, $7::text::xid8)",
                *(each.id, each.at, each.who, each.act, each.object, each.to_bytes(), tx),
            )
    await settle(database, stamp, most=3)
    assert [each.count for each in await heads(database)] == [3, 1]
    async with database.connection() as connection:
        proven = await prove(connection, [record(name).object for name in names], ["message.accept"])
    for each in proven.values():
        head = AuditHead.model_validate_json(each.head.payload)
        found = root_by(hashlib.sha256(each.entry).digest(), each.position, head.count, each.path)
        assert found == bytes.fromhex(head.root)
    assert len(proven) == len(names)


async def test_what_an_authority_does_not_stamp_waits(database: Database) -> None:
    async def away(digest: bytes) -> bytes:
        raise OSError("away")

    await write(database, "a")
    await settle(database)
    with pytest.raises(OSError, match="away"):
        await sequencer(database, away)()
    async with database.connection() as connection:
        (proven,) = (await prove(connection, [record("a").object], ["message.accept"])).values()
        assert proven.stamp is None
    await settle(database, stamp)
    async with database.connection() as connection:
        (proven,) = (await prove(connection, [record("a").object], ["message.accept"])).values()
    assert proven.stamp is not None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_block SET stamp = 'another'",
        "UPDATE audit_block SET head = 'x'",
        "DELETE FROM audit_block",
        "TRUNCATE audit_block",
    ],
)
async def test_the_database_refuses_to_change_blocks(database: Database, statement: str) -> None:
    await write(database, "a")
    await settle(database, stamp)
    async with database.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_after_a_dump_was_restored_no_block_is_made(database: Database) -> None:
    await write(database, "a")
    await settle(database, stamp)
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE audit_block DISABLE TRIGGER ALL")
        await connection.execute("UPDATE audit_block SET last_tx = '9000000000000'")
    with pytest.raises(AuditLogOutOfOrder):
        await sequencer(database).make_block()


async def test_records_that_were_numbered_anew_spoil_no_proof(database: Database) -> None:
    """They come to stand among those of old blocks: then nothing is proven rather than something wrong."""
    await write(database, "a", "b")
    await settle(database, stamp)
    late = record("late")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO audit (id, at, who, act, object, outcome, entry, tx)"
            " VALUES ($1, $2, $3, $4, $5, 'done', $6, '1'::xid8)",
            *(late.id, late.at, late.who, late.act, late.object, late.to_bytes()),
        )
        names = [record(name).object for name in ("a", "b", "late")]
        assert await prove(connection, names, ["message.accept"]) == {}
