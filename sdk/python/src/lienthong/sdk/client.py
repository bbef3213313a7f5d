"""An agency's system at the platform: upload, seal, send, read, acknowledge.

async with Agency.open("so-tai-chinh") as agency:
    pdf = await agency.upload(Path("cong-van.pdf"))
    document = await agency.compose(draft, to=["000.00.14.H53"], files=[pdf])
    sent = await agency.send(document)
    async for letter in agency.inbox(Lane.ORDINARY):
        print(letter.n, letter.document.subject)
        await agency.acknowledge(letter)
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from lienthong.common.clock import Clock, SystemClock
from lienthong.common.errors import Words
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Attachment, Document, Lane
from lienthong.common.messages.exchange import DeliveryReceipt, DocumentSent, SubmissionReceipt
from lienthong.common.messages.parts import Organization
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.strict_json import JsonValue, MalformedJson, loads
from lienthong.sdk import attachments
from lienthong.sdk.attachments import Progress, Upload
from lienthong.sdk.compose import Draft, compose
from lienthong.sdk.directory import Directory
from lienthong.sdk.errors import UnexpectedAnswer
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.inbox import PAGE, Inbox, Letter
from lienthong.sdk.outgoing import Outgoing, Sealed
from lienthong.sdk.problems import Conflict, Refused, RequestInvalid
from lienthong.sdk.profile import Profile
from lienthong.sdk.seal import Seal
from lienthong.sdk.statements import Statements, hashes_of, refused, signed_line
from lienthong.sdk.tokens import Tokens
from lienthong.sdk.transport import Patience, Transport
from lienthong.sdk.trust import Material, Trust

REPEATED = 200
"""HTTP status of a message that had been accepted before (201 the first time)."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the exchange accepted and points out all the same."""

    code: str
    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message and the exchange's signed word that it was accepted. `repeated`: it had been accepted before."""

    message_id: UUID
    receipt: SubmissionReceipt
    receipt_signed: SignedBytes
    repeated: bool
    warnings: tuple[Warned, ...] = ()


