"""One accounts service on real servers: its training authority, its settings, its process, and those who use it."""

import asyncio
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr

from lienthong.common.broker import BrokerSettings
from lienthong.common.clock import SystemClock
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import (
    CertificateOrder,
    CertificateOrderData,
    CertificateOrdered,
    CertificateRequest,
    CertificateRequested,
    ClientRequest,
    ClientRequested,
    ClientWithdrawal,
    ClientWithdrawn,
)
from lienthong.common.messages.envelope import Event, to_bytes
from lienthong.common.pki import (
    TrainingAuthority,
    generate_key,
    issue_service,
    issue_tsa,
    key_to_pem,
    make_csr,
    make_training_authority,
    own_key,
    save_authority,
    write_private,
)
from lienthong.common.settings import database_dsn
from lienthong.common.signing import Certificate, LocalKey, SignedBytes, Signer, TrustStore, load_chain
from lienthong.common.telemetry import make_telemetry
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.processes import ChildProcess, Processes, http_ready
from lienthong.common.trust import TrustFollower

ISSUER = "urn:lienthong:accounts"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EVENT = "application/cloudevents+json"


@dataclass(slots=True)
class Seal:
    """An agency's key and certificate."""

    agency_id: UUID
    key: LocalKey
    signer: Signer

    @property
    def fingerprint(self) -> str:
        return self.key.certificate.fingerprint

    @property
    def source(self) -> str:
        return f"/agencies/{self.agency_id}"


@dataclass(slots=True)
class MachineClient:
    """A machine client with its key."""

    client_id: UUID = field(default_factory=new_id)
    key: ECKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    @property
    def algorithm(self) -> str:
        return "ES256" if isinstance(self.key, ECKey) else "PS256"

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": str(self.client_id),
            "sub": str(self.client_id),
            "aud": ISSUER,
            "jti": secrets.token_urlsafe(12),
            "iat": now,
            "exp": now + 60,
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        algorithm = str(header.get("alg", self.algorithm))
        return jwt.encode({"alg": algorithm} | header, dict(claims), self.key, algorithms=[algorithm])

    def consent(self, agency_id: UUID, **changes: Any) -> str:
        return self.sign(self.claims(agency=str(agency_id), **changes))


