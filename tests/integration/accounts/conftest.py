"""One pair of servers for this folder, and one accounts service that most tests share."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from pathlib import Path

import httpx
import pytest
from tests.integration.accounts.installation import Installation, Seal

from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.failures import private_servers
from lienthong.common.testing.processes import Processes

NewSeal = Callable[[], Awaitable[Seal]]


@pytest.fixture(scope="package")
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[Servers]:
    """Servers of these tests alone: topics have fixed names, and other tests have other authorities."""
    with private_servers(tmp_path_factory.mktemp("accounts") / "servers") as private:
        yield private.addresses


@pytest.fixture(scope="package")
def accounts(own_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Generator[Installation]:
    """A running service with the sample province imported."""
    folder: Path = tmp_path_factory.mktemp("shared")
    processes = Processes(folder / "logs")
    made = Installation.make(own_servers, folder / "accounts", processes)
    try:
        made.start()
        made.import_sample()
        yield made
    finally:
        processes.end()


@pytest.fixture(scope="package")
def free_agencies(accounts: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Codes of agencies that exist and that no other test uses."""
    return _free_agencies(accounts, tmp_path_factory.mktemp("agencies") / "more.json")


def _free_agencies(accounts: Installation, more: Path) -> Iterator[str]:
    """Those of the sample; where one process runs all tests they are not enough."""
    yield from [agency["codes"][0]["code"] for agency in accounts.run("agencies", "list", "--state", "active")]
    added = [f"{number:03}.77.99.H53" for number in range(1, 200)]
    same = {"kind": "department", "level": 2, "status": "active"}
    entries = [{"code": code, "name": f"Sở Thử nghiệm {code[:3]}", **same} for code in added]
    more.write_text(json.dumps({"agencies": entries}))
    accounts.run("agencies", "import", str(more))
    yield from added


@pytest.fixture
async def http(accounts: Installation) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the shared service."""
    async with accounts.http() as client:
        yield client


@pytest.fixture
def new_seal(accounts: Installation, http: httpx.AsyncClient, free_agencies: Iterator[str]) -> NewSeal:
    """Enrols an agency that no other test uses."""

    async def enrol() -> Seal:
        return await accounts.enrol(http, next(free_agencies))

    return enrol
