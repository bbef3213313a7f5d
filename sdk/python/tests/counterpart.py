"""A platform in memory that signs as the real one does and can be told to misbehave.

It exists to show the client things a real exchange never does: a lost answer, a changed byte, a missing entry. How the
client works with the real services is shown in tests/integration/journeys.
"""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx

from lienthong.common import pki
from lienthong.common.clock import SystemClock, to_text
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateRecord, CertificateState, Holder, HolderKind, StatePeriod
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import (
    DeliveryReceipt,
    InboxHead,
    Statement,
    SubmissionReceipt,
    chain_next,
    chain_start,
)
from lienthong.common.signing import Certificate, SignedBytes, Signer
from lienthong.common.signing.algorithms import PrivateKey
from lienthong.common.signing.keys import LocalKey
from lienthong.sdk import Patience, Profile

Line = dict[str, object]
Fault = Callable[[httpx.Request], httpx.Response]
MESSAGES = "/v1/messages"
FINANCE, JUSTICE = "000.00.11.H53", "000.00.14.H53"
IMPATIENT = Patience(attempts=4, seconds=10, first_wait=0.001, longest_wait=0.002, answer=1)


@dataclass
class Holding:
    """A key with its certificate."""

    key: PrivateKey
    certificate: Certificate
    holder: Holder

    @property
    def signer(self) -> Signer:
        return Signer(LocalKey.of(self.key, self.certificate), SystemClock().now)


