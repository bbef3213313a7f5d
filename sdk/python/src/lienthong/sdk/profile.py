"""The profile: a folder with all that one agency's system needs to act, and nothing that another must know.

    profile.toml        addresses, agency, client, environment, clerk
    anchors.pem         certificate authorities that this agency trusts
    seal.key, seal.pem  the agency's seal (or `seal = "<key URI>"` in profile.toml)
    seal.next.key       the key of the next seal while it is renewed; seal.lock keeps it to one process
    client.key          the key of this system as a machine client
    kafka.key, .csr, .pem  key, request and certificate of the client that reads the agency's own Kafka topic
    inbox-<lane>.json   what was read and acknowledged; acknowledged/ the receipts of it
    register/           what was learned of certificates and revocations, and when
    outgoing/ sent/     signed messages without and with their receipts
    received/           which letter or request came under which number, for finding it by a symbol or message
    reported/           the last report of each document and status
    asked/ answered/    the requests for changes of our documents, our answers to those of others
    saved.json          the folders that items were saved into
    keys.jsonl          which message stands for which key of a batch

Keys and messages are readable by their owner only.
"""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.sdk.errors import ProfileBroken, ProfileMissing
from lienthong.sdk.files import write_atomically

Environment = Literal["training", "production"]

FILE = "profile.toml"
SEAL_CERTIFICATE = "seal.pem"
DEFAULT_HOME = Path("~/.config/lienthong")
DEFAULT_NAME = "default"


def profile_folder(given: str | Path | None = None) -> Path:
    """A profile's folder: a path as it stands, a bare name in text below ~/.config/lienthong."""
    if isinstance(given, Path):
        # `Path("./x")` reads `x` as text: what was once a path must not become a name.
        return given.expanduser()
    text = given or DEFAULT_NAME
    if "/" not in text and not text.startswith((".", "~")):
        return (DEFAULT_HOME / text).expanduser()
    return Path(text).expanduser()


@dataclass(frozen=True, slots=True)
class Profile:
    """One agency at one platform, as one of its systems sees it.

    `accounts` and `exchange` are base addresses; `clerk` is who uses the seal, `place` where documents
    are issued, unless a message says otherwise.
    """

    folder: Path
    agency_id: UUID
    client_id: UUID
    accounts: str
    exchange: str
    environment: Environment
    code: str = ""
    name: str = ""
    clerk: str | None = None
    place: str | None = None
    seal: str | None = None

    @property
    def anchors(self) -> Path:
        """The anchors in PEM."""
        return self.folder / "anchors.pem"

    @property
    def seal_key(self) -> Path:
        """The seal's private key in PEM, where it is a file."""
        return self.folder / "seal.key"

    @property
    def seal_certificate(self) -> Path:
        """The seal's certificate and its chain in PEM."""
        return self.folder / SEAL_CERTIFICATE

    @property
    def next_seal_key(self) -> Path:
        """The private key that the seal gets with its renewal, in PEM."""
        return self.folder / "seal.next.key"

    @property
    def client_key(self) -> Path:
        """The machine client's private key in PEM."""
        return self.folder / "client.key"

    @property
    def kafka_key(self) -> Path:
        """The Kafka client's private key in PEM."""
        return self.folder / "kafka.key"

    @property
    def kafka_request(self) -> Path:
        """The request for its certificate (CSR) in PEM."""
        return self.folder / "kafka.csr"

    @property
    def kafka_certificate(self) -> Path:
        """Its certificate and chain in PEM, as the authority issued them."""
        return self.folder / "kafka.pem"

    @property
    def seal_uri(self) -> str:
        """Where the seal's key is (`lienthong.common.signing.open_key`)."""
        return self.seal or f"file:{self.seal_key.absolute()}?certificate={self.seal_certificate.absolute()}"

    @property
    def source(self) -> str:
        """The agency as the source of its events."""
        return f"/agencies/{self.agency_id}"

    @classmethod
    def load(cls, given: str | Path | None = None) -> "Profile":
        """Read a profile. Raises ProfileMissing, ProfileBroken."""
        folder = profile_folder(given)
        path = folder / FILE
        try:
            told = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError as error:
            raise ProfileMissing(Words(f"Không có {path}", f"There is no {path}")) from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise _broken(path, str(error)) from error
        return _from_members(cls, folder, told)

    def save(self) -> None:
        """Write profile.toml."""
        members: dict[str, str | None] = {
            "agency_id": str(self.agency_id),
            "client_id": str(self.client_id),
            "accounts": self.accounts,
            "exchange": self.exchange,
            "environment": self.environment,
            "code": self.code,
            "name": self.name,
            "clerk": self.clerk,
            "place": self.place,
            "seal": self.seal,
        }
        # A JSON string is a TOML basic string.
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in members.items() if value]
        write_atomically(self.folder / FILE, ("\n".join(lines) + "\n").encode())


def _from_members(cls: type[Profile], folder: Path, told: dict[str, object]) -> Profile:
    path = folder / FILE

    def text(name: str) -> str:
        value = told.get(name)
        if not isinstance(value, str) or not value:
            raise _broken(path, f"{name}?")
        return value

    def optional(name: str) -> str | None:
        return text(name) if name in told else None

    environment = text("environment")
    if environment not in ("training", "production"):
        raise _broken(path, f"environment = {environment}")
    try:
        return cls(
            folder=folder,
            agency_id=parse_id(text("agency_id")),
            client_id=parse_id(text("client_id")),
            accounts=text("accounts").rstrip("/"),
            exchange=text("exchange").rstrip("/"),
            environment=environment,
            code=optional("code") or "",
            name=optional("name") or "",
            clerk=optional("clerk"),
            place=optional("place"),
            seal=optional("seal"),
        )
    except MalformedId as error:
        raise _broken(path, str(error)) from error


def _broken(path: Path, why: str) -> ProfileBroken:
    return ProfileBroken(Words(f"{path}: không đọc được ({why})", f"{path}: cannot be read ({why})"))
