"""The books of the exchange: what agencies saw stands in them, nothing else does, and they show one moment."""

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.reconcile import Books, Seen
from tests.integration.exchange.world import Agency, World

from lienthong.common.messages.document import Lane, Priority
from lienthong.common.messages.status import StatusCode
from lienthong.common.testing.daemon import plain_environment

pytestmark = pytest.mark.requirement("N10")


COMMAND = ("-m", "lienthong.sdk")
MEASURED = """
import re, runpy, sys
from pathlib import Path
try:
    runpy.run_module("lienthong.sdk", run_name="__main__", alter_sys=True)
finally:
    print(re.search("VmHWM:.*?([0-9]+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


def ran(province: Province, name: str, *arguments: str, code: int = 0, by: Sequence[str] = COMMAND) -> tuple[Any, str]:
    """What `lienthong books …` says on the exchange's host, and what it complains of."""
    done = subprocess.run(
        [sys.executable, *by, "books", *arguments, "--json"],
        env={**plain_environment(), **province.environment(name, 0)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout), done.stderr


def books(province: Province, name: str, *arguments: str, code: int = 0) -> Any:
    """What `lienthong books …` says."""
    return ran(province, name, *arguments, code=code)[0]


async def seen_by(agency: Agency, lane: Lane, acknowledged: int) -> Seen:
    entries = await agency.read_all(lane)
    _, head = await agency.read(lane, after=len(entries))
    return Seen(str(agency.id), lane.value, entries, head, acknowledged)


async def test_the_books_are_what_agencies_saw(province: Province, exchange: Running, tmp_path: Path) -> None:
    running = await asyncio.to_thread(province.start("books").wait_ready)
    async with province.world(running.url, "books") as world:
        first, second, third = await world.agencies(3)
        sent = [await first.send(second, third) for _ in range(5)]
        sent += [await second.send(third, priority=Priority.EXPRESS) for _ in range(3)]
        refused = await first.post(first.message(second, sender=third.organization))
        assert refused.status_code == 422
        (letter, *_) = await second.read_all()
        assert (await second.report(letter, StatusCode.ARRIVED)).status_code == 201
        await third.read_all()
        assert (await third.acknowledge(2)).status_code == 200
        assert (await third.acknowledge(4)).status_code == 200
        await until_sent(world)

        folder = tmp_path / "books"
        (told,) = await asyncio.to_thread(books, province, "books", "export", str(folder), "--service", "exchange")
        assert told["service"] == "exchange"
        seen = [
            await seen_by(agency, lane, 4 if (agency, lane) == (third, Lane.ORDINARY) else 0)
            for agency in (first, second, third)
            for lane in Lane
        ]
        found = Books(folder / "exchange")
        found.reconcile(seen)
        statuses = [entry.message for each in seen if each.agency_id == str(first.id) for entry in each.entries]
        assert found.sent() == {hashlib.sha256(signed.payload).hexdigest() for signed in [*sent, *statuses]}
        assert len(found.rows("status")) == 1
        refusals = found.rows("refusal")
        assert str(first.id) in {row["source"] for row in refusals}
        assert {name for row in refusals for name in row} == {
            "id",
            "source",
            "message_id",
            "sha256",
            "rules",
            "refused_at",
        }
        (checked,) = await asyncio.to_thread(books, province, "books", "check", str(folder))
        assert checked["rows"] == told["rows"]
        acts = [row["act"] for row in await world.rows("SELECT act FROM audit WHERE act LIKE 'books.%' ORDER BY at")]
        assert acts == ["books.export", "books.exported"]
    await asyncio.to_thread(running.child.terminate)


async def until_sent(world: World) -> None:
    async def is_empty() -> bool:
        return not await world.rows("SELECT FROM outbox")

    await world.until(is_empty, "everything is on Kafka")


async def test_books_show_one_moment_while_documents_come(world: World, province: Province, tmp_path: Path) -> None:
    sender, recipient = await world.agencies(2)
    stop = asyncio.Event()

    async def keep_sending() -> None:
        while not stop.is_set():
            await sender.send(recipient)

    sending = asyncio.create_task(keep_sending())
    await asyncio.to_thread(books, province, "exchange", "export", str(tmp_path / "b"), "--service", "exchange")
    stop.set()
    await sending
    found = Books(tmp_path / "b" / "exchange")
    found.sent()
    entries = {row["message"] for row in found.rows("delivery") if row["recipient"] == str(recipient.id)}
    (inbox,) = [
        row
        for row in found.rows("agency_inbox")
        if (row["agency_id"], row["lane"]) == (str(recipient.id), Lane.ORDINARY.value)
    ]
    assert inbox["n"] == len(entries) > 0


def test_books_are_for_their_owner_never_written_over_and_checked(
    province: Province, exchange: Running, tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    books(province, "exchange", "export", str(folder), "--service", "exchange")
    again = books(province, "exchange", "export", str(folder), "--service", "exchange", code=1)
    assert again["error"]["code"] == "books_there"
    place = folder / "exchange"
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o600}
    (place / "agency.jsonl").write_bytes(b"{}\n")
    (place / "message.jsonl").unlink()
    (place / "more.jsonl").touch()
    faults = books(province, "exchange", "check", str(folder), code=1)
    assert sorted(fault["fault"].split(":")[0].split(" ")[0] for fault in faults) == [
        "agency.jsonl",
        "message.jsonl",
        "more.jsonl",
    ]
    (place / "manifest.json").unlink()
    (unfinished,) = books(province, "exchange", "check", str(folder), code=1)
    assert "manifest.json" in unfinished["fault"]
    (nothing,) = books(province, "exchange", "check", str(tmp_path / "b" / "exchange"), code=1)
    assert nothing["folder"] == str(place)


async def test_an_export_of_any_size_takes_little_memory(province: Province, exchange: Running, tmp_path: Path) -> None:
    running = await asyncio.to_thread(province.start("large").wait_ready)
    await asyncio.to_thread(running.child.terminate)
    connection = await asyncpg.connect(province.dsn("large"))
    await connection.execute(
        """
        INSERT INTO message (id, sender, message_id, subject, lane, accepted_at, size, sha256, payload, jws,
                             receipt, receipt_jws)
        SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'ordinary', now(), 1048576,
               sha256('x'), convert_to(repeat('a', 1048576), 'UTF8'), 'a..b', 'x', 'a..b'
        FROM generate_series(1, 100)
        """
    )
    await connection.execute(
        """
        INSERT INTO refusal (source, sha256, rules, refused_at)
        SELECT gen_random_uuid(), sha256('x'), ARRAY['N3'], now() FROM generate_series(1, 100000)
        """
    )
    await connection.close()
    command = ("export", str(tmp_path / "b"), "--service", "exchange")
    (told,), kibibytes = await asyncio.to_thread(ran, province, "large", *command, by=("-c", MEASURED))
    assert told["bytes"] > 130 << 20
    assert int(kibibytes) < 130 << 10
