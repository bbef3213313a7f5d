"""What tests of agencies' own topics share: asking for one, waiting for it, and reading it from another process."""

import asyncio
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.integration.exchange.world import Agency, Entry, World

from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import chain_next, chain_start
from lienthong.common.signing import HeldBy, SignedBytes, SignedWithin, all_of
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.kafka_tls import ClientFiles, issue_client

READER = Path(__file__).with_name("topic_reader.py")


@dataclass(frozen=True, slots=True)
class Kafka:
    """An agency's way to the broker: its client certificate and the address of the agencies' listener."""

    files: ClientFiles
    address: str
    folder: Path

    @classmethod
    def of(cls, servers: Servers, agency: Agency, folder: Path) -> "Kafka":
        own = folder / str(agency.id)
        return cls(issue_client(servers.folder / "pki", str(agency.id), own), servers.kafka_agencies, own)

    @property
    def settings(self) -> dict[str, str]:
        return {"bootstrap.servers": self.address, **self.files.librdkafka()}

    async def read(self, topic: str, group: str, seconds: float = 3.0) -> list[dict[str, Any]]:
        """Records, or the refusal, as the other process sees them."""
        path = self.folder / "settings.json"
        path.write_text(json.dumps(self.settings), "utf-8")
        command = (sys.executable, str(READER), str(path), topic, group, str(seconds))
        process = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1)
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return [json.loads(line) for line in out.decode().splitlines()]


def topic_of(agency: Agency, lane: Lane = Lane.ORDINARY) -> str:
    return f"agency.{agency.id}.inbox.{lane}.v1"


def group_of(agency: Agency, name: str = "reader") -> str:
    return f"agency.{agency.id}.{name}"


async def manage(agency: Agency, method: str, lane: Lane = Lane.ORDINARY) -> httpx.Response:
    return await agency.world.http.request(method, f"/v1/inbox/{lane}/topic", headers=agency.headers)


async def reach(agency: Agency, state: str, lane: Lane = Lane.ORDINARY) -> dict[str, Any]:
    """Wait until the topic is in this state."""
    told: dict[str, Any] = {}

    async def is_there() -> bool:
        told.clear()
        told.update((await manage(agency, "GET", lane)).json())
        return told.get("state") == state

    await agency.world.until(is_there, f"the topic is {state}: {told}", seconds=40)
    return told


async def opened(agency: Agency, lane: Lane = Lane.ORDINARY) -> dict[str, Any]:
    """Ask for a topic and wait for it."""
    answer = await manage(agency, "PUT", lane)
    assert answer.status_code == 200, answer.text
    return await reach(agency, "open", lane)


async def all_sent(world: World, topic: str) -> None:
    """Wait until nothing waits for this topic."""

    async def is_sent() -> bool:
        return not await world.rows("SELECT FROM outbox WHERE topic = $1", topic)

    await world.until(is_sent, f"{topic} is up to date", seconds=40)


def check_records(
    agency: Agency, records: Sequence[dict[str, Any]], lane: Lane, first: int, senders: Sequence[Agency]
) -> list[Entry]:
    """What any reader checks: numbers without a gap, links of the chain, receipts and seals."""
    for sender in senders:
        agency.world.trust.take(agency.world.voice.certificate(sender.identity))
    entries: list[Entry] = []
    chain = chain_start(agency.id, lane) if first == 1 else None
    for n, record in enumerate(records, first):
        headers = record["headers"]
        assert (record["key"], headers["entry-number"]) == (str(agency.id), str(n))
        value = record["value"].encode()
        if chain is not None:
            assert chain_next(chain, hashlib.sha256(value).digest(), n).hex() == headers["chain"]
        chain = bytes.fromhex(headers["chain"])
        receipt = SignedBytes(headers["receipt"].encode(), headers["receipt-signature"])
        entry = Entry(n, SignedBytes(value, headers["jws-signature"]), receipt)
        agency.world.check_receipt(entry)
        _check_seal(agency.world, entry)
        assert headers["content-type"] == "application/cloudevents+json"
        entries.append(entry)
    return entries


def _check_seal(world: World, entry: Entry) -> None:
    policy = all_of(HeldBy(entry.event["source"]), SignedWithin())
    world.trust.verifier.verify(
        entry.message, at=world.clock.now(), certificates=world.trust.certificates, policy=policy
    )
