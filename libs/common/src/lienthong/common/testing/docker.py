"""The same two servers as containers of the official images, where a Docker engine answers.

Ports are published on loopback only, the settings are those of the embedded servers, files are copied into the
containers (an engine may run elsewhere), and a stopped container is kept, so that a restart keeps the data.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import docker
from docker.errors import NotFound
from docker.models.containers import Container
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.errors import ServerDidNotStart
from lienthong.common.testing.kafka import PORTS, cluster_id
from lienthong.common.testing.kafka_settings import ListenerFiles, broker_settings
from lienthong.common.testing.kafka_tls import certify_broker, listener_files
from lienthong.common.testing.layout import Layout, short_hash, write_whole
from lienthong.common.testing.ports import remembered_ports
from lienthong.common.testing.postgres import fixed_settings

KAFKA_IMAGE = "apache/kafka:4.1.0"
POSTGRES_IMAGE = "postgres:18"
_START_TIMEOUT = 120.0
_INSIDE = "/etc/lienthong"


class DockerServers:
    """Both servers of one folder as containers named after the folder."""

    def __init__(self, layout: Layout, given: ListenerFiles | None = None) -> None:
        self.layout = layout
        self._given = given
        self._ports = remembered_ports(layout.ports, [*PORTS, "postgres"], held=[*PORTS, "postgres"])
        self._client = docker.from_env()

    def start(self) -> Servers:
        """Start or make the containers and wait for both servers. Raises ServerDidNotStart with the end of the log."""
        # Ryuk would remove the containers with this process; they are to outlive it.
        testcontainers_config.ryuk_disabled = True
        bootstrap = f"127.0.0.1:{self._ports['internal']}"
        kafka = self._up("kafka", self.kafka_container)
        postgres = self._up("postgres", self.postgres_container)
        _wait(postgres, ["pg_isready", "-h", "127.0.0.1", "-p", str(self._ports["postgres"])])
        _wait(kafka, ["/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", bootstrap])
        return self.addresses()

    def stop(self) -> None:
        """Stop the containers; their data stay in them."""
        for name in ("postgres", "kafka"):
            container = self._find(name)
            if container is not None:
                container.stop(timeout=30)

    def erase(self) -> None:
        """Remove the containers with their data."""
        for name in ("postgres", "kafka"):
            container = self._find(name)
            if container is not None:
                container.remove(v=True, force=True)

    def running(self) -> bool:
        """Whether both containers run."""
        found = [self._find(name) for name in ("kafka", "postgres")]
        return all(container is not None and container.status == "running" for container in found)

    def addresses(self) -> Servers:
        """Where the servers are; a container's process has no pid of this machine."""
        ports = self._ports
        return Servers(
            folder=self.layout.folder,
            source="docker",
            kafka=f"127.0.0.1:{ports['internal']}",
            kafka_agencies=f"127.0.0.1:{ports['agencies']}",
            postgres=f"postgresql://postgres:{self._password()}@127.0.0.1:{ports['postgres']}/postgres",
            kafka_ca=self._files().broker_anchors,
        )

    def kafka_container(self) -> DockerContainer:
        """The broker: formatted once, then started, both by Kafka's own scripts on our settings file."""
        files = self._given or certify_broker(self.layout.pki, self._broker_file)
        inside = ListenerFiles(Path(_INSIDE, "broker.pem"), Path(_INSIDE, "anchors.pem"), files.broker_anchors)
        settings = broker_settings(Path("/var/lib/kafka/data"), self._ports, inside, bind="0.0.0.0")  # noqa: S104  inside
        script = (
            f"cd /opt/kafka && bin/kafka-storage.sh format --ignore-formatted --cluster-id {cluster_id()}"
            f" --config {_INSIDE}/server.properties && exec bin/kafka-server-start.sh {_INSIDE}/server.properties"
        )
        container = self._container(KAFKA_IMAGE, "kafka", ("internal", "agencies"), ["sh", "-c", script])
        for name, content in (
            ("server.properties", settings.encode()),
            ("broker.pem", files.broker.read_bytes()),
            ("anchors.pem", files.anchors.read_bytes()),
        ):
            container.with_copy_into_container(content, f"{_INSIDE}/{name}", 0o644)
        return container

    def postgres_container(self) -> DockerContainer:
        """PostgreSQL with our settings; its unix socket stays, the image's first start needs it."""
        options = fixed_settings(without=("unix_socket_directories",))
        command = ["postgres", "-p", str(self._ports["postgres"]), *options]
        container = self._container(POSTGRES_IMAGE, "postgres", ("postgres",), command)
        container.with_env("POSTGRES_PASSWORD", self._password())
        return container.with_env("POSTGRES_INITDB_ARGS", "--locale-provider=builtin --builtin-locale=C.UTF-8")

    def _container(self, image: str, name: str, ports: tuple[str, ...], command: list[str]) -> DockerContainer:
        container = DockerContainer(image, command=cast("Any", command), name=self._name(name))
        # with_bind_ports would publish on every interface of the machine, the internal listener too.
        published = {f"{self._ports[port]}/tcp": ("127.0.0.1", self._ports[port]) for port in ports}
        cast("dict[str, Any]", container.ports).update(published)
        return container

    def _up(self, name: str, make: Callable[[], DockerContainer]) -> Container:
        container = self._find(name)
        if container is not None:
            container.start()
            return container
        return make().start().get_wrapped_container()

    def _find(self, name: str) -> Container | None:
        try:
            return self._client.containers.get(self._name(name))
        except NotFound:
            return None

    def _name(self, server: str) -> str:
        return f"lienthong-{short_hash(str(self.layout.folder))}-{server}"

    def _password(self) -> str:
        path = self.layout.folder / "docker-password"
        if not path.exists():
            write_whole(path, secrets.token_urlsafe(24), mode=0o600)
        return path.read_text("utf-8")

    def _files(self) -> ListenerFiles:
        return self._given or listener_files(self.layout.pki, self._broker_file)

    @property
    def _broker_file(self) -> Path:
        return self.layout.kafka / "broker.pem"


def _wait(container: Container, probe: list[str]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while container.exec_run(probe).exit_code != 0:
        container.reload()
        if container.status != "running" or time.monotonic() > deadline:
            log = container.logs(tail=25).decode("utf-8", errors="replace")
            raise ServerDidNotStart(f"{container.name} is {container.status}:\n{log}")
        time.sleep(0.2)
