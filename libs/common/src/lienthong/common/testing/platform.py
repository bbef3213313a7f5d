"""The whole platform on one machine: servers, a training authority, accounts and exchange as processes of their own.

    python -m lienthong.common.testing.platform up | down | status

`up` leaves everything running and prints the addresses; `down` stops it, the data stay. Tests and the demo use the
class: they kill, freeze and restart services as the world would.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lienthong.common import pki
from lienthong.common.settings import PREFIX
from lienthong.common.testing import servers as server_pair
from lienthong.common.testing.addresses import PLATFORM, Servers
from lienthong.common.testing.daemon import Daemon, plain_environment
from lienthong.common.testing.errors import ServersError
from lienthong.common.testing.layout import lock_file, write_whole
from lienthong.common.testing.ports import remembered_ports

SERVICES = ("accounts", "exchange")
_START_TIMEOUT = 60.0
_STAMPER = "tsa"
"""The training authority of time: a key beside those of services; the exchange stamps with it."""
_NOT_RUNNING = 3


@dataclass(frozen=True, slots=True)
class Places:
    """Where a platform keeps its things, below the folder that its servers use too."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The training authority; the broker's agencies' listener trusts the same one."""
        return self.folder / "pki"

    @property
    def anchors(self) -> Path:
        """What everyone trusts."""
        return self.authority / "anchors" / "root.pem"

    @property
    def certificates(self) -> Path:
        """Certificates of services, read by accounts as they appear."""
        return self.folder / "service-certificates"

    @property
    def keys(self) -> Path:
        """Keys of services; `<service>.json` names the pair in use."""
        return self.folder / "service-keys"

    @property
    def operator_environment(self) -> Path:
        """Settings of accounts' host, for operators' commands."""
        return self.folder / "operator.env"

    @property
    def own_settings(self) -> Path:
        """Settings that a person gives every service here, as `LIENTHONG_NAME=value` lines; there need be none."""
        return self.folder / "settings.env"

    def service(self, name: str) -> Path:
        """Folder of one service's process: pid, console output."""
        return self.folder / "services" / name


