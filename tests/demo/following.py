"""Recipients that read as it comes: how long a document takes from its submission into their hands, verified."""

import asyncio
import time
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from tests.demo.stage import CODES, Stage
from tests.integration.failures.latencies import Latencies

from lienthong.common.messages.document import Lane
from lienthong.sdk import InboxItem, Priority, Sent

_PATIENCE_SECONDS = 120.0


@dataclass
class Following:
    """What was submitted and what has come, each with its moment."""

    stage: Stage
    begun: dict[UUID, float] = field(default_factory=dict[UUID, float])
    came: dict[UUID, float] = field(default_factory=dict[UUID, float])
    _last: dict[tuple[str, Lane], InboxItem] = field(default_factory=dict[tuple[str, Lane], InboxItem])
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, sender: str, to: str, *, priority: Priority = Priority.NORMAL) -> Sent:
        """One small letter; its time counts from the request that carries it."""
        agency = self.stage.clients[sender]
        draft = self.stage.material.draft(sender, priority=priority)
        sealed = agency.seal(await agency.compose(draft, to=[CODES[to]]))
        self.begun[sealed.message_id] = time.monotonic()
        sent = await agency.submit(sealed)
        self.stage.note(sender, (to,), sent)
        return sent

    async def has(self, messages: Collection[UUID]) -> None:
        """Wait until all these have come."""
        wanted = set(messages)
        async with asyncio.timeout(_PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: self.came.keys() >= wanted)

    def seconds(self, message: UUID) -> float:
        """From its submission into the recipient's hands."""
        return self.came[message] - self.begun[message]

    def latencies(self) -> Latencies:
        """Of everything that was submitted here and has come."""
        return Latencies([self.seconds(message) for message in self.begun if message in self.came])

    async def follow(self, role: str, lane: Lane) -> None:
        """Read until it is cancelled."""
        async for item in self.stage.clients[role].inbox(lane, follow=True):
            message = self.stage.note_arrival(role, item)
            self.came[message] = time.monotonic()
            self._last[role, lane] = item
            async with self._news:
                self._news.notify_all()
            # A page of a hundred entries is opened without a pause: others have their turn between them.
            await asyncio.sleep(0)

    async def acknowledge(self) -> None:
        """Everything that was read."""
        for (role, _), item in self._last.items():
            await self.stage.clients[role].acknowledge(item)


@asynccontextmanager
async def following(stage: Stage, roles: Collection[str]) -> AsyncGenerator[Following]:
    """These recipients read both lanes as the block runs; then they acknowledge what they have read."""
    found = Following(stage)
    readers = [asyncio.create_task(found.follow(role, lane)) for role in roles for lane in Lane]
    try:
        yield found
    finally:
        for reader in readers:
            reader.cancel()
        ended = await asyncio.gather(*readers, return_exceptions=True)
    for each in ended:
        if isinstance(each, Exception):
            raise each
    await found.acknowledge()
