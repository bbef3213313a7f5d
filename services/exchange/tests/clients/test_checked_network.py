"""Only what was looked at is connected to: names that lead inside, that change their mind, that say two things."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NoReturn

import pytest

from lienthong.exchange.clients.checked_network import AddressRefused, CheckedNetwork
from lienthong.exchange.clients.webhook_endpoint import EndpointLimits, open_endpoints, open_trust
from lienthong.exchange.domain.endpoints import Address, Endpoint, EndpointPolicy
from lienthong.exchange.domain.webhooks import Cause

PRODUCTION = EndpointPolicy()
PUBLIC = "113.160.0.1"


@dataclass
class Names:
    """A resolver that says what it is told, another thing each time it is asked."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list[str])

    async def __call__(self, name: str) -> Sequence[Address]:
        self.asked.append(name)
        return [ip_address(each) for each in self.answers.pop(0)]


@dataclass
class Inside:
    """A server inside the platform's network: whoever connects to it has got through."""

    port: int = 0
    visits: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def inside() -> AsyncGenerator[Inside]:
    made = Inside()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


async def post(host: str, port: int, names: Names, policy: EndpointPolicy = PRODUCTION, scheme: str = "http") -> object:
    """What came of a request. The scheme is http, so that a connection that should not be shows at once."""
    limits = EndpointLimits(seconds=2, at_once=2)
    endpoint = Endpoint("https" if scheme == "https" else "http", host, port, "/")
    async with open_endpoints(policy, limits, tls=open_trust(None), resolve=names) as endpoints:
        answer = await endpoints.post(endpoint, {}, b"x")
    return answer.cause or answer.status


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["10.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["0.0.0.0"], ["169.254.169.254"]],
)
async def test_a_name_that_leads_inside_is_not_connected_to(inside: Inside, addresses: list[str]) -> None:
    assert await post("rebind.example.vn", inside.port, Names([addresses])) is Cause.ADDRESS_REFUSED
    assert inside.visits == 0


@pytest.mark.parametrize("addresses", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, "::1"]])
async def test_one_address_inside_refuses_them_all(inside: Inside, addresses: list[str]) -> None:
    assert await post("mixed.example.vn", inside.port, Names([addresses])) is Cause.ADDRESS_REFUSED
    assert inside.visits == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_an_address_is_looked_at_where_no_name_is_asked(inside: Inside, host: str) -> None:
    names = Names([])
    assert await post(host, inside.port, names) is Cause.ADDRESS_REFUSED
    assert names.asked == []


async def test_an_answer_that_changes_between_look_and_use_changes_nothing(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked once; a second answer, which would lead inside, is never heard."""
    names = Names([[PUBLIC], ["127.0.0.1"]])
    connected: list[str] = []

    async def connect_tcp(host: str, *_: object) -> NoReturn:
        connected.append(host)
        raise ConnectionRefusedError

    network = CheckedNetwork(PRODUCTION, names)
    monkeypatch.setattr(network._network, "connect_tcp", connect_tcp)
    with pytest.raises(ConnectionRefusedError):
        await network.connect_tcp("rebind.example.vn", inside.port, 1.0)
    assert (names.asked, connected) == (["rebind.example.vn"], [PUBLIC])
    with pytest.raises(AddressRefused):  # the second connection asks anew
        await network.connect_tcp("rebind.example.vn", inside.port, 1.0)
    assert connected == [PUBLIC]


@pytest.mark.parametrize("fault", [OSError("no such name"), UnicodeError("label too long")])
async def test_a_name_that_nobody_knows_is_said_so(fault: Exception) -> None:
    class Unknown(Names):
        async def __call__(self, name: str) -> Sequence[Address]:
            raise fault

    assert await post("nowhere.example.vn", 443, Unknown([])) is Cause.NAME_UNRESOLVED
    assert await post("nowhere.example.vn", 443, Names([[]])) is Cause.NAME_UNRESOLVED


async def test_training_may_connect_inside_and_a_dead_address_does_not_hide_the_next(inside: Inside) -> None:
    anywhere = EndpointPolicy(anywhere=True)
    assert await post("both.example.vn", inside.port, Names([["127.0.0.2", "127.0.0.1"]]), anywhere) == 200
    assert inside.visits == 1


async def test_proxies_of_the_environment_are_not_used(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
    assert await post("rebind.example.vn", 80, Names([["10.0.0.1"]])) is Cause.ADDRESS_REFUSED
    assert inside.visits == 0


async def test_no_socket_of_this_machine_is_connected_to() -> None:
    with pytest.raises(AddressRefused):
        await CheckedNetwork(PRODUCTION, Names([])).connect_unix_socket("/run/x.sock")


async def test_a_resolver_that_hangs_costs_the_time_of_one_request_only() -> None:
    class Hanging(Names):
        async def __call__(self, name: str) -> Sequence[Address]:
            await asyncio.sleep(60)
            return []

    assert await post("slow.example.vn", 443, Hanging([])) is Cause.TOO_SLOW


async def test_heads_without_end_are_no_answer() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            while True:
                writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    begun = time.process_time()
    assert await post("127.0.0.1", port, Names([]), EndpointPolicy(anywhere=True)) is Cause.ANSWER_BROKEN
    assert time.process_time() - begun < 1, "not for as long as it was told to go on"
    server.close()


async def test_a_long_body_behind_an_answer_is_passed_over() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"x" * 500_000
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await post("127.0.0.1", port, Names([]), EndpointPolicy(anywhere=True)) == 200
    server.close()
