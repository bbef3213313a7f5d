"""One broker, one PostgreSQL and one exchange for all tests of this folder; every test brings its own agencies."""

from collections.abc import AsyncGenerator, Iterator

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import World

from lienthong.common.testing.failures import private_servers
from lienthong.common.testing.processes import Processes


@pytest.fixture(scope="package")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = tmp_path_factory.mktemp("province")
    processes = Processes(folder / "logs")
    with private_servers(folder / "servers") as private:
        yield Province.on(private.addresses, folder, processes)
        processes.end()


@pytest.fixture(scope="package")
def exchange(province: Province) -> Running:
    """The exchange that most tests share."""
    return province.start_trusted("exchange")


@pytest.fixture
async def world(province: Province, exchange: Running) -> AsyncGenerator[World]:
    async with province.world(exchange.url, exchange.name) as world:
        yield world
