"""Uploads are looked through by a real clamd: what is infected is destroyed, and the receipt says what was scanned."""

import asyncio
import hashlib
import io
import json
import re
import zipfile
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.scanner import EICAR, Scanner
from tests.integration.exchange.world import World, answered, attachment, fresh_pdf

from lienthong.common.signing import SignedBytes

pytestmark = pytest.mark.requirement("N10")

ANY = "application/octet-stream"


@dataclass(slots=True)
class Scanned:
    """An exchange with a scanner, and the world around it."""

    world: World
    running: Running
    scanner: Scanner

    def stored(self, content: bytes) -> Path:
        sha256 = hashlib.sha256(content).hexdigest()
        return self.running.province.folder / "scanned" / "objects" / sha256[:2] / sha256[2:4] / sha256

    async def metric(self, name: str) -> float:
        exposition = (await self.world.http.get("/metrics")).text
        found = re.search(rf"^{re.escape(name)} (\S+)$", exposition, re.MULTILINE)
        return float(found[1]) if found else 0.0


@pytest.fixture(scope="module")
def scanning(province: Province, exchange: Running) -> Iterator[tuple[Running, Scanner]]:
    """An exchange and its clamd; `exchange` has begun the province. A test that ends the scanner starts it again."""
    scanner = Scanner(province.processes)
    scanner.start()
    running = province.start("scanned", LIENTHONG_SCANNER=scanner.address, LIENTHONG_EXCHANGE_SCAN_GRACE_SECONDS="2")
    yield running.wait_ready(), scanner
    running.child.terminate()
    scanner.kill()
    scanner.remove()


@pytest.fixture
async def scanned(scanning: tuple[Running, Scanner], province: Province) -> AsyncGenerator[Scanned]:
    running, scanner = scanning
    async with province.world(running.url, running.name) as world:
        yield Scanned(world, running, scanner)


def zipped(content: bytes, *, times: int = 1) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(times):
            archive.writestr(f"{number}.txt", content)
    return file.getvalue()


async def test_the_receipt_says_what_was_scanned(scanned: Scanned) -> None:
    sender, recipient = await scanned.world.agencies(2)
    content = fresh_pdf(3 << 20)
    uploaded = await sender.upload(content)
    assert (uploaded.status_code, uploaded.json()["scan"]) == (201, "clean")
    with_file = await sender.post(sender.message(recipient, attachments=[attachment(uploaded.json())]))
    [with_none] = answered(await sender.post_batch([sender.message(recipient)]))
    receipts = [scanned.world.check(SignedBytes.from_line(each["receipt"])) for each in (with_file.json(), with_none)]
    assert [receipt.get("scan", "absent") for receipt in receipts] == ["clean", "absent"]
    first, _ = await recipient.read_all()
    assert json.loads(first.receipt.payload)["scan"] == "clean"
    # What was not scanned when it came is not called clean because other files were.
    await scanned.world.rows("UPDATE upload SET scan = 'not_scanned' WHERE agency_id = $1", sender.id)
    again = (await sender.upload(fresh_pdf())).json()
    two = [attachment(uploaded.json()), attachment(again, id="tep-2", name="Phụ lục.pdf")]
    answer = await sender.post(sender.message(recipient, attachments=two))
    assert scanned.world.check(SignedBytes.from_line(answer.json()["receipt"]))["scan"] == "not_scanned"


@pytest.mark.parametrize("content", [EICAR, zipped(EICAR)], ids=["bare", "zipped"])
async def test_an_infected_file_is_destroyed_and_its_refusal_is_on_record(scanned: Scanned, content: bytes) -> None:
    sender, recipient = await scanned.world.agencies(2)
    answer = await sender.upload(content, media_type=ANY)
    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (422, "attachment_infected", "N10")
    assert "Eicar-Test-Signature" in answer.json()["detail"]
    assert not scanned.stored(content).exists()
    sha256 = hashlib.sha256(content).hexdigest()
    assert (await sender.download(sha256)).status_code == 404
    for table in ("upload", "destruction"):
        assert await scanned.world.rows(f"SELECT FROM {table} WHERE sha256 = $1", bytes.fromhex(sha256)) == []
    file = {"sha256": sha256, "size": len(content), "media_type": ANY}
    refused = await sender.post(sender.message(recipient, attachments=[attachment(file)]))
    assert refused.json()["violations"][0]["code"] == "attachment_unknown"
    path = f"{sender.identity.source}/attachments/{sha256}"
    [record] = await scanned.world.rows("SELECT act, outcome, entry FROM audit WHERE object = $1", path)
    assert (record["act"], record["outcome"]) == ("attachment.upload", "refused")
    assert json.loads(record["entry"])["details"]["found"] == "Eicar-Test-Signature.UNOFFICIAL"


