"""A private pair of servers that a test may kill, freeze and restart."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.embedded import EmbeddedServers
from lienthong.common.testing.layout import Layout

Which = Literal["kafka", "postgres"]


class PrivateServers:
    """Embedded servers of one test. Every method returns when the act has taken effect."""

    def __init__(self, embedded: EmbeddedServers) -> None:
        self._embedded = embedded
        self.addresses: Servers = embedded.start()

    def kill(self, which: Which) -> None:
        """SIGKILL for the server with all its processes: nothing is flushed, nobody is told."""
        self._server(which).daemon.kill()

    def freeze(self, which: Which) -> None:
        """SIGSTOP: connections stay open and nothing answers, like a machine that hangs."""
        self._server(which).daemon.freeze()

    def thaw(self, which: Which) -> None:
        """SIGCONT after `freeze`."""
        self._server(which).daemon.thaw()

    def stop(self, which: Which) -> None:
        """A clean stop."""
        self._server(which).stop()

    def restart(self, which: Which) -> None:
        """Start a killed or stopped server at the same address, on the same data; a running one is stopped first."""
        self._server(which).stop()
        self.addresses = self._embedded.start()

    def lose(self, which: Which) -> None:
        """The server with its disk: killed, its data erased, and started empty at the same address."""
        self.kill(which)
        self._server(which).erase()
        self.addresses = self._embedded.start()

    def pid(self, which: Which) -> int:
        """The process id of a running server; it may have children. Raises LookupError where it does not run."""
        pid = self._server(which).daemon.pid
        if pid is None:
            raise LookupError(f"{which} does not run")
        return pid

    def _server(self, which: Which):
        return self._embedded.kafka if which == "kafka" else self._embedded.postgres


@contextmanager
def private_servers(folder: Path) -> Generator[PrivateServers]:
    """An embedded pair in the folder for the body of the `with`; at its end stopped, whatever its state, and erased.

    The logs stay. The data would outlive the folder where PostgreSQL had to keep them elsewhere (postgres_files).
    """
    embedded = EmbeddedServers(Layout.of(folder))
    try:
        yield PrivateServers(embedded)
    finally:
        embedded.erase()
