"""A whole platform on servers that a test may stop, freeze or lose; its agencies are enrolled as real ones are."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration.failures.office import Office, open_office
from tests.integration.journeys.province import compose, enrol_agency

from lienthong.common.clock import Clock
from lienthong.common.signing.certificate import Certificate, load_chain
from lienthong.common.testing import platform as platforms
from lienthong.common.testing.failures import PrivateServers, private_servers
from lienthong.common.testing.platform import Platform
from lienthong.sdk import Agency, Patience, Sent

STUBBORN = Patience(attempts=5000, seconds=400, first_wait=0.05, longest_wait=0.5, answer=20)
"""How a system of an agency goes on through an outage."""


@dataclass
class Estate:
    """The platform, its servers, and the profiles of its agencies."""

    platform: Platform
    servers: PrivateServers
    folder: Path
    profiles: dict[str, Path] = field(default_factory=dict[str, Path])

    @property
    def anchors(self) -> Sequence[Certificate]:
        """What everyone trusts."""
        return load_chain(self.platform.anchors.read_bytes())

    def enrol(self, *codes: str) -> None:
        """Enrol agencies, each once."""
        for code in codes:
            if code not in self.profiles:
                profile = self.folder / "profiles" / code
                asyncio.run(enrol_agency(self.platform, code, profile))
                self.profiles[code] = profile

    def opened(self, code: str, clock: Clock | None = None) -> AbstractAsyncContextManager[Agency]:
        """The client of an agency, stubborn as a system that runs for years."""
        return Agency.open(self.profiles[code], patience=STUBBORN, clock=clock)

    @asynccontextmanager
    async def office(self, name: str = "office") -> AsyncGenerator[Office]:
        """A reader of the topics, not working yet."""
        addresses = self.platform.servers
        async with open_office(addresses.kafka, addresses.postgres, self.anchors, name=name) as office:
            yield office


@contextmanager
def running_estate(folder: Path) -> Generator[Estate]:
    """A platform with the province imported, on servers of its own."""
    with private_servers(folder / "servers") as servers:
        platform = platforms.start(folder / "platform", on=servers.addresses)
        try:
            platform.operator("agencies", "import")
            yield Estate(platform, servers, folder)
        finally:
            platform.stop()


@dataclass
class Stream:
    """An agency sends documents one after another; what it was answered; when each was begun, and how long it took."""

    agency: Agency
    to: str
    sent: list[Sent] = field(default_factory=list[Sent])
    times: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    async def send(self, number: int, pause: float = 0) -> None:
        """Send so many, each once the one before has its receipt."""
        clock = asyncio.get_running_loop().time
        for _ in range(number):
            document = await compose(self.agency, [self.to])
            begun = clock()
            self.sent.append(await self.agency.send(document))
            self.times.append((begun, clock() - begun))
            await asyncio.sleep(pause)

    @property
    def ids(self) -> list[str]:
        """Of everything that has a receipt, in order."""
        return [str(each.message_id) for each in self.sent]


async def until(reached: Callable[[], bool], seconds: float = 60) -> None:
    """Look often: a fault should fall into the middle of something. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.002)
