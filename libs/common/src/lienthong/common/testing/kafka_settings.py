"""The broker's settings file: the fixed part from deploy/local, and what differs between instances."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lienthong.common.testing.layout import local_settings


@dataclass(frozen=True, slots=True)
class ListenerFiles:
    """PEM files of the agencies' listener."""

    broker: Path
    """The broker's unencrypted PKCS#8 key, its certificate and the chain, in one file."""
    anchors: Path
    """Authorities whose certificates clients may present."""
    broker_anchors: Path
    """Authorities by which clients check the broker."""


def broker_settings(data: Path, ports: dict[str, int], files: ListenerFiles, *, bind: str = "127.0.0.1") -> str:
    """The text of server.properties. `bind` is the address listened on; clients are always told loopback.

    The internal and the controller's listener are plain TCP on loopback and their only user is a super user: whoever
    may open a loopback connection on the machine of an embedded broker is its operator. Agencies get the other
    listener. A cluster (deploy/k8s) has TLS on all of them.
    """
    internal, agencies, controller = ports["internal"], ports["agencies"], ports["controller"]
    differing = {
        "listeners": f"INTERNAL://{bind}:{internal},AGENCIES://{bind}:{agencies},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"INTERNAL://127.0.0.1:{internal},AGENCIES://127.0.0.1:{agencies}",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "log.dirs": str(data),
        "listener.name.agencies.ssl.keystore.location": str(files.broker),
        "listener.name.agencies.ssl.truststore.location": str(files.anchors),
    }
    fixed = (local_settings() / "kafka.properties").read_text("utf-8")
    return fixed + "\n" + "".join(f"{name}={_escaped(value)}\n" for name, value in differing.items())


def _escaped(value: str) -> str:
    # Java reads the file as Latin-1: everything beyond ASCII goes by its UTF-16 code units.
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    pairs = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(unit) if unit < 0x80 else f"\\u{unit:04x}" for unit in pairs)
