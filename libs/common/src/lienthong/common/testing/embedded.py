"""The embedded pair: real Kafka and PostgreSQL started side by side in one data folder."""

from __future__ import annotations

from pathlib import Path

from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.kafka import PORTS, EmbeddedKafka, prepare_engine
from lienthong.common.testing.kafka_settings import ListenerFiles
from lienthong.common.testing.kafka_tls import certify_broker, listener_files
from lienthong.common.testing.layout import Layout
from lienthong.common.testing.ports import remembered_ports
from lienthong.common.testing.postgres import EmbeddedPostgres


class EmbeddedServers:
    """Both servers of one folder; safe to make at any time: what runs there already is found and kept."""

    def __init__(self, layout: Layout, given: ListenerFiles | None = None) -> None:
        self.layout = layout
        self._given = given
        self.kafka, self.postgres = self._at(remembered_ports(layout.ports, [*PORTS, "postgres"], held=_ALL))

    def start(self) -> Servers:
        """Start what does not run, Kafka and PostgreSQL at the same time, and wait for both.

        If one fails, or the wait is interrupted, what was started here is stopped again.
        """
        engine = prepare_engine()
        self._choose_ports()
        begun: list[EmbeddedKafka | EmbeddedPostgres] = []
        try:
            if self.kafka.daemon.process() is None:
                begun.append(self.kafka)
                if self._given is None:
                    certify_broker(self.layout.pki, self._broker_file)
                self.kafka.begin(engine)
            if self.postgres.daemon.process() is None:
                begun.append(self.postgres)
                self.postgres.begin()
            for server in (self.postgres, self.kafka):
                server.wait_ready()
        except BaseException:
            for server in begun:
                server.stop()
            raise
        return self.addresses()

    def stop(self) -> None:
        """Stop both, PostgreSQL first; what does not run is left alone."""
        self.postgres.stop()
        self.kafka.stop()

    def erase(self) -> None:
        """Stop both and remove their data; ports and certificates stay."""
        self.stop()
        self.postgres.erase()
        self.kafka.erase()

    def running(self) -> bool:
        """Whether both processes are there and accept connections."""
        servers = (self.kafka, self.postgres)
        return all(server.daemon.process() is not None and server.is_ready() for server in servers)

    def addresses(self) -> Servers:
        """Where the servers are, with their pids if they run."""
        return Servers(
            folder=self.layout.folder,
            source="embedded",
            kafka=self.kafka.bootstrap,
            kafka_agencies=self.kafka.agencies_bootstrap,
            postgres=self.postgres.dsn,
            kafka_ca=self._files().broker_anchors,
            kafka_pid=self.kafka.daemon.pid,
            postgres_pid=self.postgres.daemon.pid,
        )

    def _choose_ports(self) -> None:
        held = [*PORTS] if self.kafka.daemon.process() else []
        if self.postgres.daemon.process():
            held.append("postgres")
        ports = remembered_ports(self.layout.ports, _ALL, held=held)
        self.kafka.ports, self.postgres.port = ports, ports["postgres"]

    def _at(self, ports: dict[str, int]) -> tuple[EmbeddedKafka, EmbeddedPostgres]:
        kafka = EmbeddedKafka(self.layout.kafka, ports, self._files())
        return kafka, EmbeddedPostgres(self.layout.postgres, ports["postgres"])

    def _files(self) -> ListenerFiles:
        return self._given or listener_files(self.layout.pki, self._broker_file)

    @property
    def _broker_file(self) -> Path:
        return self.layout.kafka / "broker.pem"


_ALL = (*PORTS, "postgres")