async def test_every_upload_is_scanned_also_of_bytes_that_somebody_holds(scanned: Scanned) -> None:
    first, second = await scanned.world.agencies(2)
    content, clean = fresh_pdf(), 'lienthong_exchange_scans_total{outcome="clean"}'
    before = await scanned.metric(clean)
    answers = [await each.upload(content) for each in (first, first, second)]
    assert [answer.json()["scan"] for answer in answers] == ["clean"] * 3
    assert answers[0].json() == answers[2].json()
    assert await scanned.metric(clean) == before + 3


async def test_what_is_found_when_it_comes_again_is_carried_by_no_other_message(scanned: Scanned) -> None:
    sender, recipient, other = await scanned.world.agencies(3)
    adopted, waiting = fresh_pdf(), fresh_pdf()
    files = [(await sender.upload(content)).json() for content in (adopted, waiting)]
    await other.upload(adopted)
    await sender.send(recipient, attachments=[attachment(files[0])])
    scanner = scanned.scanner
    scanner.kill()
    for name, content in (("Adopted", adopted), ("Waiting", waiting)):
        scanner.know(name, content)
    await asyncio.to_thread(scanner.start)
    for content in (adopted, waiting):
        assert (await sender.upload(content)).json()["code"] == "attachment_infected"
    for file in files:
        answer = await sender.post(sender.message(recipient, attachments=[attachment(file)]))
        assert answer.json()["violations"][0]["code"] == "attachment_unknown"
    assert not scanned.stored(waiting).exists()
    assert (await recipient.download(files[0]["sha256"])).status_code == 200, "an accepted document stays (N5)"


async def test_what_the_scanner_does_not_look_through_is_not_taken(scanned: Scanned) -> None:
    agency = await scanned.world.agency()
    too_large, too_deep = fresh_pdf(5 << 20), zipped(bytes(3 << 20), times=4)
    for content in (too_large, too_deep):
        answer = await agency.upload(content, media_type=ANY)
        assert (answer.status_code, answer.json()["code"]) == (422, "attachment_not_scannable")
        await scanned.world.until(lambda gone=content: _is_gone(scanned, gone), "the file is removed")


async def test_what_is_larger_than_our_own_limit_is_not_sent_to_the_scanner(
    province: Province, exchange: Running
) -> None:
    settings = {"LIENTHONG_SCANNER": "clamd://127.0.0.1:9", "LIENTHONG_EXCHANGE_SCAN_MAX_BYTES": "1000"}
    running = await asyncio.to_thread(province.start("small", "all", port=None, **settings).wait_ready)
    async with province.world(running.url, "small") as world:
        agency = await world.agency()
        assert (await agency.upload(fresh_pdf(1001))).json()["code"] == "attachment_not_scannable"
    await asyncio.to_thread(running.child.terminate)


async def test_a_scanner_that_is_away_is_waited_for_and_then_the_upload_is_refused(scanned: Scanned) -> None:
    sender, recipient = await scanned.world.agencies(2)
    scanned.scanner.kill()
    content = fresh_pdf()
    begun = asyncio.get_running_loop().time()
    answer = await sender.upload(content)
    assert (answer.status_code, answer.json()["code"]) == (503, "scanner_away")
    assert int(answer.headers["retry-after"]) > 0
    assert 0.5 < asyncio.get_running_loop().time() - begun < 10
    file = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "media_type": "application/pdf"}
    refused = await sender.post(sender.message(recipient, attachments=[attachment(file)]))
    assert refused.json()["violations"][0]["code"] == "attachment_unknown"
    await scanned.world.until(lambda: _is_gone(scanned, content), "the file is removed")

    assert await scanned.metric("lienthong_exchange_scanner_answers") == 0
    assert (await scanned.world.http.get("/health/ready")).status_code == 200, "messages without files go on"
    assert (await sender.post(sender.message(recipient))).status_code == 201

    coming = asyncio.create_task(sender.upload(content))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(scanned.scanner.start)
    assert (await coming).json()["scan"] == "clean", "back within its grace"
    assert await scanned.metric("lienthong_exchange_scanner_answers") == 1


async def test_a_scanner_with_a_small_database_needs_little_memory(scanned: Scanned) -> None:
    agency = await scanned.world.agency()
    await agency.upload(fresh_pdf(3 << 20))
    assert scanned.scanner.child is not None
    private = psutil.Process(scanned.scanner.child.pid).memory_full_info().pss
    assert private < 100 << 20, f"{private >> 20} MiB"


async def _is_gone(scanned: Scanned, content: bytes) -> bool:
    return not scanned.stored(content).exists()
