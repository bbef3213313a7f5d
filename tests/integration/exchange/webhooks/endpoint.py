"""An agency's endpoint for tests: a real HTTPS server that does as it is told, well or badly, and keeps what came."""

import asyncio
import ipaddress
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import h11
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.integration.exchange.world import Entry, World

from lienthong.common.messages.exchange import InboxHead
from lienthong.common.signing import SignedBytes


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came, whole."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["lienthong-webhook-id"]

    @property
    def numbers(self) -> list[int]:
        return [json.loads(line)["n"] for line in self.body.splitlines()[:-1]]

    def open(self, world: World) -> tuple[list[Entry], InboxHead]:
        """The signature over the whole body and over the head checked, then taken apart."""
        world.check_signature(SignedBytes(self.body, self.headers["x-jws-signature"]))
        *lines, last = [json.loads(line) for line in self.body.splitlines()]
        head = world.check(SignedBytes.from_line(last["head"]))
        return [_entry(line) for line in lines], InboxHead.model_validate_json(json.dumps(head))


Behave = Callable[["Endpoint", Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Endpoint:
    """Listens on one port, also after it was down. `behave` answers each request."""

    tls: ssl.SSLContext | None
    behave: Behave
    requests: list[Request] = field(default_factory=list[Request])
    taken: list[Request] = field(default_factory=list[Request])
    port: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    _server: asyncio.Server | None = None
    _connections: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/lienthong"

    @property
    def numbers(self) -> list[int]:
        """What was taken, in the order it came, each page once: a repeat under the same id is known by it."""
        seen: dict[str, list[int]] = {request.id: request.numbers for request in self.taken}
        return [n for numbers in seen.values() for n in numbers]

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                try:
                    await self.behave(self, request, writer)
                    await writer.drain()
                finally:
                    self.in_flight -= 1
        except (ConnectionError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()


def answering(status: int, *headers: str, body: bytes = b"", after: float = 0) -> Behave:
    """Answer with this status, after so many seconds; a 2xx counts as taken."""

    async def behave(endpoint: Endpoint, request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(after)
        if 200 <= status < 300:
            endpoint.taken.append(request)
        lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return behave


TAKES = answering(204)


def saying(*pieces: bytes) -> Behave:
    """Write these bytes, and hang up."""

    async def behave(endpoint: Endpoint, request: Request, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    return behave


def one_after_another(*behaviours: Behave) -> Behave:
    """Each once, the last for ever."""
    left = list(behaviours)

    async def behave(endpoint: Endpoint, request: Request, writer: asyncio.StreamWriter) -> None:
        chosen = left.pop(0) if len(left) > 1 else left[0]
        await chosen(endpoint, request, writer)

    return behave


@dataclass(frozen=True, slots=True)
class TestAuthority:
    """A CA of the test's own, and a certificate for 127.0.0.1, ::1 and endpoint.test."""

    __test__ = False

    ca: Path
    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> "TestAuthority":
        folder.mkdir(parents=True, exist_ok=True)
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name, name = _name("Webhook test CA"), _name("endpoint.test")
        root = _builder(root_name, root_name, root_key.public_key(), ca=True).sign(root_key, hashes.SHA256())
        names = x509.SubjectAlternativeName(
            [
                x509.DNSName("endpoint.test"),
                x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                x509.IPAddress(ipaddress.ip_address("::1")),
            ]
        )
        leaf = _builder(name, root_name, key.public_key(), ca=False).add_extension(names, critical=False)
        made = cls(folder / "ca.pem", folder / "endpoint.pem", folder / "endpoint.key")
        made.ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        made.certificate.write_bytes(leaf.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return made

    def server(self) -> ssl.SSLContext:
        """For an endpoint."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )


async def _read(reader: asyncio.StreamReader) -> Request | None:
    parser = h11.Connection(h11.SERVER)
    head: h11.Request | None = None
    body = b""
    while True:
        event = parser.next_event()
        if event is h11.NEED_DATA:
            parser.receive_data(await reader.read(1 << 16))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            headers = {name.decode().lower(): value.decode() for name, value in head.headers}
            return Request(head.target.decode(), headers, body, asyncio.get_running_loop().time())
        else:
            return None


def _entry(line: dict[str, Any]) -> Entry:
    told = dict(line)
    n, receipt = told.pop("n"), told.pop("receipt")
    return Entry(n, SignedBytes.from_line(told), SignedBytes.from_line(receipt))
