"""A small province around a real exchange: accounts' voice, agencies with seals and clients, and what they see."""

import asyncio
import hashlib
import itertools
import json
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer
from joserfc import jwt
from joserfc.jwk import ECKey

from lienthong.common.auth import AUDIENCE, ISSUER
from lienthong.common.clock import SystemClock, local_day
from lienthong.common.ids import new_id
from lienthong.common.messages import accounts
from lienthong.common.messages.accounts import AgencyChanged, AgencyLife
from lienthong.common.messages.document import (
    Attachment,
    CodeNumber,
    Document,
    DocumentKind,
    DocumentType,
    Lane,
    OtherInfo,
    Priority,
    Promulgation,
    Purpose,
    ResponseFor,
    SealUse,
    SignerInfo,
    SteeringType,
)
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.exchange import (
    DocumentSent,
    Exchanged,
    StatusReported,
    SubmissionReceipt,
    chain_next,
    chain_start,
)
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.messages.topics import AGENCIES
from lienthong.common.signing import HeldBy, SignedBytes, SignedWithin, all_of
from lienthong.common.testing.voice import Identity, Voice, publish
from lienthong.common.trust import AccountsStatement, TrustState, TrustTopics

CLOUDEVENTS = "application/cloudevents+json"
NDJSON = "application/x-ndjson"

_NUMBERS = itertools.count(1)
_SYMBOLS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Entry:
    """An inbox entry as its reader has it."""

    n: int
    message: SignedBytes
    receipt: SignedBytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.message.payload)