class Agency:
    """One agency at one platform. Made by `open`; its methods may run concurrently."""

    def __init__(self, profile: Profile, transport: Transport, clock: Clock) -> None:
        self.profile = profile
        self._clock = clock
        self._seal: Seal | None = None
        self._exchange = Exchange(profile.exchange, transport, Tokens(transport, profile))
        self._trust = Trust(profile, transport, clock)
        self._statements = Statements(self._trust, profile.environment)
        self._outgoing = Outgoing(profile.folder)
        self._inboxes: dict[Lane, Inbox] = {}
        self.directory = Directory(transport, profile.accounts, clock)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        profile: Profile | str | Path | None = None,
        *,
        language: str = "vi",
        patience: Patience | None = None,
        clock: Clock | None = None,
        http: httpx.AsyncBaseTransport | None = None,
    ) -> AsyncGenerator["Agency"]:
        """Open a profile: a folder, or a name below ~/.config/lienthong.

        Raises ProfileMissing, EnrolmentUnfinished, ProfileBroken.
        """
        loaded = profile if isinstance(profile, Profile) else Profile.load(profile)
        async with httpx.AsyncClient(transport=http, follow_redirects=False) as client:
            transport = Transport(client, patience or Patience(), language)
            yield cls(loaded, transport, clock or SystemClock())

    async def whoami(self) -> Organization:
        """The agency as others see it today; shows that token, register and profile agree. Raises PlatformError."""
        await self._exchange.tokens.header()
        return await self.directory.organization(str(self.profile.agency_id))

    async def upload(self, path: Path, *, name: str | None = None, progress: Progress | None = None) -> Upload:
        """Send a file; it stays for 24 hours unless a message names it. Raises BadInput, PlatformError, Unreachable."""
        told = await asyncio.to_thread(attachments.describe_file, path, name=name)
        await attachments.upload(self._exchange, path, told, progress)
        return told

    async def compose(self, draft: Draft, *, to: Sequence[str], files: Sequence[Upload] = ()) -> Document:
        """A document to agencies named by code or id. Raises BadInput, PlatformError, Unreachable."""
        attached = [file.as_attachment(f"file-{place}") for place, file in enumerate(files, 1)]
        sender = await self.directory.organization(str(self.profile.agency_id))
        recipients = [await self.directory.organization(name) for name in to]
        return compose(draft, sender=sender, to=recipients, attachments=attached)

    def seal(self, document: Document, *, subject: UUID | None = None) -> Sealed:
        """Sign with the agency's seal; `subject` is the document's id when this is an update of it.

        From here on the bytes never change. Raises ProfileBroken, SealUnusable; MalformedEvent where a text is not NFC.
        """
        event = DocumentSent.new(
            source=self.profile.source, time=self._clock.now(), data=document, subject=str(subject or new_id())
        )
        # Opened at the first use: a system that only reads needs no seal at hand.
        self._seal = self._seal or Seal(self.profile, self._clock)
        return self._seal.sign(event)

    async def send(self, document: Document, *, subject: UUID | None = None) -> Sent:
        """Seal, keep, send. Raises as `submit`."""
        return await self.submit(self.seal(document, subject=subject))

    async def submit(self, sealed: Sealed) -> Sent:
        """Send a sealed message, again if need be: the same bytes never become two documents.

        Raises Refused and other PlatformErrors; OutcomeUnknown and Unreachable leave the message in `pending`.
        """
        await asyncio.to_thread(self._outgoing.put, sealed)
        try:
            answer = await self._exchange.ask(
                "POST",
                "/v1/messages",
                headers={"content-type": "application/cloudevents+json", "x-jws-signature": sealed.signed.jws},
                body=lambda: sealed.signed.payload,
            )
        except (Refused, Conflict, RequestInvalid):
            self._outgoing.drop(sealed.message_id)
            raise
        told = _members(answer.body)
        receipt_signed = signed_line(told.get("receipt"))
        receipt = await self._statements.read(receipt_signed, SubmissionReceipt)
        self._check(receipt, sealed)
        await asyncio.to_thread(self._outgoing.settle, sealed, receipt_signed)
        repeated = answer.status == REPEATED
        return Sent(sealed.message_id, receipt, receipt_signed, repeated, _warnings(told.get("warnings")))

    def pending(self) -> list[Sealed]:
        """Messages that may not have arrived, oldest first: `submit` them again."""
        return self._outgoing.pending()

    async def inbox(
        self, lane: Lane = Lane.ORDINARY, *, follow: bool = False, wait: float = 0, limit: int = PAGE
    ) -> AsyncGenerator[Letter]:
        """Letters in order from the first not acknowledged, each verified; `wait` seconds for news, or `follow`.

        Raises the InboxBroken family, SealRefused, StatementRefused, PlatformError, Unreachable.
        """
        async with aclosing(self._inbox(lane).read(follow=follow, wait=wait, limit=limit)) as letters:
            async for letter in letters:
                yield letter

    async def acknowledge(self, letter: Letter) -> DeliveryReceipt:
        """Acknowledge this letter and all before it in its lane. Raises as `acknowledge_number`."""
        return await self.acknowledge_number(letter.lane, letter.n)

    async def acknowledge_number(self, lane: Lane, n: int) -> DeliveryReceipt:
        """Acknowledge up to `n`, which was given out or refused by name. Raises NotReadYet, PlatformError."""
        return await self._inbox(lane).acknowledge(n)

    def material(self, signed: SignedBytes) -> Material:
        """Certificates and revocation lists by which a letter's message or receipt was judged, to keep beside it."""
        return self._trust.material(signed)

    async def download(self, attachment: Attachment, folder: Path, *, progress: Progress | None = None) -> Path:
        """Fetch an attachment into the folder under its name, unless the very file is there already.

        Raises DownloadChanged, PlatformError, BadInput.
        """
        target, there = await asyncio.to_thread(attachments.find_place, folder, attachment)
        if not there:
            await attachments.download(self._exchange, attachment, target, progress)
        return target

    def _inbox(self, lane: Lane) -> Inbox:
        if lane not in self._inboxes:
            self._inboxes[lane] = Inbox(
                lane, profile=self.profile, exchange=self._exchange, trust=self._trust, statements=self._statements
            )
        return self._inboxes[lane]

    def _check(self, receipt: SubmissionReceipt, sealed: Sealed) -> None:
        if (receipt.source, receipt.message_id) != (self.profile.source, sealed.message_id):
            raise refused("của thông điệp khác", "it is of another message")
        if (receipt.sha256, receipt.jws_sha256) != hashes_of(sealed.signed):
            raise refused("của nội dung khác", "it is of other bytes")


def _members(body: bytes) -> dict[str, JsonValue]:
    try:
        value = loads(body)
    except MalformedJson as error:
        raise UnexpectedAnswer(Words("Câu trả lời không phải JSON", "The answer is not JSON")) from error
    return value if isinstance(value, dict) else {}


def _warnings(value: JsonValue) -> tuple[Warned, ...]:
    told: list[dict[str, Any]] = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    return tuple(Warned(*(str(item.get(name) or "") for name in ("code", "pointer", "detail"))) for item in told)