@dataclass(slots=True)
class Installation:
    """Accounts and everything around it. `extra` settings are added to the service's own."""

    servers: Servers
    folder: Path
    processes: Processes
    authority: TrainingAuthority
    database: str
    port: int
    extra: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def make(cls, servers: Servers, folder: Path, processes: Processes, **extra: str) -> "Installation":
        """A training authority, the service's key, and nothing running yet."""
        authority = make_training_authority(SystemClock().now() - timedelta(minutes=1))
        folder.mkdir(parents=True)
        save_authority(folder / "ca", authority)
        made = cls(servers, folder, processes, authority, f"accounts_{secrets.token_hex(4)}", free_port(), extra)
        made.certify("accounts")
        made.certify_stamper()
        return made

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LIENTHONG_ENVIRONMENT": "training",
            "LIENTHONG_KAFKA": self.servers.kafka,
            "LIENTHONG_POSTGRES": self.servers.postgres,
            "LIENTHONG_ANCHORS": str(self.folder / "ca" / "anchors"),
            "LIENTHONG_KEY": f"file:{self.folder / 'accounts.key'}?certificate={self.folder / 'accounts.pem'}",
            "LIENTHONG_RUN_DIR": str(self.folder / "run"),
            "LIENTHONG_HTTP_PORT": str(self.port),
            "LIENTHONG_TSA_KEY": f"file:{self.folder / 'tsa.key'}?certificate={self.folder / 'tsa.pem'}",
            "LIENTHONG_AUDIT_SECONDS": "0.2",
            "LIENTHONG_ACCOUNTS_DATABASE": self.database,
            "LIENTHONG_ACCOUNTS_URL": self.url,
            "LIENTHONG_ACCOUNTS_CA": str(self.folder / "ca"),
            "LIENTHONG_ACCOUNTS_SERVICE_CERTIFICATES": str(self.folder / "services"),
            "LIENTHONG_ACCOUNTS_KEY_FOLDER": str(self.folder / "keys"),
        } | self.extra

    def without_authority(self, anchors: Path) -> None:
        """Certificates come from elsewhere: the service gets these anchors and no issuing key."""
        self.extra |= {"LIENTHONG_ACCOUNTS_CA": "", "LIENTHONG_ANCHORS": str(anchors)}

    def certify(self, service: str, folder: Path | None = None) -> str:
        """A fresh key and certificate for a service; gives the certificate's fingerprint."""
        folder = folder or self.folder
        folder.mkdir(parents=True, exist_ok=True)
        key, now = generate_key(), SystemClock().now()
        certificate = issue_service(self.authority.issuing, own_key(key), name=service, at=now)
        self._keep(folder / service, key, certificate)
        return certificate.fingerprint

    def certify_stamper(self) -> None:
        """The training authority of time."""
        key, at = generate_key(), SystemClock().now() - timedelta(seconds=30)
        self._keep(self.folder / "tsa", key, issue_tsa(self.authority.issuing, own_key(key), name="TSA", at=at))

    def _keep(self, stem: Path, key: Any, certificate: Certificate) -> None:
        write_private(stem.with_suffix(".key"), key_to_pem(key))
        chain = (certificate, *self.authority.issuing.chain)
        stem.with_suffix(".pem").write_bytes(b"".join(each.to_pem() for each in chain))

    def start(self, role: str = "all") -> ChildProcess:
        """Start the service and wait until it is ready. Raises ServerDidNotStart."""
        child = self.processes.start_role("accounts", role, environment=self.environment)
        child.wait_until(http_ready(f"{self.url}/health/ready"), timeout=60)
        return child

    def run(self, *arguments: str, code: int = 0, **more: str) -> Any:
        """`lienthong … --json` as an operator on the host; gives what it printed."""
        return json.loads(self.said(*arguments, "--json", code=code, **more))

    def said(self, *arguments: str, code: int = 0, **more: str) -> str:
        """The same without `--json`: what people read."""
        done = subprocess.run(
            [sys.executable, "-m", "lienthong.sdk", *arguments],
            env={"PATH": "/usr/bin:/bin", **self.environment, **more},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def import_sample(self) -> Any:
        return self.run("agencies", "import")

    def enrolment_code(self, agency: str) -> tuple[UUID, str]:
        issued = self.run("agencies", "enrolment-code", agency)
        return UUID(issued["agency_id"]), issued["enrolment_code"]

    @asynccontextmanager
    async def http(self) -> AsyncGenerator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            yield client

    async def enrol(self, http: httpx.AsyncClient, agency: str) -> Seal:
        """An agency's first seal."""
        agency_id, code = self.enrolment_code(agency)
        key = generate_key()
        csr = make_csr(key, agency_id, "Cơ quan").decode()
        body = {"csr": csr, "enrolment_code": code}
        answer = await http.post(f"/v1/agencies/{agency_id}/certificates", json=body)
        assert answer.status_code == 201, answer.text
        return seal_of(agency_id, key, answer.json()["certificates"])

    @asynccontextmanager
    async def follow(self, others: Sequence[Certificate] = ()) -> AsyncGenerator[TrustFollower]:
        """A reader that knows nothing but the anchors, current."""
        follower = TrustFollower(
            BrokerSettings(self.servers.kafka, f"reader-{secrets.token_hex(3)}"),
            TrustStore((*self.authority.anchors, *others)),
            SystemClock(),
            make_telemetry("reader"),
        )
        stop = asyncio.Event()
        running = asyncio.create_task(follower.run(stop))
        try:
            await follower.wait_ready(30)
            yield follower
        finally:
            stop.set()
            await running

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows of the service's database."""
        connection = await asyncpg.connect(database_dsn(SecretStr(self.servers.postgres), self.database))
        try:
            return await connection.fetch(statement, *arguments)
        finally:
            await connection.close()


def seal_of(agency_id: UUID, key: Any, pems: Sequence[str]) -> Seal:
    chain = load_chain("".join(pems).encode())
    local = LocalKey.of(key, chain[0], chain[1:])
    return Seal(agency_id, local, Signer(local, SystemClock().now))


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and stable code of an answer that refuses."""
    return answer.status_code, answer.json()["code"]


async def until(seen: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until it is seen. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not seen():  # noqa: ASYNC110 - what is waited for is another process's doing
            await asyncio.sleep(0.01)


async def until_answered(seen: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Ask until the answer is yes. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await seen():  # noqa: ASYNC110 - what is waited for is another process's doing
            await asyncio.sleep(0.3)


async def renew(http: httpx.AsyncClient, seal: Seal) -> Seal:
    """The agency's next seal."""
    key = generate_key()
    answer = await post(http, "/v1/certificate-requests", sign(seal, renewal_event(seal, key)))
    assert answer.status_code == 201, answer.text
    return seal_of(seal.agency_id, key, answer.json()["certificates"])


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def sign(seal: Seal, event: Event[Any]) -> SignedBytes:
    return seal.signer.sign(to_bytes(event))


async def post(http: httpx.AsyncClient, path: str, signed: SignedBytes) -> httpx.Response:
    return await http.post(path, content=signed.payload, headers={"content-type": EVENT, "x-jws-signature": signed.jws})


def order_event(
    seal: Seal, fingerprint: str, order: CertificateOrder, *, since: datetime | None = None, **other: Any
) -> CertificateOrdered:
    data = CertificateOrderData(
        agency_id=other.pop("agency_id", seal.agency_id),
        fingerprint=fingerprint,
        order=order,
        reason="Mất thiết bị",
        since=since,
    )
    source = other.pop("source", seal.source)
    return CertificateOrdered.new(source=source, time=SystemClock().now(), data=data, **other)


def renewal_event(seal: Seal, key: Any, **other: Any) -> CertificateRequested:
    data = CertificateRequest(agency_id=seal.agency_id, csr=make_csr(key, seal.agency_id, "x").decode())
    return CertificateRequested.new(source=seal.source, time=SystemClock().now(), data=data, **other)


def client_event(seal: Seal, client: MachineClient, proof: str | None = None, **other: Any) -> ClientRequested:
    told = client.key.as_dict(private=False)
    data = ClientRequest(
        agency_id=seal.agency_id,
        client_id=client.client_id,
        name="Hệ thống quản lý văn bản",
        public_key={name: str(told[name]) for name in ("kty", "crv", "x", "y", "n", "e") if name in told},
        proof=proof or client.consent(seal.agency_id),
    )
    return ClientRequested.new(source=seal.source, time=SystemClock().now(), data=data, **other)


def withdrawal_event(seal: Seal, client_id: UUID) -> ClientWithdrawn:
    data = ClientWithdrawal(agency_id=seal.agency_id, client_id=client_id, reason="Thay hệ thống")
    return ClientWithdrawn.new(source=seal.source, time=SystemClock().now(), data=data)


async def ask_token(http: httpx.AsyncClient, assertion: str, agency_id: UUID, **changes: Any) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        "agency": str(agency_id),
    } | changes
    return await http.post("/v1/token", data={name: value for name, value in form.items() if value is not None})