@dataclass(slots=True)
class Agency:
    """An agency's system: its seal, its machine client, its way to the exchange."""

    world: "World"
    identity: Identity
    client_id: UUID
    code: str
    name: str

    @property
    def id(self) -> UUID:
        agency_id = self.identity.certificate.agency_id
        assert agency_id is not None
        return agency_id

    @property
    def organization(self) -> Organization:
        return Organization(agency_id=self.id, code=self.code, name=self.name)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.world.token(self)}", "Accept-Language": "en"}

    def document(
        self, recipients: "Sequence[Agency]", *, priority: Priority = Priority.NORMAL, **changes: Any
    ) -> Document:
        today, number = local_day(self.world.clock.now()), next(_SYMBOLS)
        members: dict[str, Any] = {
            "sender": self.organization,
            "to": [agency.organization for agency in recipients],
            "document_id": f"{self.code},{today:%Y/%m/%d},{number:02}/BC-SNV",
            "code": CodeNumber(number=f"{number:02}", notation="BC-SNV"),
            "promulgation": Promulgation(place="Tây Ninh", date=today),
            "document_type": DocumentType(kind=DocumentKind.BAO_CAO, name="Báo cáo"),
            "subject": "Báo cáo kết quả thực hiện nhiệm vụ tháng 11",
            "signer": SignerInfo(position="Giám đốc", full_name="Nguyễn Văn Đức"),
            "other": OtherInfo(priority=priority),
            "steering": SteeringType.NONE,
            "purpose": Purpose.REPORT,
            "sealed_by": SealUse(full_name="Trần Thị Lan"),
        }
        return Document(**(members | changes))

    def event(self, document: Document, **changes: Any) -> DocumentSent:
        members: dict[str, Any] = {
            "source": self.identity.source,
            "time": self.world.clock.now(),
            "data": document,
            "subject": str(new_id()),
        }
        return DocumentSent.new(**(members | changes))

    def status(self, entry: Entry, status: StatusCode, **changes: Any) -> StatusReported:
        """What this agency, its recipient, says of the document in an entry."""
        told = entry.event
        envelope: dict[str, Any] = {"time": self.world.clock.now(), "subject": told["subject"], "id": None}
        envelope |= {name: changes.pop(name) for name in envelope if name in changes}
        members: dict[str, Any] = {
            "sender": self.organization,
            "to": (Organization.model_validate_json(json.dumps(told["data"]["from"])),),
            "lane": self.world.check_receipt(entry).lane,
            "message_id": told["id"],
            "response_for": ResponseFor(document_id=told["data"]["document_id"]),
            "status": status,
            "description": "Gửi nhầm nơi nhận" if status is StatusCode.REFUSED else None,
        }
        data = StatusReport(**(members | changes))
        return StatusReported.new(source=self.identity.source, data=data, **envelope)

    async def report(self, entry: Entry, status: StatusCode, **changes: Any) -> httpx.Response:
        """Post a status of the document in an entry."""
        return await self.post(self.seal(self.status(entry, status, **changes)))

    async def track(self, sender: "Agency | UUID", message_id: str | UUID) -> httpx.Response:
        """The track of a message of the sender."""
        source = sender.id if isinstance(sender, Agency) else sender
        return await self.world.http.get(f"/v1/tracks/{source}/{message_id}", headers=self.headers)

    def seal(self, event: Exchanged) -> SignedBytes:
        return self.identity.signer.sign(to_bytes(event))

    def message(self, *to: "Agency", **changes: Any) -> SignedBytes:
        return self.seal(self.event(self.document(to, **changes)))

    async def post(self, signed: SignedBytes, **headers: str) -> httpx.Response:
        given = self.headers | {"Content-Type": CLOUDEVENTS, "X-JWS-Signature": signed.jws} | headers
        return await self.world.http.post("/v1/messages", content=signed.payload, headers=given)

    async def post_batch(self, lines: Sequence[SignedBytes | bytes], **headers: str) -> httpx.Response:
        """Post messages, or whatever stands for one, as the lines of one batch."""
        written = [line if isinstance(line, bytes) else json.dumps(line.to_line()).encode() for line in lines]
        given = self.headers | {"Content-Type": NDJSON} | headers
        return await self.world.http.post("/v1/messages/batch", content=b"\n".join(written), headers=given)

    async def send(self, *to: "Agency", **changes: Any) -> SignedBytes:
        """Post a fresh message that must be accepted for the first time."""
        signed = self.message(*to, **changes)
        answer = await self.post(signed)
        assert answer.status_code == 201, answer.text
        return signed

    async def upload(
        self, content: bytes, *, said: bytes | None = None, media_type: str = "application/pdf"
    ) -> httpx.Response:
        digest = b64encode(hashlib.sha256(content if said is None else said).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": media_type}
        return await self.world.http.post("/v1/attachments", content=content, headers=self.headers | headers)

    async def download(self, sha256: str, **headers: str) -> httpx.Response:
        return await self.world.http.get(f"/v1/attachments/{sha256}", headers=self.headers | headers)

    async def read(self, lane: Lane = Lane.ORDINARY, **query: Any) -> tuple[list[Entry], dict[str, Any]]:
        """Entries and the head, its signature checked, as an agency's system reads them."""
        answer = await self.ask_inbox(lane, **query)
        assert answer.status_code == 200, answer.text
        return self.world.open_page(answer)

    async def ask_inbox(self, lane: Lane, **query: Any) -> httpx.Response:
        return await self.world.http.get(f"/v1/inbox/{lane}", params=query, headers=self.headers, timeout=70)

    async def read_all(self, lane: Lane = Lane.ORDINARY) -> list[Entry]:
        """The whole inbox, its chain recomputed against every head: no gap, no change, no reorder."""
        entries: list[Entry] = []
        chain = chain_start(self.id, lane)
        while True:
            page, head = await self.read(lane, after=len(entries), limit=50)
            for entry in page:
                assert entry.n == len(entries) + 1
                chain = chain_next(chain, hashlib.sha256(entry.message.payload).digest(), entry.n)
                self.world.check_receipt(entry)
                entries.append(entry)
            assert (head["n"], head["chain"]) == (len(entries), chain.hex())
            if not page:
                return entries

    async def acknowledge(self, n: int, lane: Lane = Lane.ORDINARY) -> httpx.Response:
        return await self.world.http.post(f"/v1/inbox/{lane}/acknowledgements", json={"n": n}, headers=self.headers)


@dataclass(slots=True)
class World:
    """Everything outside the exchange. `http` leads to it, `dsn` to its database."""

    voice: Voice
    producer: AIOKafkaProducer
    exchange: Identity
    token_key: ECKey
    http: httpx.AsyncClient
    dsn: str
    clock: SystemClock = field(default_factory=SystemClock)
    trust: TrustState = field(init=False)

    def __post_init__(self) -> None:
        self.trust = TrustState(self.voice.store, self.clock)
        for statement in self.voice.beginning(self.exchange):
            self.trust.take(statement)
        self.trust.settle()

    async def begin(self) -> None:
        """What accounts says in a new installation."""
        key = self.voice.token_key("k1", {str(k): v for k, v in self.token_key.as_dict(private=False).items()})
        await self.tell([*self.voice.beginning(self.exchange), key])

    async def tell(self, statements: Sequence[AccountsStatement]) -> None:
        await publish(self.producer, TrustTopics(), statements)

    async def tell_agency(self, agency: accounts.Agency) -> None:
        event = AgencyChanged.new(source="/services/accounts", time=self.clock.now(), data=agency)
        signed = self.voice.accounts.signer.sign(to_bytes(event))
        headers = [("jws-signature", signed.jws.encode())]
        await self.producer.send_and_wait(
            AGENCIES.name, signed.payload, key=str(agency.agency_id).encode(), headers=headers
        )

    async def agency(self, name: str = "Sở Nội vụ", *, registered: bool = True, kind: str = "department") -> Agency:
        """A new agency with seal and client, known to the exchange."""
        identity = self.voice.agency(name=name)
        made = Agency(self, identity, new_id(), f"000.00.{next(_NUMBERS):02}.H53", name)
        await self.tell([self.voice.certificate(identity), self.voice.client(made.client_id, [made.id])])
        if registered:
            await self.tell_agency(self.record(made, kind=kind))
            await self.until(lambda: self._is_in_register(made.id), "the agency is in the exchange's tables")
        await self.until(lambda: self.is_trusted(made), "the agency's certificate and client are known")
        return made

    async def agencies(self, number: int) -> list[Agency]:
        return [await self.agency(f"Sở số {index}") for index in range(1, number + 1)]

    def record(
        self,
        agency: Agency,
        *,
        version: int = 1,
        state: AgencyLife = AgencyLife.ACTIVE,
        successors: Sequence[UUID] = (),
        kind: str = "department",
    ) -> accounts.Agency:
        return accounts.Agency(
            agency_id=agency.id,
            version=version,
            state=state,
            kind=kind,
            level=2,
            names=(accounts.AgencyName(name=agency.name),),
            codes=(accounts.AgencyCode(code=agency.code, scheme=accounts.CodeScheme.QCVN102),),
            successors=tuple(successors),
        )

    def token(self, of: Agency, **claims: Any) -> str:
        return self.any_token(**{"sub": str(of.client_id), "agency": str(of.id)} | claims)

    def any_token(self, **claims: Any) -> str:
        """A token that says this."""
        now = int(self.clock.now().timestamp())
        members = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 300,
            "jti": str(new_id()),
        }
        return jwt.encode({"alg": "ES256", "kid": "k1"}, members | claims, self.token_key)

    def check(self, signed: SignedBytes) -> dict[str, Any]:
        """The statement in bytes that the exchange signed, verified as an agency's system does."""
        return json.loads(self.check_signature(signed))

    def check_signature(self, signed: SignedBytes) -> bytes:
        """The bytes that the exchange signed."""
        policy = all_of(HeldBy("/services/exchange"), SignedWithin())
        return self.trust.verifier.verify(
            signed, at=self.clock.now(), certificates=self.trust.certificates, policy=policy
        ).payload

    def open_page(self, answer: httpx.Response) -> tuple[list[Entry], dict[str, Any]]:
        """Entries and the head of an inbox's answer, the head's signature checked."""
        *lines, last = [json.loads(line) for line in answer.text.splitlines()]
        return [entry_of(line) for line in lines], self.check(SignedBytes.from_line(last["head"]))

    def check_receipt(self, entry: Entry) -> SubmissionReceipt:
        self.check(entry.receipt)
        receipt = SubmissionReceipt.model_validate_json(entry.receipt.payload)
        assert receipt.sha256 == hashlib.sha256(entry.message.payload).hexdigest()
        assert receipt.jws_sha256 == hashlib.sha256(entry.message.jws.encode()).hexdigest()
        assert (receipt.source, str(receipt.message_id)) == (entry.event["source"], entry.event["id"])
        return receipt

    async def rows(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def until(self, happened: Callable[[], Awaitable[bool]], what: str, *, seconds: float = 20) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not await happened():
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"not within {seconds} s: {what}")
            await asyncio.sleep(0.03)

    async def _is_in_register(self, agency_id: UUID) -> bool:
        return bool(await self.rows("SELECT FROM agency WHERE agency_id = $1", agency_id))

    async def is_trusted(self, agency: Agency) -> bool:
        answer = await agency.post(agency.identity.signer.sign(b"{}"))
        return answer.json()["code"] == "malformed_event"


