"""One pair of servers, one database and one cast for every test of this folder."""

from collections.abc import Iterator

import pytest
from tests.integration.exchange.crashing.performance import Theatre
from tests.integration.exchange.crashing.stage import Stage
from tests.integration.exchange.province import Province

from lienthong.common.testing.failures import private_servers
from lienthong.common.testing.processes import Processes


@pytest.fixture(scope="package")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    folder = tmp_path_factory.mktemp("crashing")
    processes = Processes(folder / "logs")
    with private_servers(folder / "servers") as private:
        theatre = Theatre(Stage(private, Province.on(private.addresses, folder, processes)))
        theatre.endpoint.start()
        yield theatre
        processes.end()
        theatre.endpoint.stop()
