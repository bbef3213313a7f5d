"""An agency's system at the platform: upload, seal, send, read, acknowledge, report, track, change.

async with Agency.open("so-tai-chinh") as agency:
    pdf = await agency.upload(Path("cong-van.pdf"))
    document = await agency.compose(draft, to=["000.00.14.H53"], files=[pdf])
    sent = await agency.send(document)
    async for item in agency.inbox(Lane.ORDINARY):
        print(item.n, item.sender_name, item.title)
        await agency.acknowledge(item)
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from lienthong.common.clock import Clock, SystemClock
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Attachment, Document, Lane, LateEntry, StaffInfo
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.exchange import DeliveryReceipt, DocumentRegistered, DocumentSent
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.sdk import attachments, own_topic
from lienthong.sdk.attachments import Progress, Upload
from lienthong.sdk.batch import Batch
from lienthong.sdk.changing import Changing
from lienthong.sdk.committing import Committing
from lienthong.sdk.compose import Draft, compose
from lienthong.sdk.directory import Directory
from lienthong.sdk.evidence import fetch_evidence
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.figures import By, FiguresReport, fetch_csv, fetch_figures
from lienthong.sdk.groups import ExpandedGroup, Groups
from lienthong.sdk.inbox import PAGE, Inbox
from lienthong.sdk.items import Letter, Numbered
from lienthong.sdk.keys import Keys
from lienthong.sdk.outgoing import Outgoing, Sealed
from lienthong.sdk.overdue import Overdue, Side, read_overdue
from lienthong.sdk.own_topic import OwnTopic
from lienthong.sdk.preflight import Capabilities, fetch_capabilities
from lienthong.sdk.profile import Profile
from lienthong.sdk.reading import InboxItem
from lienthong.sdk.received import Noted
from lienthong.sdk.registering import (
    Incoming,
    LateEntryLine,
    RegisteredLine,
    compose_registration,
    fetch_late_entries,
    fetch_registrations,
)
from lienthong.sdk.renewing import Renewal, RenewSeal
from lienthong.sdk.reporting import Reporting
from lienthong.sdk.saying import Says
from lienthong.sdk.seal import Seal
from lienthong.sdk.sending import Outcome, Sending, Sent
from lienthong.sdk.statements import Statements
from lienthong.sdk.support import Support
from lienthong.sdk.tokens import Login, Tokens
from lienthong.sdk.track import Track, fetch_track
from lienthong.sdk.transport import Patience, Transport
from lienthong.sdk.trust import Material, Trust
from lienthong.sdk.webhook import Webhooks


class Agency(Changing):
    """One agency at one platform. Made by `open`; its methods may run concurrently."""

    def __init__(self, profile: Profile, transport: Transport, clock: Clock) -> None:
        self.profile = profile
        self._clock = clock
        self._seal: Seal | None = None
        self._renew = RenewSeal(profile, transport, clock)
        self._exchange = Exchange(profile.exchange, transport, Tokens(transport, Login.of(profile)))
        self._trust = Trust(profile, transport, clock)
        self._statements = Statements(self._trust, profile.environment)
        self._outgoing = Outgoing(profile.folder)
        self._keys = Keys(profile.folder)
        self._sending = Sending(profile.source, self._exchange, self._statements, self._outgoing)
        self._batch = Batch(self._exchange, self._sending)
        self._inboxes: dict[Lane, Inbox] = {}
        self.directory = Directory(transport, profile.accounts, clock)
        self.webhooks = Webhooks(
            profile,
            exchange=self._exchange,
            trust=self._trust,
            statements=self._statements,
            inbox=self._inbox,
            clock=clock,
        )
        self.groups = Groups(self._exchange, self.directory)
        self.support = Support(self._exchange, self.directory)
        self.commitments = Committing(
            profile,
            exchange=self._exchange,
            directory=self.directory,
            trust=self._trust,
            statements=self._statements,
            inbox=self._inbox,
            sign=lambda payload: self._open_seal().sign_bytes(payload),
            clock=clock,
        )
        says = Says(profile, self._exchange, self.directory, self._sending, self._outgoing, self._sign, clock)
        self._reporting = Reporting(says)
        super().__init__(says, self._inbox)

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

    async def renew_seal(self) -> Renewal:
        """Renew the seal before it ends, and use the new one from now on. Raises as `RenewSeal` does."""
        renewal = await self._renew()
        self._seal = None
        return renewal

    async def capabilities(self, to: Sequence[str]) -> Capabilities:
        """Will it arrive? What the exchange takes, and how it stands with agencies named by code or id, 1000 at most.

        Raises BadInput, PlatformError, Unreachable.
        """
        agencies = [(await self.directory.find(name)).agency_id for name in to]
        return await fetch_capabilities(self._exchange, agencies)

    async def group(self, name: str) -> ExpandedGroup:
        """Whom one of this agency's groups means now: `compose(draft, to=group.to)`. Raises NotFound."""
        return await self.groups.expand(name)

    async def upload(self, path: Path, *, name: str | None = None, progress: Progress | None = None) -> Upload:
        """Send a file; it stays for 24 hours unless a message names it. Raises BadInput, PlatformError, Unreachable."""
        told = await asyncio.to_thread(attachments.describe_file, path, name=name)
        await attachments.upload(self._exchange, path, told, progress)
        return told

    async def compose(
        self, draft: Draft, *, to: Sequence[str], files: Sequence[Upload] = (), originals: Sequence[Upload] = ()
    ) -> Document:
        """A document to agencies named by code or id. Raises BadInput, PlatformError, Unreachable.

        The first of `files` is the document itself, the others are its annexes; `originals` are the editable files that
        legal normative documents, and programmes and plans of the province, carry besides (N6).
        """
        attached = attachments.with_roles(files, originals)
        sender = await self.directory.organization(str(self.profile.agency_id))
        recipients = [await self.directory.organization(name) for name in to]
        return compose(draft, sender=sender, to=recipients, attachments=attached)

    def seal(self, document: Document, *, subject: UUID | None = None, message_id: UUID | None = None) -> Sealed:
        """Sign with the agency's seal; `subject` is the document's id when this is an update of it.

        From here on the bytes never change. Raises ProfileBroken, SealUnusable; MalformedEvent where a text is not NFC.
        """
        return self._sign(
            DocumentSent.new(
                source=self.profile.source,
                time=self._clock.now(),
                data=document,
                subject=str(subject or new_id()),
                id=message_id,
            )
        )

    def _sign(self, event: Event[Any]) -> Sealed:
        return self._open_seal().sign(event)

    def _open_seal(self) -> Seal:
        # Opened at the first use: a system that only reads needs no seal at hand.
        self._seal = self._seal or Seal(self.profile, self._clock)
        return self._seal

    async def send(self, document: Document, *, subject: UUID | None = None) -> Sent:
        """Seal, keep, send. Raises as `submit`."""
        return await self.submit(self.seal(document, subject=subject))

    async def submit(self, sealed: Sealed) -> Sent:
        """Send a sealed message, again if need be: the same bytes never become two documents.

        Raises Refused and other PlatformErrors; OutcomeUnknown and Unreachable leave the message in `pending`.
        """
        return await self._sending.submit(sealed)

    async def send_batch(self, documents: Sequence[Document], *, keys: Sequence[str] | None = None) -> list[Outcome]:
        """Seal, keep and send many; for each, in order, its `Sent` or the error that it alone would have raised.

        A refused document stops no other. Under `keys`, one for each document, a batch may be run again as a whole:
        what was sent under a key is never sent anew. Raises as `seal`, before anything is sent.
        """
        ids = [new_id() for _ in documents] if keys is None else await asyncio.to_thread(self._keys.ids, keys)
        sealed: list[Sealed] = []
        for document, message_id in zip(documents, ids, strict=True):
            kept = None if keys is None else self._outgoing.find(message_id)
            sealed.append(kept.sealed if kept else self.seal(document, message_id=message_id))
        return await self.submit_batch(sealed)

    async def submit_batch(self, messages: Sequence[Sealed]) -> list[Outcome]:
        """Send sealed messages in their order, again if need be; as `send_batch`."""
        return await self._batch.submit(messages)

    def document_under(self, key: str) -> Document | None:
        """The document that was sealed under a key of `send_batch`, or None."""
        message_id = self._keys.find(key)
        event = self._sent.find_document(message_id) if message_id else None
        return event.data if event else None

    def pending(self) -> list[Sealed]:
        """Messages that may not have arrived, oldest first: `submit` them again."""
        return self._outgoing.pending()

    async def inbox(
        self, lane: Lane = Lane.ORDINARY, *, follow: bool = False, wait: float = 0, limit: int = PAGE
    ) -> AsyncGenerator[InboxItem]:
        """Documents and reports in order from the first not acknowledged, each verified.

        Waits `wait` seconds for news, or for ever with `follow`.

        Raises the InboxBroken and EntryRefused families, StatementRefused, PlatformError, Unreachable.
        """
        async with aclosing(self._inbox(lane).read(follow=follow, wait=wait, limit=limit)) as items:
            async for item in items:
                yield item

    async def read_again(self, lane: Lane, n: int) -> InboxItem:
        """One entry of the inbox, acknowledged or not, verified anew. Raises BadInput, and as `inbox`."""
        return await self._inbox(lane).fetch(n)

    async def acknowledge(self, item: Numbered) -> DeliveryReceipt:
        """Acknowledge this item and all before it in its lane. Raises as `acknowledge_number`."""
        return await self.acknowledge_number(item.lane, item.n)

    async def acknowledge_number(self, lane: Lane, n: int) -> DeliveryReceipt:
        """Acknowledge up to `n`, which was given out or refused by name. Raises NotReadYet, PlatformError."""
        return await self._inbox(lane).acknowledge(n)

    async def pass_over(self, lane: Lane, n: int) -> DeliveryReceipt:
        """Acknowledge an entry whose seal or report is refused, once all before it are. Raises BadInput."""
        return await self._inbox(lane).pass_over(n)

    async def report(
        self,
        letter: Letter,
        status: StatusCode,
        *,
        description: str | None = None,
        happened_at: datetime | None = None,
        staff: StaffInfo | None = None,
        sealed_by: str | None = None,
        late_entry: LateEntry | None = None,
    ) -> Sent:
        """Tell a document's sender how it is handled; a refusal needs its reason as `description`.

        Saying the same again sends nothing new. `sealed_by` names the person; without one, this system reports.
        `late_entry` says that it was recorded elsewhere first: its true time is the report's.
        Raises as `submit`, and BadInput.
        """
        report = await self._reporting.compose(
            letter, status, description=description, staff=staff, sealed_by=sealed_by, late_entry=late_entry
        )
        return await self._reporting.report(
            letter, report, happened_at or (late_entry.occurred_at if late_entry else None)
        )

    async def register(self, incoming: Incoming, *, files: Sequence[Upload] = ()) -> Sent:
        """Enter a document that came by e-mail, other software, post or hand (N7). Raises as `submit`, and BadInput."""
        sender = await self.directory.organization(str(self.profile.agency_id))
        registration = compose_registration(incoming, sender=sender, attachments=attachments.with_roles(files))
        source, now = self.profile.source, self._clock.now()
        event = DocumentRegistered.new(source=source, time=now, data=registration, subject=str(new_id()))
        return await self.submit(self._sign(event))

    async def registrations(self, *, before: UUID | None = None, limit: int = 100) -> tuple[RegisteredLine, ...]:
        """What this agency has registered, the newest first, behind the message `before`."""
        return await fetch_registrations(self._exchange, before, limit)

    async def late_entries(self, *, before: UUID | None = None, limit: int = 100) -> tuple[LateEntryLine, ...]:
        """What this agency has entered late, the newest first, each with the outage that is known for it (N4)."""
        return await fetch_late_entries(self._exchange, before, limit)

    async def figures(self, first: date, last: date, by: By = "day") -> FiguresReport:
        """What this agency sent and got on local days from `first` to `last`, both included (N10)."""
        return await fetch_figures(self._exchange, first, last, by)

    async def figures_csv(self, first: date, last: date, by: By = "day") -> bytes:
        """The same as CSV for spreadsheets: UTF-8 with a byte order mark."""
        return await fetch_csv(self._exchange, first, last, by)

    async def track(self, message_id: UUID, source: str | None = None) -> Track:
        """Where a document stands at its recipients; `source` names its sender by code or id, where that is another.

        Raises NotFound, also where this agency has no part in it; PlatformError, Unreachable.
        """
        sender = (await self.directory.find(source)).agency_id if source else self.profile.agency_id
        return await fetch_track(self._exchange, sender, message_id)

    async def evidence(self, message_id: UUID, recipient: str | None = None, source: str | None = None) -> bytes:
        """A file that proves a document at one recipient to anybody (docs/evidence.md); by default here, or from here.

        Raises NotFound, also where this agency has no part in it; PlatformError, Unreachable.
        """
        own = self.profile.agency_id
        sender = (await self.directory.find(source)).agency_id if source else own
        where = (await self.directory.find(recipient)).agency_id if recipient else own
        return await fetch_evidence(self._exchange, sender, message_id, where)

    async def open_topic(self, lane: Lane = Lane.ORDINARY) -> OwnTopic:
        """Ask for a Kafka topic of the agency's own; a repeat does no harm. Raises PlatformError, Unreachable."""
        return await own_topic.manage(self._exchange, "PUT", lane, self.profile.agency_id)

    async def topic(self, lane: Lane = Lane.ORDINARY) -> OwnTopic:
        """How far that topic is. Raises NotFound where nobody has asked for it; PlatformError, Unreachable."""
        return await own_topic.manage(self._exchange, "GET", lane, self.profile.agency_id)

    async def close_topic(self, lane: Lane = Lane.ORDINARY) -> OwnTopic:
        """End it with all that it holds. Raises as `topic`."""
        return await own_topic.manage(self._exchange, "DELETE", lane, self.profile.agency_id)

    async def overdue(self, side: Side = Side.OWN) -> AsyncGenerator[Overdue]:
        """What this agency owes others and is late with, or what others owe it. Raises PlatformError, Unreachable."""
        async with aclosing(read_overdue(self._exchange, side)) as found:
            async for each in found:
                yield each

    def find_received(self, name: str) -> list[Noted]:
        """Letters that this profile has read, by message id or symbol."""
        return [noted for lane in Lane for noted in self._inbox(lane).received.find(name)]

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
                lane,
                profile=self.profile,
                exchange=self._exchange,
                trust=self._trust,
                statements=self._statements,
                find_sent=self._sent.find,
            )
        return self._inboxes[lane]
