"""An agency reads its inbox from a Kafka topic of its own, with a program that knows nothing of lienthong."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.demo.stage import Stage

from lienthong.common.testing.daemon import plain_environment
from lienthong.common.testing.errors import ServersError

SENDER, OWNER, STRANGER = "construction", "inspectorate", "construction"
DOCUMENTS = 5
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "own-topic.md"
"""The program of this page is what reads, as an agency's programmer copies it."""
READER = ROOT / "tests" / "integration" / "exchange" / "topic_reader.py"
"""Prints records, or what the broker says instead."""
REFUSED = "TOPIC_AUTHORIZATION_FAILED"


async def show_own_topic(stage: Stage) -> None:
    """Asked for, opened, read under a certificate, closed to everybody else."""
    report = stage.report
    report.chapter("Cơ quan đọc topic Kafka riêng", "An agency reads its own Kafka topic")
    await stage.read(OWNER)
    (topic,) = await stage.command(OWNER, "agency", "topic", "open", "--wait", "60")
    seen = f"{topic['topic']}, từ số / from number {topic['from_n']}"
    report.show("Đề nghị là có, chỉ mình đọc được", "Asked for, and there", seen=seen, ok=topic["state"] == "open")
    await _open_quietly(stage, STRANGER)
    certificates = [await _certify(stage, role) for role in (OWNER, STRANGER)]
    (told,) = await stage.command(OWNER, "agency", "topic", "settings")
    own = stage.folder / "kafka.json"
    own.write_text(json.dumps(told), "utf-8")
    sent = [await stage.send(SENDER, OWNER) for _ in range(DOCUMENTS)]
    shown, refusal = await asyncio.gather(
        _read_by_page(stage, own, DOCUMENTS), _try_as_stranger(stage, told, certificates[1])
    )
    numbers = [int(line.split()[0]) for line in shown]
    seen = f"số / numbers {numbers}, chữ ký, biên nhận, chuỗi băm đúng / seals, receipts, chain good"
    report.show(
        "Chương trình của docs/own-topic.md (librdkafka, mTLS) đọc đủ, đúng thứ tự",
        "The program of that page (librdkafka, mTLS) reads all, in order",
        seen=seen, ok=numbers == list(range(topic["from_n"], topic["from_n"] + len(sent))),
    )  # fmt: skip
    name = stage.clients[STRANGER].profile.name
    report.show(
        f"{name} mở topic này bằng chứng thư của mình", "Another agency, with a certificate of its own, opens it",
        seen=f"Kafka từ chối / Kafka refuses: {refusal}", ok=refusal == REFUSED,
    )  # fmt: skip
    await stage.read(OWNER)


async def _open_quietly(stage: Stage, role: str) -> None:
    """The other one reads a topic of its own, too: what it is refused is this one."""
    agency = stage.clients[role]
    told = await agency.open_topic()
    async with asyncio.timeout(60):
        while told.state != "open":
            await asyncio.sleep(0.2)
            told = await agency.topic()


async def _certify(stage: Stage, role: str) -> dict[str, Any]:
    """The agency makes key and request, the operator issues the certificate."""
    (request,) = await stage.command(role, "agency", "topic", "csr")
    await stage.operator(
        "pki", "kafka-client", str(stage.platform.places.authority), "--csr", request["csr"],
        "--agency-id", request["agency_id"], "--certificate", request["certificate"],
    )  # fmt: skip
    return request


async def _read_by_page(stage: Stage, settings: Path, count: int) -> list[str]:
    """Its lines, as many as are expected: it goes on waiting for what comes next."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    path = stage.folder / "reader.py"
    path.write_text(program, "utf-8")
    process = await _begin(str(path), str(settings), stage.platform.accounts_url)
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(60):
            while len(lines) < count and (line := await process.stdout.readline()):
                lines.append(line.decode().strip())
    finally:
        if process.returncode is None:
            process.terminate()
        _, err = await process.communicate()
    if len(lines) < count:
        raise ServersError(f"the reader of {PAGE.name} ended: {err.decode()[-1000:]}")
    return lines


async def _try_as_stranger(stage: Stage, told: dict[str, Any], request: dict[str, Any]) -> str:
    """What the broker says to an agency that has a good certificate, but not for this topic."""
    changed = {"ssl.certificate.location": request["certificate"], "ssl.key.location": request["key"]}
    path = stage.folder / "stranger.json"
    path.write_text(json.dumps(told["settings"] | changed), "utf-8")
    group = f"agency.{request['agency_id']}.reader"
    process = await _begin(str(READER), str(path), told["topic"], group, "10")
    out, _ = await process.communicate()
    first = (out.decode().splitlines() or ["{}"])[0]
    return str(json.loads(first).get("error", "ĐỌC ĐƯỢC / READ"))


async def _begin(*command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-u", *command, env=plain_environment(), stdout=-1, stderr=-1
    )
