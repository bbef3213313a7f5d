"""The servers under a province, and exchanges on them: as many as a test needs."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from joserfc.jwk import ECKey
from pydantic import SecretStr
from tests.integration.exchange.world import World

from lienthong.common.broker import BrokerSettings, make_producer
from lienthong.common.clock import SystemClock
from lienthong.common.pki import generate_key, issue_tsa, key_to_pem, own_key, write_private
from lienthong.common.settings import database_dsn
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.databases import in_thread
from lienthong.common.testing.processes import ChildProcess, Processes, http_ready
from lienthong.common.testing.voice import Identity, Voice


@dataclass(slots=True)
class Province:
    """The servers, accounts' voice, and where things lie; enough to start exchanges."""

    servers: Servers
    voice: Voice
    exchange: Identity
    token_key: ECKey
    folder: Path
    processes: Processes

    @classmethod
    def on(cls, servers: Servers, folder: Path, processes: Processes) -> "Province":
        """A new authority, the exchange's key, and the files that processes are told of."""
        folder.mkdir(exist_ok=True)
        voice = Voice(SystemClock())
        exchange = voice.service("exchange")
        chain = (exchange.certificate, *voice.authority.issuing.chain)
        (folder / "anchors.pem").write_bytes(b"".join(each.to_pem() for each in voice.authority.anchors))
        (folder / "exchange.pem").write_bytes(b"".join(each.to_pem() for each in chain))
        write_private(folder / "exchange.key", key_to_pem(exchange.key.private))
        _write_stamper(voice, folder)
        return cls(servers, voice, exchange, ECKey.generate_key("P-256"), folder, processes)

    def environment(self, name: str, port: int) -> dict[str, str]:
        folder = self.folder / name
        return {
            "LIENTHONG_ENVIRONMENT": "training",
            "LIENTHONG_KAFKA": self.servers.kafka,
            "LIENTHONG_KAFKA_AGENCIES": self.servers.kafka_agencies,
            "LIENTHONG_POSTGRES": self.servers.postgres,
            "LIENTHONG_ANCHORS": str(self.folder / "anchors.pem"),
            "LIENTHONG_KEY": f"file:{self.folder / 'exchange.key'}?certificate={self.folder / 'exchange.pem'}",
            "LIENTHONG_OBJECTS": f"file:{folder / 'objects'}",
            "LIENTHONG_RUN_DIR": str(folder / "run"),
            "LIENTHONG_HTTP_PORT": str(port),
            "LIENTHONG_EXCHANGE_DATABASE": name,
            "LIENTHONG_EXCHANGE_TIMER_SECONDS": "0.3",
            "LIENTHONG_TSA_KEY": f"file:{self.folder / 'tsa.key'}?certificate={self.folder / 'tsa.pem'}",
            "LIENTHONG_AUDIT_SECONDS": "0.2",
        }

    def start(self, name: str, role: str = "all", *, port: int | None = None, **settings: str) -> "Running":
        """An exchange with a database of its own."""
        port = port or free_port()
        child = self.processes.start_role("exchange", role, environment=self.environment(name, port) | settings)
        return Running(self, name, child, port)

    def start_trusted(self, name: str, **settings: str) -> "Running":
        """One that has heard what accounts says at its beginning, and is ready."""
        running = self.start(name, port=None, **settings).wait_live()

        async def begin() -> None:
            async with self.world(running.url, name) as world:
                await world.begin()

        in_thread(begin())
        return running.wait_ready()

    def dsn(self, name: str) -> str:
        return database_dsn(SecretStr(self.servers.postgres), name)

    @asynccontextmanager
    async def world(self, url: str, name: str) -> AsyncGenerator[World]:
        producer = make_producer(BrokerSettings(self.servers.kafka, "accounts"), linger_ms=0)
        await producer.start()
        async with httpx.AsyncClient(base_url=url, timeout=120) as http:
            try:
                yield World(self.voice, producer, self.exchange, self.token_key, http, self.dsn(name))
            finally:
                await producer.stop()


@dataclass(slots=True)
class Running:
    """One exchange process."""

    province: Province
    name: str
    child: ChildProcess
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self) -> "Running":
        self.child.wait_until(http_ready(f"{self.url}/health/ready"), timeout=60)
        return self

    def wait_live(self) -> "Running":
        self.child.wait_until(http_ready(f"{self.url}/health/live"), timeout=60)
        return self


def _write_stamper(voice: Voice, folder: Path) -> None:
    """The training authority of time."""
    key, issuing = generate_key(), voice.authority.issuing
    at = voice.clock.now() - timedelta(hours=1)
    certificate = issue_tsa(issuing, own_key(key), name="Dấu thời gian đào tạo", at=at)
    (folder / "tsa.pem").write_bytes(b"".join(each.to_pem() for each in (certificate, *issuing.chain)))
    write_private(folder / "tsa.key", key_to_pem(key))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
