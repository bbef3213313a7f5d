"""One broker, one PostgreSQL and one exchange for the faults that leave them whole; every test brings its agencies."""

from collections.abc import AsyncGenerator, Iterator

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import World
from tests.integration.failures.estate import Estate, running_estate
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE

from lienthong.common.testing.failures import PrivateServers, private_servers
from lienthong.common.testing.processes import Processes


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServers]:
    """The servers; whoever stops one starts it again."""
    with private_servers(tmp_path_factory.mktemp("failures") / "servers") as private:
        yield private


@pytest.fixture(scope="package")
def province(house: PrivateServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = tmp_path_factory.mktemp("province")
    processes = Processes(folder / "logs")
    try:
        yield Province.on(house.addresses, folder, processes)
    finally:
        processes.end()


@pytest.fixture(scope="package")
def exchange(province: Province) -> Running:
    """The exchange that most tests share."""
    return province.start_trusted("failures")


@pytest.fixture
async def world(province: Province, exchange: Running) -> AsyncGenerator[World]:
    async with province.world(exchange.url, exchange.name) as world:
        yield world


@pytest.fixture(scope="package")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Accounts and exchange on servers of their own; whoever hurts one heals it again."""
    with running_estate(tmp_path_factory.mktemp("estate")) as estate:
        estate.enrol(FINANCE, JUSTICE, OFFICE)
        yield estate
