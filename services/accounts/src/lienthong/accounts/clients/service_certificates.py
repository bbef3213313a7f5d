"""Certificates of the platform's services: PEM chains in a folder, put there by whoever runs the installation."""

from pathlib import Path

import structlog

from lienthong.common.signing import Certificate, MaterialRefused, load_chain

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class ServiceCertificates:
    """Reads what is new in the folder. A file that cannot be read is told once and tried again when it changes."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._seen: dict[Path, tuple[int, int]] = {}

    def find_new(self) -> list[tuple[Path, tuple[Certificate, ...]]]:
        """Chains of files that are new or were changed since the last call."""
        if self._folder is None or not self._folder.is_dir():
            return []
        files = sorted(path for path in self._folder.iterdir() if path.suffix in (".pem", ".crt"))
        found = [(path, self._read(path)) for path in files if self._is_new(path)]
        return [(path, chain) for path, chain in found if chain]

    def forget(self, path: Path) -> None:
        """Read the file again next time: what it holds could not be registered yet."""
        self._seen.pop(path, None)

    def _is_new(self, path: Path) -> bool:
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if self._seen.get(path) == stamp:
            return False
        self._seen[path] = stamp
        return True

    def _read(self, path: Path) -> tuple[Certificate, ...]:
        try:
            return load_chain(path.read_bytes())
        except (OSError, MaterialRefused) as error:
            log.warning("service certificate unreadable", file=path.name, cause=str(error))
            return ()
