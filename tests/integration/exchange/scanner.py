"""A real clamd for tests: Debian's, with a database of a few signatures that the test writes itself."""

import hashlib
import shutil
import socket
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from lienthong.common.testing.processes import ChildProcess, Processes

EICAR = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*").encode()
"""The harmless file that every scanner finds; in two parts, so that none finds this source."""

_SETTINGS = """\
Foreground yes
LocalSocket {folder}/s
DatabaseDirectory {folder}/db
TemporaryDirectory {folder}
PidFile {folder}/pid
StreamMaxLength {megabytes}M
MaxFileSize {megabytes}M
MaxScanSize {twice}M
AlertExceedsMax yes
ExtendedDetectionInfo yes
CommandReadTimeout 5
ReadTimeout 5
"""


@dataclass(slots=True)
class Scanner:
    """One clamd with its own socket, for files up to so many megabytes; signatures are read when it starts."""

    processes: Processes
    megabytes: int = 4
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="lt-clamd-")))  # a socket's path is short
    child: ChildProcess | None = None

    def __post_init__(self) -> None:
        (self.folder / "db").mkdir()
        self.know("Eicar-Test-Signature", EICAR)
        limits = {"megabytes": self.megabytes, "twice": 2 * self.megabytes}
        (self.folder / "clamd.conf").write_text(_SETTINGS.format(folder=self.folder, **limits))

    @property
    def address(self) -> str:
        return f"clamd:{self.folder / 's'}"

    def know(self, name: str, content: bytes) -> None:
        """Find files with this very content from the next start on."""
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        with (self.folder / "db" / "test.hdb").open("a") as database:
            database.write(f"{md5}:{len(content)}:{name}\n")

    def start(self) -> None:
        program = shutil.which("clamd") or shutil.which("/usr/sbin/clamd")
        if program is None:
            raise AssertionError("clamd is missing, and without it nobody knows: apt-get install clamav-daemon")
        self.child = self.processes.start([program, "-c", str(self.folder / "clamd.conf")], name="clamd")
        self.child.wait_until(self._answers)

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill()

    def remove(self) -> None:
        """What the child, ended by now, has left."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking:
            try:
                asking.connect(str(self.folder / "s"))
                asking.sendall(b"zPING\0")
                return asking.recv(10) == b"PONG\0"
            except OSError:
                return False
