"""pytest plugin with real servers: `-p lienthong.common.testing.plugin`.

All workers of a run, and runs side by side, share one pair of servers in `.lienthong/tests`; the run's main process
holds the lease, so the pair stays up until the whole run ends, and a run that was killed does not keep it up. Tests are
kept apart by a database and a topic prefix of their own. A test that hurts a server takes `private_servers`.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest

from lienthong.common.testing import failures
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.databases import create_database, drop_database, in_thread
from lienthong.common.testing.kafka_tls import ClientFiles, issue_client
from lienthong.common.testing.processes import Processes
from lienthong.common.testing.servers import lease, release
from lienthong.common.testing.topics import create_topic, delete_topics

_CONTROLLER = "lienthong_controller"


class MakeTopic(Protocol):
    """Makes a topic whose name begins with the test's prefix; gives its full name once it can be used."""

    def __call__(self, name: str = ..., *, partitions: int = ..., compacted: bool = ...) -> Awaitable[str]: ...


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of xdist whose lease it shares."""
    node.workerinput[_CONTROLLER] = os.getpid()


def pytest_unconfigure(config: pytest.Config) -> None:
    """At the end of the run its main process gives the lease back that its workers or itself have taken."""
    if _controller(config) == os.getpid():
        release(_folder(config))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show the end of every child's log where a test fails."""
    report: pytest.TestReport = yield  # pyright: ignore[reportAssignmentType]  pluggy sends the report
    fixtures: dict[str, object] = getattr(item, "funcargs", {})
    processes = fixtures.get("processes")
    if report.failed and isinstance(processes, Processes):
        report.sections += [(f"log of {child.name}", child.last_lines()) for child in processes.children]
    return report  # pyright: ignore[reportReturnType]


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The run's shared servers: those of LIENTHONG_KAFKA and LIENTHONG_POSTGRES if given, else started once."""
    return lease(_folder(pytestconfig), pid=_controller(pytestconfig), fresh=True)


@pytest.fixture
def kafka(servers: Servers) -> str:
    """Bootstrap address of the internal listener."""
    return servers.kafka


@pytest.fixture
def make_database(servers: Servers) -> Iterator[Callable[[str], str]]:
    """Makes empty databases of the test's own and gives their DSNs; they are dropped at its end."""
    made: list[str] = []

    def make(label: str = "t") -> str:
        made.append(create_database(servers.postgres, label))
        return made[-1]

    yield make
    for dsn in made:
        drop_database(dsn)


@pytest.fixture
def postgres_dsn(make_database: Callable[[], str]) -> str:
    """The DSN of an empty database of the test's own."""
    return make_database()


@pytest.fixture
def topic_prefix() -> str:
    """What the names of this test's topics and groups begin with, so that tests do not meet."""
    return f"t{uuid4().hex[:10]}."


@pytest.fixture
def make_topic(kafka: str, topic_prefix: str) -> Iterator[MakeTopic]:
    """Makes topics under the test's prefix; they are deleted at its end."""
    made: list[str] = []

    async def make(name: str = "topic", *, partitions: int = 1, compacted: bool = False) -> str:
        topic = topic_prefix + name
        await create_topic(
            kafka, topic, partitions=partitions, settings={"cleanup.policy": "compact"} if compacted else None
        )
        made.append(topic)
        return topic

    yield make
    if made:
        in_thread(delete_topics(kafka, made))


@pytest.fixture
def make_agency_client(servers: Servers, tmp_path: Path) -> Callable[[str], ClientFiles]:
    """Issues client certificates for the agencies' listener; a UUIDv7 becomes the principal `User:<id>`."""
    if servers.source == "given":
        pytest.skip("the authority of the given broker's agencies' listener is not in our hands")
    return lambda identifier: issue_client(servers.folder / "pki", identifier, tmp_path / "clients" / identifier)


@pytest.fixture
def private_servers(tmp_path: Path) -> Iterator[failures.PrivateServers]:
    """A pair of embedded servers for this test alone, to be killed, frozen and restarted."""
    with failures.private_servers(tmp_path / "servers") as private:
        yield private


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Starts child processes; their logs are shown if the test fails, and none outlives it."""
    started = Processes(tmp_path / "processes")
    yield started
    started.end()


def _folder(config: pytest.Config) -> Path:
    return config.rootpath / ".lienthong" / "tests"


def _controller(config: pytest.Config) -> int:
    workerinput: dict[str, int] = getattr(config, "workerinput", {})
    return workerinput.get(_CONTROLLER, os.getpid())
