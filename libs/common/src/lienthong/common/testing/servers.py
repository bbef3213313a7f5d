"""Real servers wherever one is: given addresses, else a Docker engine that answers, else embedded.

`servers(folder)` is for one process; `start`, `stop` are the halves of it that `make up` and `make down` need;
`lease`, `release` share one instance between processes (the workers of a test run).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from lienthong.common.testing.addresses import Servers, given_servers
from lienthong.common.testing.docker_engine import engine_answers
from lienthong.common.testing.embedded import EmbeddedServers
from lienthong.common.testing.kafka import prepare_engine
from lienthong.common.testing.kafka_settings import ListenerFiles
from lienthong.common.testing.layout import Layout, write_whole
from lienthong.common.testing.leases import Leases
from lienthong.common.testing.postgres_files import binaries, server_account

__all__ = ["Servers", "lease", "prepare", "release", "servers", "start", "status", "stop"]


_KIND = "kind"


def prepare(folder: Path) -> None:
    """Fetch and make once per machine what embedded servers need, so that no start has to wait for it.

    Nothing happens where servers are given or a Docker engine answers. Raises ServersError.
    """
    if given_servers(folder.absolute()) is None and not engine_answers():
        prepare_engine()
        binaries(server_account())


def start(folder: Path, *, listener: ListenerFiles | None = None) -> Servers:
    """Find or start the servers and leave them running, also after this process; a second call finds them again.

    `listener` are the PEM files of the agencies' listener; without them a training authority is made in the folder.
    Raises ServersError, naming the command that installs what is missing.
    """
    given = given_servers(folder.absolute())
    if given is not None:
        return given
    layout = Layout.of(folder)
    with layout.lock():
        return _backend(layout, listener).start()


def stop(folder: Path) -> None:
    """Stop the servers of the folder, whoever uses them; their data stay. Nothing happens where none run."""
    if given_servers(folder.absolute()) is None and _was_used(folder):
        layout = Layout.of(folder)
        with layout.lock():
            _backend(layout).stop()


def status(folder: Path) -> Servers | None:
    """The running servers of the folder, or None."""
    given = given_servers(folder.absolute())
    if given is not None or not _was_used(folder):
        return given
    backend = _backend(Layout.of(folder))
    return backend.addresses() if backend.running() else None


@contextmanager
def servers(folder: Path, *, listener: ListenerFiles | None = None) -> Generator[Servers]:
    """Servers for the body of the `with`; stopped afterwards unless another process still leases them."""
    running = lease(folder, listener=listener)
    try:
        yield running
    finally:
        release(folder)


def lease(
    folder: Path, *, pid: int | None = None, listener: ListenerFiles | None = None, fresh: bool = False
) -> Servers:
    """Like `start`, and the servers stay at least until the process `pid` (by default this one) releases or ends.

    With `fresh` the data of earlier runs are removed first, unless somebody uses them.
    """
    given = given_servers(folder.absolute())
    if given is not None:
        return given
    layout = Layout.of(folder)
    with layout.lock():
        leases = Leases(layout.leases)
        backend = _backend(layout, listener)
        if fresh and not leases.holders() and not backend.running():
            backend.erase()
        leases.take(pid)
        try:
            return backend.start()
        except BaseException:
            leases.give_back(pid)
            raise


def release(folder: Path, *, pid: int | None = None) -> None:
    """Give a lease back; the last one out stops the servers."""
    if given_servers(folder.absolute()) is not None or not _was_used(folder):
        return
    layout = Layout.of(folder)
    with layout.lock():
        if Leases(layout.leases).give_back(pid):
            _backend(layout).stop()


def _was_used(folder: Path) -> bool:
    return (folder / _KIND).exists()


class _Backend(Protocol):
    def start(self) -> Servers: ...
    def stop(self) -> None: ...
    def erase(self) -> None: ...
    def running(self) -> bool: ...
    def addresses(self) -> Servers: ...


def _backend(layout: Layout, listener: ListenerFiles | None = None) -> _Backend:
    # A folder stays with what it began with: its data would be missing elsewhere, its processes would be forgotten.
    record = layout.folder / _KIND
    if not record.exists():
        write_whole(record, "docker" if engine_answers() else "embedded")
    if record.read_text("utf-8") == "docker":
        from lienthong.common.testing.docker import DockerServers  # noqa: PLC0415  half a second, rarely needed

        return DockerServers(layout, listener)
    return EmbeddedServers(layout, listener)