@dataclass
class Counterpart:
    """Answers requests; every list and hook may be changed by a test."""

    started: datetime = field(default_factory=lambda: SystemClock().now() - timedelta(minutes=10))
    messages: list[SignedBytes] = field(default_factory=list[SignedBytes])
    lines: list[Line] = field(default_factory=list[Line])
    seen: list[httpx.Request] = field(default_factory=list[httpx.Request])
    faults: dict[str, list[Fault]] = field(default_factory=dict[str, list[Fault]])
    gone: tuple[str, ...] = ()
    """Beginnings of the paths that cannot be reached."""
    revoked: list[pki.Revoked] = field(default_factory=list[pki.Revoked])
    on_lines: Callable[[list[Line]], list[Line]] = lambda lines: lines
    on_head: Callable[[Line], Line] = lambda head: head
    judge: Callable[[SignedBytes], Line | None] = lambda _: None
    """The problem of a message that is refused, or None."""
    warnings: list[Line] = field(default_factory=list[Line])
    """What is pointed out of every message that is accepted."""
    tracks: dict[str, Line] = field(default_factory=dict[str, Line])
    overdue: dict[tuple[str, str], Line] = field(default_factory=dict[tuple[str, str], Line])
    """Pages of what is late, by side and cursor."""
    sent_on: dict[str, int] = field(default_factory=dict[str, int])
    """How many documents it counts as sent by the agency, by day; days that are not here: none."""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    break_files_after: list[int] = field(default_factory=list[int])
    """The next downloads break after so many bytes each."""
    environment: str = "training"
    invented_later: dict[str, str] = field(default_factory=dict[str, str])
    """Members of its statements that came after this program."""

    def __post_init__(self) -> None:
        self.ca = pki.make_training_authority(self.started)
        self.agency_id, self.other_id, self.client_id = new_id(), new_id(), new_id()
        self.exchange = self.service("exchange")
        self.agency = self.holding(self.agency_id)
        self.other = self.holding(self.other_id)
        self.known = {each.certificate.fingerprint: each for each in (self.exchange, self.agency, self.other)}

    def service(self, name: str) -> Holding:
        key = pki.generate_key()
        certificate = pki.issue_service(self.ca.issuing, pki.own_key(key), name=name, at=self.started)
        return Holding(key, certificate, Holder(kind=HolderKind.SERVICE, service=name))

    def holding(self, agency_id: UUID, ca: pki.TrainingAuthority | None = None) -> Holding:
        key = pki.generate_key()
        issuing = (ca or self.ca).issuing
        certificate = pki.issue_agency(
            issuing, pki.own_key(key), agency_id=agency_id, name="Sở Tài chính", at=self.started
        )
        return Holding(key, certificate, Holder(kind=HolderKind.AGENCY, agency_id=agency_id))

    def profile(self, folder: Path) -> Profile:
        """A profile of the agency, as enrolment leaves it."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "anchors.pem").write_bytes(self.ca.root.certificate.to_pem())
        (folder / "seal.key").write_bytes(pki.key_to_pem(self.agency.key))
        (folder / "seal.pem").write_bytes(self.agency.certificate.to_pem())
        (folder / "client.key").write_bytes(pki.key_to_pem(pki.generate_key()))
        profile = Profile(folder, self.agency_id, self.client_id, "http://accounts", "http://exchange", "training")
        profile.save()
        return profile

    def transport(self) -> httpx.MockTransport:
        async def answer(request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0)  # others may run meanwhile, as over a network
            return self._answer(request)

        return httpx.MockTransport(answer)

    def fail(self, path: str, fault: Fault, times: int = 1) -> None:
        """Answer the next requests of a path by `fault`, which may raise what a broken network raises."""
        self.faults[path] = [fault] * times

    def asked(self, method: str, path: str) -> list[httpx.Request]:
        """The requests of one kind, in order."""
        return [each for each in self.seen if each.method == method and each.url.path == path]

    def deliver(self, signed: SignedBytes, *, receipt: SignedBytes | None = None) -> None:
        """Put a message into the agency's ordinary inbox."""
        line: Line = {"n": len(self.lines) + 1, **signed.to_line()}
        self.lines.append({**line, "receipt": (receipt or self.receipt(signed)).to_line()})

    def receipt(self, signed: SignedBytes) -> SignedBytes:
        told = json.loads(signed.payload)
        return self.say(
            SubmissionReceipt(
                type="vn.lienthong.exchange.submission_receipt.v1",
                environment="training",
                source=told["source"],
                message_id=told["id"],
                subject=told["subject"],
                sha256=hashlib.sha256(signed.payload).hexdigest(),
                jws_sha256=hashlib.sha256(signed.jws.encode()).hexdigest(),
                lane=Lane.ORDINARY,
                accepted_at=SystemClock().now(),
            )
        )

    def say(self, statement: Statement) -> SignedBytes:
        members = {**statement.model_dump(mode="json"), **self.invented_later}
        return self.exchange.signer.sign(json.dumps(members).encode())

    def head(self, lines: list[Line], after: int) -> SignedBytes:
        """The signed head after what the exchange really holds up to the last line of the page."""
        n = max([after, *(int(str(line["n"])) for line in lines)])
        return self.say(self._head(Lane.ORDINARY, n, self.chain(n)))

    def _head(self, lane: Lane, n: int, chain: str) -> InboxHead:
        return InboxHead(
            type="vn.lienthong.exchange.inbox_head.v1",
            environment="training",
            recipient=self.agency_id,
            lane=lane,
            n=n,
            chain=chain,
            time=SystemClock().now(),
        )

    def chain(self, n: int) -> str:
        value = chain_start(self.agency_id, Lane.ORDINARY)
        for line in self.lines[:n]:
            value = chain_next(value, bytes.fromhex(_digest(line)), int(str(line["n"])))
        return value.hex()

    def withhold(self, n: int, how: str, request: SignedBytes) -> None:
        """Give an entry out no more, because of a request."""
        asked = json.loads(request.payload)
        by = {"source": asked["source"], "message_id": asked["id"]}
        self.lines[n - 1] = {"n": n, "sha256": _digest(self.lines[n - 1]), "withheld": how, "request": by}

    def _answer(self, request: httpx.Request) -> httpx.Response:  # noqa: PLR0911, PLR0912 - one line per route
        self.seen.append(request)
        if self.gone and request.url.path.startswith(self.gone):
            raise httpx.ConnectError("gone", request=request)
        if self.faults.get(request.url.path):
            return self.faults[request.url.path].pop(0)(request)
        path, parts = request.url.path, request.url.path.strip("/").split("/")
        match (request.method, *parts):
            case ("POST", "v1", "token"):
                return httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "expires_in": 300})
            case ("GET", "v1", "certificates", fingerprint):
                return self._certificate(fingerprint)
            case ("GET", "v1", "revocation-lists", issuer):
                return self._list(issuer)
            case ("POST", "v1", "messages"):
                return self.accept(request)
            case ("POST", "v1", "messages", "batch"):
                return self.accept_lines(request)
            case ("GET", "v1", "inbox", "ordinary") if "authorization" not in request.headers:
                return httpx.Response(401, json={"code": "token_missing", "title": "?"})
            case ("GET", "v1", "inbox", "ordinary"):
                return self._inbox(request)
            case ("GET", "v1", "inbox", "urgent"):
                return self._empty_lane()
            case ("GET", "v1", "agencies"):
                own = request.url.params["code"] == FINANCE
                found = self.record(str(self.agency_id if own else self.other_id))
                return httpx.Response(200, json={"agencies": [found]})
            case ("GET", "v1", "agencies", agency_id):
                return httpx.Response(200, json=self.record(agency_id))
            case ("GET", "v1", "tracks", _, message_id) if message_id in self.tracks:
                return httpx.Response(200, json=self.tracks[message_id])
            case ("GET", "v1", "overdue"):
                asked = request.url.params
                return httpx.Response(200, json=self.overdue[asked["side"], asked.get("after", "")])
            case ("GET", "v1", "figures"):
                return self._figures()
            case ("POST", "v1", "attachments"):
                return self._store(request)
            case ("GET", "v1", "attachments", sha256) if sha256 in self.files:
                return self._file(request, self.files[sha256])
            case ("POST", "v1", "inbox", "ordinary", "acknowledgements"):
                return self._acknowledge(request)
            case _:
                return httpx.Response(404, json={"code": "not_found", "title": path})

    def _certificate(self, fingerprint: str) -> httpx.Response:
        held = self.known.get(fingerprint)
        if held is None:
            return httpx.Response(404, json={"code": "certificate_not_registered", "title": "?"})
        chain = (held.certificate, self.ca.issuing.certificate)
        record = CertificateRecord(
            fingerprint=fingerprint,
            version=1,
            holder=held.holder,
            x5c=tuple(base64.b64encode(each.der).decode() for each in chain),
            serial=f"{held.certificate.serial:x}",
            not_before=held.certificate.not_before,
            not_after=held.certificate.not_after,
            state=CertificateState.ACTIVE,
            history=(StatePeriod(state=CertificateState.ACTIVE, since=self.started),),
        )
        return httpx.Response(200, json={**record.model_dump(mode="json"), "pem": "…"})

    def _list(self, issuer: str) -> httpx.Response:
        for authority in (self.ca.issuing, self.ca.root):
            if authority.certificate.fingerprint == issuer:
                crl = pki.make_crl(authority, self.revoked, number=1, at=self.started)
                return httpx.Response(200, content=crl)
        return httpx.Response(404, json={"code": "revocation_list_not_published", "title": "?"})

    def accept(self, request: httpx.Request) -> httpx.Response:
        status, body = self.accept_one(SignedBytes(request.content, request.headers["x-jws-signature"]))
        return httpx.Response(status, json=body)

    def accept_one(self, signed: SignedBytes) -> tuple[int, Line]:
        problem = self.judge(signed)
        if problem is not None:
            return int(str(problem.get("status", 422))), problem
        repeated = signed in self.messages
        if not repeated:
            self.messages.append(signed)
        return 200 if repeated else 201, {"receipt": self.receipt(signed).to_line(), "warnings": self.warnings}

    def accept_lines(self, request: httpx.Request) -> httpx.Response:
        answers: list[Line] = []
        for number, text in enumerate(request.content.splitlines(), 1):
            status, body = self.accept_one(SignedBytes.from_line(json.loads(text)))
            answers.append({"line": number, "status": status, **(body if status < 400 else {"problem": body})})
        return httpx.Response(200, content="\n".join(json.dumps(line) for line in answers).encode())

    def record(self, agency_id: str) -> Line:
        """What the register says of an agency."""
        name, code = ("Sở Tài chính", FINANCE) if agency_id == str(self.agency_id) else ("Sở Tư pháp", JUSTICE)
        told: Line = {"agency_id": agency_id, "version": 1, "state": "active", "kind": "department", "level": 2}
        return told | {"names": [{"name": name}], "codes": [{"code": code, "scheme": "qcvn102"}]}

    def _figures(self) -> httpx.Response:
        parts = [{"period": day, "figures": {"sent_documents": count}} for day, count in self.sent_on.items()]
        told = {"agency_id": str(self.agency_id), "made_at": to_text(SystemClock().now()), "parts": parts}
        return httpx.Response(200, json={**told, "total": {}, "refused_rules": {}})

    def _store(self, request: httpx.Request) -> httpx.Response:
        sha256 = hashlib.sha256(request.content).hexdigest()
        self.files[sha256] = request.content
        return httpx.Response(201, json={"sha256": sha256})

    def _file(self, request: httpx.Request, content: bytes) -> httpx.Response:
        first = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        headers = {"content-length": str(len(content) - first)}
        if first:
            headers["content-range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        breaks_after = self.break_files_after.pop(0) if self.break_files_after else None
        return httpx.Response(206 if first else 200, headers=headers, content=_stream(content[first:], breaks_after))

    def _empty_lane(self) -> httpx.Response:
        chain = chain_start(self.agency_id, Lane.URGENT).hex()
        head = self.say(self._head(Lane.URGENT, 0, chain))
        return httpx.Response(200, content=json.dumps({"head": head.to_line()}).encode())

    def _inbox(self, request: httpx.Request) -> httpx.Response:
        after, limit = int(request.url.params["after"]), int(request.url.params["limit"])
        lines = self.lines[after : after + limit]
        head = self.on_head({"head": self.head(lines, after).to_line()})
        told = [*self.on_lines([dict(line) for line in lines]), head]
        return httpx.Response(200, content="\n".join(json.dumps(line) for line in told).encode())

    def _acknowledge(self, request: httpx.Request) -> httpx.Response:
        n = json.loads(request.content)["n"]
        receipt = DeliveryReceipt(
            type="vn.lienthong.exchange.delivery_receipt.v1",
            environment="training",
            recipient=self.agency_id,
            lane=Lane.ORDINARY,
            n=n,
            chain=self.chain(n),
            acknowledged_at=SystemClock().now(),
        )
        return httpx.Response(200, json={"receipt": self.say(receipt).to_line()})


def _digest(line: Line) -> str:
    return str(line["sha256"]) if "withheld" in line else hashlib.sha256(str(line["payload"]).encode()).hexdigest()


async def _stream(content: bytes, breaks_after: int | None) -> AsyncGenerator[bytes]:
    yield content[:breaks_after]
    if breaks_after is not None:
        raise httpx.ReadError("the connection broke")
