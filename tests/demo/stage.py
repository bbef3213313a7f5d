"""The stage: a running platform, agencies of a real province with their profiles and clients, and what they did."""

import asyncio
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.demo.material import PEOPLE, Material
from tests.demo.report import Report

from lienthong.common.messages.document import Lane
from lienthong.common.messages.status import StatusCode
from lienthong.common.testing.daemon import plain_environment
from lienthong.common.testing.errors import ServersError
from lienthong.common.testing.platform import Platform
from lienthong.sdk import Agency, InboxItem, Letter, Patience, Sent, Withheld

CODES = {
    "finance": "000.00.11.H53",
    "justice": "000.00.14.H53",
    "office": "000.00.01.H53",
    "education": "000.00.03.H53",
    "construction": "000.00.16.H53",
    "inspectorate": "000.00.18.H53",
    "interior": "000.00.09.H53",
    "health": "000.00.17.H53",
}
"""Agencies of Tây Ninh. Six exchange documents; the certificates of the last two are revoked and run out."""
TRIO = ("finance", "justice", "office")
EXCHANGERS = (*TRIO, "education", "construction", "inspectorate")

PATIENCE = Patience(attempts=400, seconds=120, first_wait=0.1, longest_wait=0.5)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message with the exchange's receipt; `order` counts the sender's messages as they were sent."""

    sender: str
    to: tuple[str, ...]
    lane: Lane
    message_id: UUID
    order: int
    status: StatusCode | None = None
    """What it reports, where it is no document."""
    is_change: bool = False
    """Whether it asks for a change, answers it, or tells what came of it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An entry that a recipient read and verified."""

    recipient: str
    lane: Lane
    n: int
    message_id: UUID


@dataclass
class Stage:
    """Everything the steps share."""

    platform: Platform
    folder: Path
    report: Report
    clients: dict[str, Agency] = field(default_factory=dict[str, Agency])
    accepted: list[Accepted] = field(default_factory=list[Accepted])
    arrivals: list[Arrival] = field(default_factory=list[Arrival])
    hashes: dict[str, UUID] = field(default_factory=dict[str, UUID])
    """Messages by the SHA-256 of their bytes."""
    _counts: Counter[str] = field(default_factory=Counter[str])
    _exits: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        for each in ("documents", "received"):
            shutil.rmtree(self.folder / each, ignore_errors=True)
        # Numbers of documents go on from run to run; a platform that was reused knows the old ones.
        self.material = Material(self.folder / "documents", int(time.time()) % 1_000_000)

    async def operator(self, *arguments: str) -> Any:
        """An operator's command on the host of accounts, read as JSON."""
        done = await asyncio.to_thread(self.platform.operator, *arguments, "--json")
        return json.loads(done.stdout)

    async def command(
        self, role: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """`lienthong …` as typed at the agency, its JSON lines. Raises ServersError with its words if it fails."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lienthong.sdk", *arguments, "--profile", str(self.profile(role)), "--json",
            env={**plain_environment(), **(environment or {})},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        if process.returncode != 0:
            told = (out + err).decode("utf-8", "replace")[-2000:]
            raise ServersError(f"lienthong {' '.join(arguments[:2])} ended with {process.returncode}: {told}")
        return [json.loads(line) for line in out.decode().splitlines()]

    def profile(self, role: str) -> Path:
        """The folder of an agency's profile."""
        return self.folder / "profiles" / role

    async def enrolment_code(self, role: str) -> str:
        """A one-time code from the operator."""
        told = await self.operator("agencies", "enrolment-code", CODES[role])
        return str(told["enrolment_code"])

    async def enrol(self, role: str) -> bool:
        """Enrol an agency by the command line; False where an earlier run of this folder has done so."""
        if (self.profile(role) / "seal.pem").exists():
            return False
        place = self.platform
        await self.command(
            role, "agency", "init", "--agency", CODES[role], "--accounts", place.accounts_url,
            "--exchange", place.exchange_url, "--anchors", str(place.anchors), "--clerk", PEOPLE[role][2],
            "--place", "Tây Ninh", "--client-name", "Hệ thống quản lý văn bản",
            environment={"LIENTHONG_ENROLMENT_CODE": await self.enrolment_code(role)},
        )  # fmt: skip
        return True

    async def open(self, role: str, **options: Any) -> Agency:
        """The agency's client, closed with the stage."""
        agency = await self._exits.enter_async_context(Agency.open(self.profile(role), patience=PATIENCE, **options))
        self.clients[role] = agency
        return agency

    async def send(self, sender: str, to: str) -> Sent:
        """One small letter, noted when its receipt is there."""
        agency = self.clients[sender]
        sent = await agency.send(await agency.compose(self.material.draft(sender), to=[CODES[to]]))
        self.note(sender, (to,), sent)
        return sent

    def note(self, sender: str, to: tuple[str, ...], sent: Sent) -> None:
        """A receipt came."""
        self.hashes[sent.receipt.sha256] = sent.message_id
        self.note_id(sender, to, sent.receipt.lane, sent.message_id)

    def note_id(self, sender: str, to: tuple[str, ...], lane: Lane, message_id: UUID) -> None:
        """A receipt came, also through the command line."""
        self._note(sender, to, lane, message_id, None)

    def note_change(self, sender: str, to: tuple[str, ...], lane: Lane, message_id: UUID) -> None:
        """A request, an answer or a report of a removal was accepted; or the exchange said something itself."""
        self._note(sender, to, lane, message_id, None, is_change=True)

    def note_arrival(self, role: str, item: InboxItem) -> UUID:
        """An agency has read an entry; gives the message. What is withheld is still known by its hash: it has come."""
        message_id = self.hashes[item.sha256] if isinstance(item, Withheld) else item.message_id
        self.arrivals.append(Arrival(role, item.lane, item.n, message_id))
        return message_id

    def note_arrivals(self, role: str, lines: list[dict[str, Any]]) -> None:
        """What the command line read and acknowledged for an agency."""
        for line in lines:
            message_id = self.hashes[line["sha256"]] if line["kind"] == "withheld" else UUID(line["message_id"])
            self.arrivals.append(Arrival(role, Lane(line["lane"]), line["n"], message_id))

    def note_status(self, reporter: str, sender_code: str, status: StatusCode, sent: Sent) -> None:
        """A status was accepted; it goes to the document's sender."""
        role = next(role for role, code in CODES.items() if code == sender_code)
        self._note(reporter, (role,), sent.receipt.lane, sent.message_id, status)

    @property
    def documents(self) -> list[Accepted]:
        """What was accepted, without what was said of it."""
        return [each for each in self.accepted if each.status is None and not each.is_change]

    @property
    def changes(self) -> list[Accepted]:
        """What was said of changes."""
        return [each for each in self.accepted if each.is_change]

    @property
    def said(self) -> list[StatusCode]:
        """Every status that was accepted."""
        return [each.status for each in self.accepted if each.status is not None]

    def _note(
        self,
        sender: str,
        to: tuple[str, ...],
        lane: Lane,
        message_id: UUID,
        status: StatusCode | None,
        *,
        is_change: bool = False,
    ) -> None:
        self.accepted.append(Accepted(sender, to, lane, message_id, self._counts[sender], status, is_change))
        self._counts[sender] += 1

    async def read(self, role: str) -> int:
        """Read and verify what is new for an agency, in both lanes, and acknowledge it."""
        return sum([await self.read_lane(role, lane) for lane in Lane])

    async def read_lane(self, role: str, lane: Lane, keep: Callable[[Letter], Awaitable[None]] | None = None) -> int:
        """The same in one lane; each document is given to `keep` before it is acknowledged."""
        agency, last, read = self.clients[role], None, 0
        async for item in agency.inbox(lane):
            if keep and isinstance(item, Letter):
                await keep(item)
            self.note_arrival(role, item)
            last, read = item, read + 1
        if last:
            await agency.acknowledge(last)
        return read

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator["Stage"]:
        """Closes all clients at the end."""
        async with self._exits:
            yield self
