"""The path through a Docker engine, as far as it goes without one: who counts as an engine, what would be started."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lienthong.common.testing.docker import DockerServers
from lienthong.common.testing.docker_engine import engine_answers
from lienthong.common.testing.layout import Layout


class Engine(http.server.BaseHTTPRequestHandler):
    """Answers `/_ping` as an engine does, or with an error."""

    status = 200

    def do_GET(self) -> None:
        body = b'{"ApiVersion": "1.47", "Version": "27"}' if self.path.endswith("/version") else b"OK"
        self.send_response(self.status)
        self.send_header("Api-Version", "1.47")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Quiet."""


class BrokenEngine(Engine):
    status = 500


@contextmanager
def listening(engine: type[Engine]) -> Generator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), engine) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def polite_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clients make themselves known to an engine before they are asked for anything."""
    with listening(Engine) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        yield


@pytest.mark.parametrize("engine", [Engine, BrokenEngine])
def test_an_engine_counts_only_if_it_answers_well(engine: type[Engine], tmp_path: Path) -> None:
    with listening(engine) as address:
        assert engine_answers({"DOCKER_HOST": address}, tmp_path / "none") is (engine is Engine)


def test_no_socket_is_no_engine(tmp_path: Path) -> None:
    assert not engine_answers({}, tmp_path / "docker.sock")


def test_a_socket_nobody_listens_on_is_no_engine(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert not engine_answers({"DOCKER_HOST": f"unix://{path}"}, path)


@pytest.mark.usefixtures("polite_engine")
def test_the_containers_have_our_settings_and_are_published_on_loopback_only(tmp_path: Path) -> None:
    servers = DockerServers(Layout.of(tmp_path))
    kafka, postgres = servers.kafka_container(), servers.postgres_container()
    addresses = servers.addresses()
    assert published(kafka) == [addresses.kafka, addresses.kafka_agencies]
    assert [addresses.postgres.rpartition("@")[2]] == [f"{each}/postgres" for each in published(postgres)]
    assert kafka.image == "apache/kafka:4.1.0"
    assert postgres.image == "postgres:18"
    assert "max_connections=200" in command_of(postgres)
    assert "unix_socket_directories=" not in command_of(postgres)
    assert postgres.env["POSTGRES_PASSWORD"] in addresses.postgres


@pytest.mark.usefixtures("polite_engine")
def test_one_folder_always_means_the_same_containers(tmp_path: Path) -> None:
    names = [vars(DockerServers(Layout.of(tmp_path)).kafka_container())["_name"] for _ in range(2)]
    other = vars(DockerServers(Layout.of(tmp_path / "other")).kafka_container())["_name"]
    assert names[0] == names[1] != other


def published(container: Any) -> list[str]:
    return [f"{host}:{port}" for host, port in container.ports.values()]


def command_of(container: Any) -> list[str]:
    return vars(container)["_command"]