class ServiceProcess:
    """One service in one process (role `all`)."""

    def __init__(self, name: str, places: Places, port: int) -> None:
        self.name = name
        self.port = port
        folder = places.service(name)
        # An option that Python passes over, and by which the process is found again.
        mark = f"-Xlienthong.service={folder}"
        self.daemon = Daemon(name, folder, mark=mark, stop_signal=signal.SIGTERM)

    @property
    def url(self) -> str:
        """Base address of its HTTP interface."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self, environment: Mapping[str, str]) -> None:
        """Start the process without waiting."""
        self.daemon.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, self.daemon.mark, "-m", f"lienthong.{self.name}", "all"]
        self.daemon.spawn(command, environment={**plain_environment(), **environment})

    def wait_ready(self) -> None:
        """Wait until it says that it is ready. Raises ServerDidNotStart."""
        self.daemon.wait_until(self.is_ready, timeout=_START_TIMEOUT)

    def is_ready(self) -> bool:
        """Whether it serves now."""
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer:  # noqa: S310
            return answer.status == 200
        return False


class Platform:
    """Servers and services of one folder; safe to make at any time: what runs there is found and kept."""

    def __init__(self, folder: Path, running: Servers, extra: Mapping[str, str] | None = None) -> None:
        """`extra` are settings added to every service's own, after those of `settings.env`. Raises ServersError."""
        self.places = Places(folder.absolute())
        self.servers = running
        self._extra = read_settings(self.places.own_settings) | dict(extra or {})
        held = [name for name in SERVICES if ServiceProcess(name, self.places, 0).daemon.process()]
        ports = remembered_ports(self.places.folder / "service-ports.json", SERVICES, held=held)
        self.services = {name: ServiceProcess(name, self.places, ports[name]) for name in SERVICES}

    @property
    def accounts_url(self) -> str:
        """Base address of accounts."""
        return self.services["accounts"].url

    @property
    def exchange_url(self) -> str:
        """Base address of exchange."""
        return self.services["exchange"].url

    @property
    def anchors(self) -> Path:
        """PEM file of the training root."""
        return self.places.anchors

    def start(self) -> None:
        """Start the services that do not run, at the same time, and wait until all are ready."""
        for name in (*SERVICES, _STAMPER):
            self._certify(name)
        begun = [service for service in self.services.values() if service.daemon.process() is None]
        try:
            for service in begun:
                service.begin(self.settings(service.name))
            for service in self.services.values():
                service.wait_ready()
        except BaseException:
            for service in begun:
                service.daemon.stop()
            raise

    def stop(self) -> None:
        """Stop the services; the servers go on."""
        for service in reversed(self.services.values()):
            service.daemon.stop()

    def kill(self, name: str) -> None:
        """SIGKILL, as a power cut would."""
        self.services[name].daemon.kill()

    def restart(self, name: str, **extra: str) -> None:
        """Start a service that ended or was killed, and wait until it is ready. `extra` are settings for this time."""
        service = self.services[name]
        service.daemon.stop()
        service.begin(self.settings(name) | extra)
        service.wait_ready()

    def settings(self, name: str) -> dict[str, str]:
        """The environment of one service; operators' commands on its host use the same."""
        folder = self.places.folder
        common = {
            **self.servers.environment(),
            "LIENTHONG_ENVIRONMENT": "training",
            "LIENTHONG_ANCHORS": str(self.places.anchors),
            "LIENTHONG_KEY": self._key(name),
            "LIENTHONG_OBJECTS": f"file:{folder / 'objects'}",
            "LIENTHONG_RUN_DIR": str(folder / "run"),
            "LIENTHONG_HTTP_PORT": str(self.services[name].port),
            "LIENTHONG_TSA_KEY": self._key(_STAMPER),
            "LIENTHONG_AUDIT_SECONDS": "2",
        }
        if name == "accounts":
            common |= {
                "LIENTHONG_ACCOUNTS_URL": self.accounts_url,
                "LIENTHONG_ACCOUNTS_CA": str(self.places.authority),
                "LIENTHONG_ACCOUNTS_SERVICE_CERTIFICATES": str(self.places.certificates),
                "LIENTHONG_ACCOUNTS_KEY_FOLDER": str(folder / "token-keys"),
            }
        return common | self._extra

    def operator(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `lienthong …` as an operator on accounts' host. Raises ServersError with its words if it fails."""
        command = [sys.executable, "-m", "lienthong.sdk", *arguments]
        environment = {**plain_environment(), **self.settings("accounts")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if check and done.returncode != 0:
            told = f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}".strip()
            raise ServersError(f"lienthong {' '.join(arguments)} ended with {done.returncode}:\n{told}")
        return done

    def write_operator_environment(self) -> None:
        """Leave what `operator` uses in a file that its owner alone can read, by `. .lienthong/operator.env`."""
        told = {PLATFORM: str(self.places.folder), **self.settings("accounts")}
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in told.items()]
        write_whole(self.places.operator_environment, "".join(lines), mode=0o600)

    def renew_key(self, name: str) -> str:
        """Make the service's next key and certificate; used from its next start. Gives the certificate's fingerprint.

        The certificate is laid where accounts finds it; whoever calls waits until it is registered.
        """
        now = dt.datetime.now(dt.UTC)
        issuer = pki.load_authority(self.places.authority).issuing
        key = pki.generate_key()
        issue = pki.issue_tsa if name == _STAMPER else pki.issue_service
        certificate = issue(issuer, pki.own_key(key), name=name, at=now)
        stem = f"{name}-{certificate.fingerprint[:10].replace('-', '_')}"
        chain = "".join(each.to_pem().decode() for each in (certificate, *issuer.chain))
        certificates = self._certificates(name)
        for folder in (self.places.keys, certificates):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        pki.write_private(self.places.keys / f"{stem}.key", pki.key_to_pem(key))
        write_whole(certificates / f"{stem}.pem", chain)
        # Last, because it is what makes the pair the one in use.
        write_whole(self.places.keys / f"{name}.json", json.dumps({"stem": stem}))
        return certificate.fingerprint

    def addresses(self) -> dict[str, str]:
        """What a person or a program needs to use this platform."""
        return {
            "accounts": self.accounts_url,
            "exchange": self.exchange_url,
            "anchors": str(self.places.anchors),
            "kafka": self.servers.kafka,
            "kafka_agencies": self.servers.kafka_agencies,
            "postgres": _without_password(self.servers.postgres),
            "operator": str(self.places.operator_environment),
            "folder": str(self.places.folder),
        }

    def _certify(self, name: str) -> None:
        if not (self.places.keys / f"{name}.json").exists():
            self.renew_key(name)

    def _certificates(self, name: str) -> Path:
        """Accounts registers services' certificates; that of time it would refuse."""
        return self.places.keys if name == _STAMPER else self.places.certificates

    def _key(self, name: str) -> str:
        stem = json.loads((self.places.keys / f"{name}.json").read_text("utf-8"))["stem"]
        return f"file:{self.places.keys / stem}.key?certificate={self._certificates(name) / stem}.pem"


