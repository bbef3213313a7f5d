"""An exchange that is quick to try again, endpoints with a certificate of a test CA, and agencies who register them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.webhooks.endpoint import TAKES, Behave, Endpoint, TestAuthority
from tests.integration.exchange.world import World

QUICK = {
    "LIENTHONG_EXCHANGE_WEBHOOK_FIRST_SECONDS": "0.1",
    "LIENTHONG_EXCHANGE_WEBHOOK_CAP_SECONDS": "0.5",
    "LIENTHONG_EXCHANGE_WEBHOOK_OPEN_AFTER": "3",
    "LIENTHONG_EXCHANGE_WEBHOOK_SECONDS": "2",
    "LIENTHONG_EXCHANGE_WEBHOOK_ENTRIES": "10",
    "LIENTHONG_EXCHANGE_WEBHOOK_ATTEMPTS_MOST": "60",
}

MakeEndpoint = Callable[..., Awaitable[Endpoint]]


@pytest.fixture(scope="package")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    return TestAuthority.make(tmp_path_factory.mktemp("endpoint-ca"))


@pytest.fixture(scope="package")
def quick(authority: TestAuthority) -> dict[str, str]:
    """Settings of an exchange whose webhooks are tried again within a test."""
    return QUICK | {"LIENTHONG_EXCHANGE_WEBHOOK_CA": str(authority.ca)}


@pytest.fixture(scope="package")
def exchange(province: Province, quick: dict[str, str]) -> Running:
    """The exchange that the tests of webhooks share."""
    return province.start_trusted("webhooks", **quick)


@pytest.fixture
async def world(province: Province, exchange: Running) -> AsyncGenerator[World]:
    async with province.world(exchange.url, exchange.name) as world:
        yield world


@pytest.fixture
async def endpoint(authority: TestAuthority) -> AsyncGenerator[MakeEndpoint]:
    """Makes endpoints; all are down after the test."""
    made: list[Endpoint] = []

    async def make(behave: Behave = TAKES, *, tls: bool = True) -> Endpoint:
        endpoint = Endpoint(authority.server() if tls else None, behave)
        made.append(endpoint)
        await endpoint.up()
        return endpoint

    yield make
    await asyncio.gather(*(each.down() for each in made))


@pytest.fixture
def anchors(province: Province) -> Path:
    return province.folder / "anchors.pem"
