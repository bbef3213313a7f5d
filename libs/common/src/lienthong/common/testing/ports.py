"""Free TCP ports, chosen once per data folder and kept, so that a restart comes back at the same address."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

from lienthong.common.testing.errors import ServersError
from lienthong.common.testing.layout import write_whole

# Below the range from which Linux and macOS take the ports of outgoing connections: a client that keeps calling a
# stopped server inside that range can get the server's own port as its source, connect to itself and hold it for ever.
_LOWEST, _HIGHEST = 20_000, 31_999
_TRIES = 1_000


def remembered_ports(path: Path, names: Iterable[str], *, held: Collection[str] = ()) -> dict[str, int]:
    """A port for each name: the one in the file if it is free (or `held` by our own server), else a new one.

    Raises ServersError if no free port is found.
    """
    old: dict[str, int] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        port = old.get(name)
        keep = port is not None and port not in ports.values() and (name in held or is_free(port))
        ports[name] = port if keep and port is not None else free_port(taken=[*ports.values(), *old.values()])
    write_whole(path, json.dumps(ports))
    return ports


def free_port(taken: Collection[int] = ()) -> int:
    """A port on loopback that nobody listens on now. Raises ServersError after a thousand tries."""
    for _ in range(_TRIES):
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST + 1)
        if port not in taken and is_free(port):
            return port
    raise ServersError(f"no free TCP port between {_LOWEST} and {_HIGHEST}")


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now, with SO_REUSEADDR as servers do: old connections do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int, *, timeout: float = 0.5) -> bool:
    """Whether something accepts connections on the port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout):
            return True
    except OSError:
        return False