def read_settings(path: Path) -> dict[str, str]:
    """The settings of a file, as a shell would read them; none where there is no file. Raises ServersError.

    Not the shell's own: a platform does not change with what happens to be exported where it is started.
    """
    told: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines() if path.exists() else (), 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            words = [line, ""]
        name, _, value = (words or [""])[0].partition("=")
        if words and (len(words) > 1 or not name.startswith(PREFIX) or "=" not in words[0]):
            raise ServersError(f"{path}:{number}: not a setting of the form {PREFIX}NAME=value: {line!r}")
        if words:
            told[name] = value
    return told


def start(folder: Path, extra: Mapping[str, str] | None = None, *, on: Servers | None = None) -> Platform:
    """Start what does not run yet and leave it running, `on` servers that run already if given. Raises ServersError."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    with lock_file(folder / "platform.lock"):
        _make_authority(Places(folder))
        platform = Platform(folder, on or server_pair.start(folder), extra)
        platform.start()
        platform.write_operator_environment()
    return platform


def stop(folder: Path) -> None:
    """Stop services and servers of the folder; the data stay."""
    folder = folder.absolute()
    if not folder.is_dir():
        return
    with lock_file(folder / "platform.lock"):
        places = Places(folder)
        for name in reversed(SERVICES):
            if places.service(name).is_dir():
                ServiceProcess(name, places, 0).daemon.stop()
        server_pair.stop(folder)


def status(folder: Path) -> Platform | None:
    """The platform of the folder if all of it runs and is ready, else None."""
    running = server_pair.status(folder.absolute()) if folder.is_dir() else None
    if running is None:
        return None
    platform = Platform(folder, running)
    return platform if all(service.is_ready() for service in platform.services.values()) else None


@contextmanager
def running_platform(folder: Path, extra: Mapping[str, str] | None = None) -> Generator[Platform]:
    """A platform for the body of the `with`; all of it is stopped afterwards, also after a Ctrl-C."""
    try:
        yield start(folder, extra)
    finally:
        stop(folder)


def _without_password(dsn: str) -> str:
    """The address alone; the password stays in its file."""
    parts = urlsplit(dsn)
    return parts._replace(netloc=f"{parts.username}@{parts.hostname}:{parts.port}").geturl()


def _make_authority(places: Places) -> None:
    if places.authority.exists():
        return
    # Saved beside and renamed, so that whoever is killed here leaves a whole authority or none.
    draft = places.authority.with_name(".pki.draft")
    shutil.rmtree(draft, ignore_errors=True)
    # From a little while ago, so that a first list and certificate are good at once on a clock that lags.
    made_at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    pki.save_authority(draft, pki.make_training_authority(made_at, name="lienthong"))
    draft.rename(places.authority)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 failed (said in plain words), 3 nothing runs (status)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.act(options))
    except ServersError as error:
        print(f"lienthong: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _up(options: argparse.Namespace) -> int:
    _tell(start(options.folder), options)
    return 0


def _down(options: argparse.Namespace) -> int:
    stop(options.folder)
    return 0


def _status(options: argparse.Namespace) -> int:
    platform = status(options.folder)
    if platform is None:
        print("not running", file=sys.stderr)
        return _NOT_RUNNING
    _tell(platform, options)
    return 0


def _tell(platform: Platform, options: argparse.Namespace) -> None:
    addresses = platform.addresses()
    if options.json:
        print(json.dumps(addresses), flush=True)
    else:
        print("\n".join(f"{name:<15} {value}" for name, value in addresses.items()))
        commands = Path(sys.executable).parent
        print(
            f"next: export PATH={commands}:$PATH; . {platform.places.operator_environment}; lienthong --help",
            flush=True,
        )


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--folder", type=Path, default=Path(".lienthong"), help="data folder (default: .lienthong)")
    common.add_argument("--json", action="store_true", help="addresses as one JSON object")
    parser = argparse.ArgumentParser(prog="python -m lienthong.common.testing.platform", description=__doc__)
    commands = parser.add_subparsers(required=True)
    acts = {"up": (_up, "start all and leave it running"), "down": (_down, "stop all"), "status": (_status, "show")}
    for name, (act, words) in acts.items():
        commands.add_parser(name, parents=[common], help=words).set_defaults(act=act)
    return parser


if __name__ == "__main__":
    sys.exit(main())