def fresh_pdf(size: int = 5000) -> bytes:
    """Bytes that begin like a PDF and that nobody has uploaded before."""
    return (b"%PDF-1.7\n" + new_id().bytes * (size // 16 + 1))[:size]


def attachment(uploaded: dict[str, Any], **changes: Any) -> Attachment:
    """A reference to an uploaded file."""
    told = {name: uploaded[name] for name in ("sha256", "size", "media_type")}
    members: dict[str, Any] = {"id": "tep-1", "name": "Báo cáo.pdf", **told}
    return Attachment(**(members | changes))


@asynccontextmanager
async def stopped_pages(world: World) -> AsyncGenerator[None]:
    """Pages wait at the table of messages for as long as the block runs."""
    connection = await asyncpg.connect(world.dsn)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE message IN EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


def answered(response: httpx.Response) -> list[dict[str, Any]]:
    """The lines of a batch's answer, numbered as they should be."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == NDJSON
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["line"] for line in lines] == list(range(1, len(lines) + 1))
    return lines


def told(lines: Sequence[dict[str, Any]]) -> list[int | str]:
    """Each line's status where it was accepted, else the code of its problem."""
    return [line["problem"]["code"] if "problem" in line else line["status"] for line in lines]


def entry_of(line: dict[str, Any]) -> Entry:
    message = SignedBytes.from_line({name: line[name] for name in ("protected", "payload", "signature")})
    return Entry(line["n"], message, SignedBytes.from_line(line["receipt"]))
