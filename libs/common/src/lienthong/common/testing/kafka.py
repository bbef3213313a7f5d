"""A real Apache Kafka (KRaft, one node) from its published jars, with the internal and the agencies' listener."""

from __future__ import annotations

import base64
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lienthong.common.testing.daemon import Daemon, plain_environment
from lienthong.common.testing.errors import ServerDidNotStart
from lienthong.common.testing.kafka_jars import Jars, Java, fetch_jars, find_java
from lienthong.common.testing.kafka_settings import ListenerFiles, broker_settings
from lienthong.common.testing.kafka_tls import certify_broker
from lienthong.common.testing.layout import local_settings, lock_file, write_whole
from lienthong.common.testing.ports import answers, free_port

PORTS = ("internal", "agencies", "controller")
_START_TIMEOUT = 90.0
_STARTED = "Kafka Server started"

# One compiler tier and the serial collector: a broker that starts fast and stays small. Loaded machines of many cores
# would choose otherwise.
_JVM = ("-Xms64m", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xlog:disable")


@dataclass(frozen=True, slots=True)
class Engine:
    """The Java and the jars a broker runs with."""

    java: Java
    jars: Jars

    def command(self, *options: str, main: str) -> list[str]:
        """The command line that runs a class of the jars."""
        return [str(self.java.program), *_JVM, *options, "-cp", self.jars.class_path, main]

    def shared_classes(self) -> str:
        """The option that loads classes from the archive; without an archive the JVM goes on without one."""
        return f"-XX:SharedArchiveFile={self.jars.archive(self.java)}"


def prepare_engine() -> Engine:
    """Java, jars and class-data archive; the first time on a machine this fetches and makes them (seconds to minutes).

    Raises MissingTool or ServersError.
    """
    engine = Engine(find_java(), fetch_jars())
    archive = engine.jars.archive(engine.java)
    if not archive.exists():
        with lock_file(archive.with_suffix(".lock")):
            if not archive.exists():
                _make_archive(engine, archive)
    return engine


class EmbeddedKafka:
    """One broker in one folder: `begin`, `wait_ready`, `stop`; failures through `daemon`."""

    def __init__(self, folder: Path, ports: dict[str, int], files: ListenerFiles) -> None:
        self.folder = folder
        self.ports = ports
        self._files = files
        self._data = folder / "data"
        self._log = folder / "server.log"
        mark = f"-Dlienthong.folder={folder}"
        self.daemon = Daemon("Kafka", folder, mark=mark, stop_signal=signal.SIGTERM, logs=(self._log,))

    @property
    def bootstrap(self) -> str:
        """The internal listener, for services."""
        return f"127.0.0.1:{self.ports['internal']}"

    @property
    def agencies_bootstrap(self) -> str:
        """The agencies' mTLS listener."""
        return f"127.0.0.1:{self.ports['agencies']}"

    def begin(self, engine: Engine, *options: str) -> None:
        """Format the data folder if there is none (whole or not at all), then start the broker without waiting."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._data.exists():
            self._format(engine)
        settings = self.folder / "server.properties"
        write_whole(settings, broker_settings(self._data, self.ports, self._files))
        shared = options or (engine.shared_classes(),)
        command = engine.command(*shared, *self._system_properties(), main="kafka.Kafka")
        self.daemon.spawn([*command, str(settings)], environment=_environment())

    def wait_ready(self) -> None:
        """Wait until the broker has left its fence and serves requests. Raises ServerDidNotStart."""
        self.daemon.wait_until(self._has_started, timeout=_START_TIMEOUT)

    def is_ready(self) -> bool:
        """Whether the internal listener accepts connections."""
        return answers(self.ports["internal"])

    def stop(self) -> None:
        """Controlled shutdown."""
        self.daemon.stop(patience=30.0)

    def erase(self) -> None:
        """Remove the data of a stopped broker."""
        shutil.rmtree(self._data, ignore_errors=True)

    def _has_started(self) -> bool:
        with suppress(OSError):
            return _STARTED in self._log.read_text("utf-8", errors="replace") and self.is_ready()
        return False

    def _system_properties(self) -> list[str]:
        layout = (local_settings() / "log4j2.xml").as_uri()
        return [
            self.daemon.mark,
            f"-Dlog4j2.configurationFile={layout}",
            f"-Dlienthong.kafka.log={self._log}",
            "-Djava.awt.headless=true",
        ]

    def _format(self, engine: Engine) -> None:
        # Formatted beside and renamed when complete: a folder called `data` is never half formatted.
        draft = self.folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        settings = self.folder / "format.properties"
        write_whole(settings, broker_settings(draft, self.ports, self._files))
        command = engine.command(engine.shared_classes(), main="kafka.tools.StorageTool")
        command += ["format", "--cluster-id", cluster_id(), "--config", str(settings)]
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            raise ServerDidNotStart(
                f"Kafka's storage could not be formatted:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        settings.unlink()
        draft.rename(self._data)


def cluster_id() -> str:
    """A new id for a cluster."""
    # 16 bytes in base64url; a random first byte could give a leading dash, which would be read as an option.
    return base64.urlsafe_b64encode(b"lien" + secrets.token_bytes(12)).decode().rstrip("=")


def _environment() -> dict[str, str]:
    # Without a UTF-8 locale Java cannot open a data folder with Vietnamese letters in its path.
    return {**plain_environment(), "LC_ALL": "C.UTF-8"}


def _make_archive(engine: Engine, archive: Path) -> None:
    """Run a broker once in a throw-away folder; on its way out the JVM writes the classes it has loaded."""
    with tempfile.TemporaryDirectory(prefix="lienthong-kafka-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        ports: dict[str, int] = {}
        for each in PORTS:
            ports[each] = free_port(taken=ports.values())
        broker = EmbeddedKafka(folder, ports, certify_broker(folder / "pki", folder / "broker.pem"))
        draft = archive.with_suffix(".draft")
        broker.begin(engine, f"-XX:ArchiveClassesAtExit={draft}")
        try:
            broker.wait_ready()
            _touch_tls(ports["agencies"])
        finally:
            broker.stop()
        if draft.exists():
            draft.rename(archive)


def _touch_tls(port: int) -> None:
    """A handshake without a client certificate: refused, but it loads the classes of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    with suppress(OSError), context.wrap_socket(plain) as secured:
        secured.recv(1)
