"""Where the servers keep their things: one data folder per instance, one cache for what instances share."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lienthong.common.testing.errors import ServersError


@dataclass(frozen=True, slots=True)
class Layout:
    """The places inside one instance's data folder. Two instances never share a folder."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Layout:
        """The layout of a folder, which is made if it is missing; others on the machine may not read it."""
        made = folder.absolute()
        # Workers of one run come here at the same moment; an existing folder keeps its permissions.
        made.mkdir(parents=True, exist_ok=True, mode=0o711)
        return cls(made)

    @property
    def kafka(self) -> Path:
        """The broker's folder: data, settings, logs, pid file."""
        return self.folder / "kafka"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's folder: data (or a link to it), password, log, pid file."""
        return self.folder / "postgres"

    @property
    def pki(self) -> Path:
        """The training authority of the agencies' listener."""
        return self.folder / "pki"

    @property
    def leases(self) -> Path:
        """One file per process that needs the servers."""
        return self.folder / "leases"

    @property
    def ports(self) -> Path:
        """The ports chosen when the folder was first used."""
        return self.folder / "ports.json"

    @contextmanager
    def lock(self) -> Generator[None]:
        """Hold the folder against every other process; the kernel lets go when the holder dies."""
        with lock_file(self.folder / "lock"):
            yield


@contextmanager
def lock_file(path: Path) -> Generator[None]:
    """Hold an exclusive lock on the file while the body runs; waits for as long as another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a small file so that readers see the old text or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as handle:
        handle.write(text)
    draft.replace(path)


def local_settings() -> Path:
    """`deploy/local`: the broker's pom and the fixed part of both servers' settings.

    Looked for in LIENTHONG_LOCAL, above this file (a checkout), then above the working directory (an installed wheel).
    """
    given = os.environ.get("LIENTHONG_LOCAL")
    places = [Path(given)] if given else []
    for start in (Path(__file__).resolve(), Path.cwd()):
        places += [parent / "deploy" / "local" for parent in start.parents]
    for place in places:
        if (place / "pom.xml").is_file():
            return place.absolute()
    raise ServersError("deploy/local was not found. Run this inside a checkout, or name the folder in LIENTHONG_LOCAL.")


def cache_folder() -> Path:
    """Where jars and binaries lie that all instances use: LIENTHONG_CACHE, else `.lienthong/cache` of the checkout."""
    given = os.environ.get("LIENTHONG_CACHE")
    return Path(given).absolute() if given else local_settings().parent.parent / ".lienthong" / "cache"


def short_hash(*parts: str) -> str:
    """Ten hex digits that name a combination of versions or paths."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]
