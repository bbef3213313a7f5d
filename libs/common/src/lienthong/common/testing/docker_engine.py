"""Whether this machine has a Docker engine that works."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def engine_answers(environment: Mapping[str, str] = os.environ, socket: Path = Path("/var/run/docker.sock")) -> bool:
    """Whether an engine answers: a client on the PATH, or a socket nobody listens on, does not count."""
    if not environment.get("DOCKER_HOST") and not socket.exists():
        return False
    import docker  # noqa: PLC0415  a third of a second, for nothing on most machines
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        client = docker.from_env(timeout=3, environment=dict(environment))
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (DockerException, OSError):
        return False
