"""Whenever a sequencer dies, alone or beside others: each record stands in one block, each block keeps its stamp."""

import asyncio
import hashlib
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.audit.dying import MOMENTS, MOST
from tests.integration.audit.test_blocks import record, sequencer, settle, stamp, write

from lienthong.common.audit import write_audit
from lienthong.common.audit_log import prove
from lienthong.common.database import COMMON_MIGRATIONS, Database, migrate
from lienthong.common.merkle import root_by
from lienthong.common.messages.evidence import AuditHead, audit_next, audit_start, stamped_digest
from lienthong.common.testing.evidence import MovingClock

pytestmark = pytest.mark.requirement("N5")


@pytest.fixture
async def database(postgres_dsn: str) -> AsyncGenerator[Database]:
    await migrate(postgres_dsn, COMMON_MIGRATIONS)
    async with Database.open(postgres_dsn, name="test") as opened:
        yield opened


@asynccontextmanager
async def dying(dsn: str) -> AsyncGenerator[Process]:
    command = (sys.executable, "-m", "tests.integration.audit.dying", dsn)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def die(process: Process, moment: str, occurrence: int) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{moment}:{occurrence}\n".encode())
    return int(await process.stdout.readline())


async def check_chain(database: Database, stamps: Mapping[int, bytes | None]) -> dict[int, bytes | None]:
    """Blocks follow each other without a gap, and no stamp is lost or another one than before; gives the stamps."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT block, head, head_jws, stamp FROM audit_block ORDER BY block")
    previous, following = audit_start("exchange"), 1
    for place, row in enumerate(rows, 1):
        head = AuditHead.model_validate_json(row["head"])
        assert (row["block"], head.block, head.first, head.previous) == (place, place, following, previous.hex())
        previous, following = (
            audit_next(previous, bytes.fromhex(head.root), place, head.count),
            head.first + head.count,
        )
        assert head.chain == previous.hex()
        assert row["stamp"] in (None, b"stamp of " + stamped_digest(row["head"], row["head_jws"]))
    found = {row["block"]: row["stamp"] for row in rows}
    assert {block: found[block] for block, token in stamps.items() if token is not None}.items() <= {*found.items()}
    return found


async def check_proofs(database: Database, names: list[str]) -> None:
    """Every record is proven, under a stamp."""
    async with database.connection() as connection:
        proven = await prove(connection, [record(name).object for name in names], ["message.accept"])
    assert len(proven) == len(names)
    for each in proven.values():
        head = AuditHead.model_validate_json(each.head.payload)
        leaf = hashlib.sha256(each.entry).digest()
        assert root_by(leaf, each.position, head.count, each.path) == bytes.fromhex(head.root)
        assert each.stamp is not None


@pytest.mark.timeout(60)
async def test_a_sequencer_killed_at_any_moment_leaves_a_log_that_the_next_one_carries_on(
    database: Database, postgres_dsn: str
) -> None:
    names: list[str] = []
    stamps: dict[int, bytes | None] = {}
    async with dying(postgres_dsn) as process:
        for moment in MOMENTS:
            for occurrence in (1, 2):
                new = [f"{moment}-{occurrence}-{n}" for n in range(MOST * occurrence + 1)]
                await write(database, *new)
                names += new
                assert await die(process, moment, occurrence) == -signal.SIGKILL, (moment, occurrence)
                stamps = await check_chain(database, stamps)
    await settle(database, stamp, most=MOST)
    await check_chain(database, stamps)
    await check_proofs(database, names)


@pytest.mark.timeout(60)
async def test_several_sequencers_beside_writers_that_commit_in_any_order_put_each_record_into_one_block(
    database: Database, postgres_dsn: str
) -> None:
    names = [f"r{n}" for n in range(40)]
    chance, written = random.Random(7), asyncio.Event()

    async def writer(name: str) -> None:
        async with database.transaction() as connection:
            await write_audit(connection, record(name))
            await asyncio.sleep(chance.random() / 5)  # commits late: others with higher numbers are there before

    async def sequencing() -> None:
        async with Database.open(postgres_dsn, name="another") as own:
            while not written.is_set():
                await sequencer(own, stamp, most=3)()
                await asyncio.sleep(0.005)

    async def writing() -> None:
        for begin in range(0, len(names), 8):
            await asyncio.gather(*(writer(name) for name in names[begin : begin + 8]))
        written.set()

    await asyncio.gather(writing(), sequencing(), sequencing(), sequencing())
    await settle(database, stamp, most=3)
    await check_chain(database, {})
    await check_proofs(database, names)


async def test_a_clock_that_goes_back_breaks_no_chain(database: Database) -> None:
    clock = MovingClock(datetime(2026, 11, 22, 2, 37, 6, 123000, UTC))
    stamps: dict[int, bytes | None] = {}
    for name, back in (("a", timedelta()), ("b", timedelta(hours=1)), ("c", timedelta(days=400))):
        clock.at -= back
        await write(database, name)
        await settle(database, stamp, clock=clock)
        stamps = await check_chain(database, stamps)
    await check_proofs(database, ["a", "b", "c"])
