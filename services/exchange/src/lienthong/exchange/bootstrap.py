"""The only file that builds real things and joins them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files

from lienthong.common.auth import TokenVerifier
from lienthong.common.broker import (
    BrokerSettings,
    DeadLetters,
    Subscription,
    ensure_topics,
    make_broker,
    make_producer,
    run_subscriptions,
    subscribe,
)
from lienthong.common.clock import Clock, SystemClock
from lienthong.common.database import COMMON_MIGRATIONS, Database, Migrations, create_database, generation, migrate
from lienthong.common.http import ReadinessCheck, listen, serve
from lienthong.common.inbox import Effect, Inbox
from lienthong.common.messages.accounts import AgencyChanged, CertificateChanged, RevocationListPublished
from lienthong.common.messages.envelope import Catalogue
from lienthong.common.messages.topics import AGENCIES, ALL_TOPICS, CERTIFICATES, REVOCATION_LISTS, dead_letters
from lienthong.common.objects import ObjectStore, open_objects
from lienthong.common.operating import Operated
from lienthong.common.outbox import Bell, Outbox
from lienthong.common.reading import EXCHANGE, ServiceEvents
from lienthong.common.relay import Relay
from lienthong.common.roles import Process
from lienthong.common.settings import SettingsError, database_dsn
from lienthong.common.signing import SignedWithin, Signer, SigningError, all_of, open_key
from lienthong.common.telemetry import Telemetry
from lienthong.common.trust import TrustFollower, open_trust_store
from lienthong.exchange.api.app import Doors, make_exchange_app
from lienthong.exchange.api.batches import BatchLimits
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.clients.clamd import Clamd, ClamdAddress
from lienthong.exchange.domain.file_kinds import FilePolicy
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.settings import ExchangeSettings
from lienthong.exchange.store import messages
from lienthong.exchange.subscribers.agency import on_agency_changed
from lienthong.exchange.subscribers.certificate import on_certificate_changed
from lienthong.exchange.subscribers.revocation_list import on_revocation_list_published
from lienthong.exchange.timers import run_timers
from lienthong.exchange.usecases.accept_page import AcceptPage
from lienthong.exchange.usecases.acknowledge import Acknowledge
from lienthong.exchange.usecases.check_seal import CheckSeal
from lienthong.exchange.usecases.destroy_files import DestroyFiles
from lienthong.exchange.usecases.inbox_bell import InboxBell
from lienthong.exchange.usecases.page_writer import PageWriter, WriterLimits
from lienthong.exchange.usecases.read_attachment import ReadAttachment
from lienthong.exchange.usecases.read_inbox import ReadInbox, ReadingLimits
from lienthong.exchange.usecases.read_track import ReadTrack
from lienthong.exchange.usecases.scan_upload import ScanLimits, ScanUpload
from lienthong.exchange.usecases.submit_batch import SubmitBatch
from lienthong.exchange.usecases.submit_document import SubmitDocument
from lienthong.exchange.usecases.upload_attachment import UploadAttachment

MIGRATIONS = Migrations("exchange", files("lienthong.exchange").joinpath("migrations"))

LISTENED: Mapping[str, Effect] = {
    AgencyChanged.TYPE: on_agency_changed,
    CertificateChanged.TYPE: on_certificate_changed,
    RevocationListPublished.TYPE: on_revocation_list_published,
}
TOPICS_READ = (AGENCIES, CERTIFICATES, REVOCATION_LISTS)

_CONSUMER = "exchange"
_TRUSTING = frozenset({"api", "worker", "all"})
_WORKING = frozenset({"worker", "all"})


@dataclass(slots=True)
class BackDoor:
    """What this process reads from the bus, if it is one that does; asked for its readiness."""

    open_here: bool
    subscriptions: Sequence[Subscription] = ()

    async def missing(self) -> str | None:
        """What keeps the tables from being up to date with accounts' topics."""
        if self.open_here and not self.subscriptions:
            return "subscriptions: not started"
        for subscription in self.subscriptions:
            if (missing := await subscription.missing()) is not None:
                return missing
        return None


@dataclass(frozen=True, slots=True)
class Parts:
    """What the duties of one process share. Where a duty needs trust, it is followed while the parts are open."""

    settings: ExchangeSettings
    telemetry: Telemetry
    clock: Clock
    database: Database
    broker: BrokerSettings
    trust: TrustFollower
    follows_trust: bool
    outbox_bell: Bell
    back_door: BackDoor

    def objects(self) -> ObjectStore:
        """The store of attachments. Raises SettingsError."""
        if self.settings.objects is None:
            raise SettingsError("LIENTHONG_OBJECTS: the exchange needs an object store")
        return open_objects(self.settings.objects)


@asynccontextmanager
async def open_parts(settings: ExchangeSettings, process: Process) -> AsyncGenerator[Parts]:
    """Build what is shared, follow trust where it is needed, and close in reverse order."""
    clock, broker = SystemClock(settings.clock_offset), broker_settings(settings, process.role)
    trust = TrustFollower(
        broker, open_trust_store(settings), clock, process.telemetry, max_silence=settings.trust_silence
    )
    async with Database.open(dsn_of(settings), name=f"exchange {process.role}") as database:
        follows = process.role in _TRUSTING
        back_door = BackDoor(open_here=process.role in _WORKING)
        parts = Parts(settings, process.telemetry, clock, database, broker, trust, follows, Bell(), back_door)
        async with beside(*[trust.run] if follows else []):
            yield parts


@asynccontextmanager
async def beside(*duties: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncGenerator[None]:
    """Run these while the block runs, then ask them to finish; where one fails, the block is cancelled."""
    finish = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for duty in duties:
            group.create_task(_awaited(duty, finish))
        try:
            yield
        finally:
            finish.set()


async def _awaited(duty: Callable[[asyncio.Event], Awaitable[None]], finish: asyncio.Event) -> None:
    await duty(finish)


async def migrate_all(settings: ExchangeSettings, process: Process) -> None:
    """Database, tables and topics as this program needs them."""
    await create_database(settings.postgres.get_secret_value(), settings.exchange_database)
    await migrate(dsn_of(settings), COMMON_MIGRATIONS, MIGRATIONS)
    await ensure_topics(broker_settings(settings, process.role), [*ALL_TOPICS, dead_letters(_CONSUMER)])


async def serve_api(parts: Parts, stop: asyncio.Event) -> None:
    """The front door. It closes first; then the pages that are queued are stored."""
    signer = open_signer(parts)
    objects = parts.objects()
    statements = Statements(parts.settings.environment, signer.sign)
    bell = InboxBell(
        parts.database,
        parts.telemetry,
        most=parts.settings.exchange_readers,
        most_of_one=parts.settings.exchange_readers_of_one_inbox,
    )
    outbox = Outbox(parts.database, parts.outbox_bell)
    accept = AcceptPage(
        parts.database,
        outbox,
        statements,
        CheckSeal(parts.trust),
        parts.clock,
        policy=parts.settings.admission_policy,
    )
    writer = PageWriter(accept, bell, outbox, parts.telemetry, limits=_writer_limits(parts.settings))
    scan = open_scanner(parts, objects)
    doors = _doors(parts, objects, statements, scan=scan, bell=bell, writer=writer)
    checks = [parts.trust.missing, parts.back_door.missing, objects.missing, _own_certificate_check(parts, signer)]
    app = make_exchange_app(doors, parts.telemetry, checks)
    async with beside(writer.run, bell.run, scan.watch):
        await serve(app, listen(parts.settings.http_host, parts.settings.http_port), stop)


def open_file_policy(settings: ExchangeSettings) -> FilePolicy:
    """Which files may be attached. Raises SettingsError."""
    try:
        return FilePolicy.parse(settings.exchange_media_types)
    except ValueError as fault:
        raise SettingsError(f"LIENTHONG_EXCHANGE_MEDIA_TYPES: {fault}") from fault


def open_scanner(parts: Parts, objects: ObjectStore) -> ScanUpload:
    """The virus scanner, or none. Raises SettingsError."""
    settings = parts.settings
    limits = ScanLimits(
        bytes=settings.exchange_scan_max_bytes,
        grace=settings.exchange_scan_grace_seconds,
        at_once=settings.exchange_scans_at_once,
    )
    try:
        address = None if settings.scanner == "none" else ClamdAddress.parse(settings.scanner)
    except ValueError as fault:
        raise SettingsError(f"LIENTHONG_SCANNER: {fault}") from fault
    scanner = None if address is None else Clamd(address, seconds=settings.exchange_scan_seconds)
    return ScanUpload(scanner, objects, parts.telemetry, limits=limits)


def _doors(
    parts: Parts, objects: ObjectStore, statements: Statements, *, scan: ScanUpload, bell: InboxBell, writer: PageWriter
) -> Doors:
    settings, database, clock = parts.settings, parts.database, parts.clock
    policy = all_of(SignedWithin(settings.seal_ahead, settings.seal_behind))
    destroy_files = DestroyFiles(database, objects, clock)
    reading = ReadingLimits(bytes=settings.exchange_inbox_bytes)
    submit = SubmitDocument(parts.trust, database, writer, destroy_files, clock, policy=policy)
    return Doors(
        callers=Callers.asking(parts.trust, TokenVerifier(parts.trust, clock)),
        submit=submit,
        submit_batch=SubmitBatch(
            submit,
            writer,
            parts.telemetry,
            at_once=settings.exchange_batches_at_once,
            at_once_of_one=settings.exchange_batches_of_one_agency,
        ),
        read_inbox=ReadInbox(database, bell, statements, clock, reading, may_act=parts.trust.clients.may_act_for),
        acknowledge=Acknowledge(database, statements, clock),
        upload=UploadAttachment(
            database,
            objects,
            scan,
            destroy_files,
            clock,
            policy=open_file_policy(settings),
            kept=settings.upload_kept,
            at_once=settings.exchange_uploads_at_once,
            at_once_of_one=settings.exchange_uploads_of_one_agency,
        ),
        read_attachment=ReadAttachment(database, objects, clock),
        read_track=ReadTrack(database, clock, environment=settings.environment),
        most_upload_bytes=settings.exchange_upload_max_bytes,
        batch_limits=BatchLimits(settings.exchange_batch_lines, settings.exchange_batch_bytes),
    )


async def work(parts: Parts, stop: asyncio.Event) -> None:
    """The back door: what accounts says becomes tables."""
    producer = make_producer(parts.broker)
    async with parts.database.connection() as connection:
        born = await generation(connection)
    await producer.start()
    try:
        inbox = _inbox(parts, DeadLetters(producer, _CONSUMER, parts.telemetry))
        await _until_ready(parts.trust, stop)  # before that, nobody's signature could be judged
        broker = make_broker(parts.broker)
        subscriptions = [
            subscribe(broker, topic.name, f"{_CONSUMER}.{topic.name}.{born}", inbox.page, telemetry=parts.telemetry)
            for topic in TOPICS_READ
        ]
        parts.back_door.subscriptions = subscriptions
        async with beside(inbox.run_retries):
            await run_subscriptions(broker, subscriptions, stop)
    finally:
        await producer.stop()


def _inbox(parts: Parts, dead: DeadLetters) -> Inbox:
    catalogue = Catalogue([AgencyChanged, CertificateChanged, RevocationListPublished])
    read = ServiceEvents(parts.trust, catalogue)
    return Inbox(
        _CONSUMER,
        parts.database,
        effects=LISTENED,
        read=read,
        dead_letters=dead,
        clock=parts.clock,
        telemetry=parts.telemetry,
    )


async def relay(parts: Parts, stop: asyncio.Event) -> None:
    """Step 5 of docs/way-of-a-document.md: what the outbox holds goes to Kafka."""
    sender = Relay(
        parts.database,
        lambda: make_producer(parts.broker),
        parts.telemetry,
        contents=(messages.contents,),
        bell=parts.outbox_bell,
    )
    await sender.run(stop)


async def keep_time(parts: Parts, stop: asyncio.Event) -> None:
    """What comes with time."""
    objects = parts.objects()
    destroy_files = DestroyFiles(parts.database, objects, parts.clock)
    await run_timers(destroy_files, objects, parts.settings.exchange_timer_seconds, stop)


def readiness(parts: Parts) -> Sequence[ReadinessCheck]:
    """What a process without the front door waits for."""
    return [parts.trust.missing, parts.back_door.missing] if parts.follows_trust else []


def open_signer(parts: Parts) -> Signer:
    """The exchange's own key, which signs its receipts and heads. Raises SettingsError."""
    if parts.settings.key is None:
        raise SettingsError("LIENTHONG_KEY: the exchange signs receipts and needs its key")
    try:
        signer = Signer(open_key(parts.settings.key), parts.clock.now)
    except SigningError as refused:
        raise SettingsError(f"LIENTHONG_KEY: {refused}") from refused
    if signer.key.certificate.source != EXCHANGE:
        raise SettingsError("LIENTHONG_KEY: the certificate is not the exchange's (lienthong:service:exchange)")
    return signer


def _own_certificate_check(parts: Parts, signer: Signer) -> ReadinessCheck:
    async def own_certificate_missing() -> str | None:
        known = parts.trust.certificates.find(signer.fingerprint)
        return None if known else "the exchange's own certificate is not registered with accounts yet"

    return own_certificate_missing


def _writer_limits(settings: ExchangeSettings) -> WriterLimits:
    return WriterLimits(
        queue=settings.exchange_queue,
        queue_of_one_agency=settings.exchange_queue_of_one_agency,
        queue_bytes=settings.exchange_queue_bytes,
        page_lines=settings.exchange_page_lines,
        page_deliveries=settings.exchange_page_deliveries,
        patience=settings.exchange_answer_seconds,
    )


def broker_settings(settings: ExchangeSettings, role: str) -> BrokerSettings:
    """Where the broker is, and who we are to it."""
    return BrokerSettings(settings.kafka, f"exchange-{role}")


def dsn_of(settings: ExchangeSettings) -> str:
    """The DSN of the exchange's own database."""
    return database_dsn(settings.postgres, settings.exchange_database)


def operated() -> Operated:
    """What `lienthong ops` works on. Raises SettingsError."""
    settings = ExchangeSettings.load()
    return Operated(dsn_of(settings), SystemClock(settings.clock_offset))


async def _until_ready(trust: TrustFollower, stop: asyncio.Event) -> None:
    while not (trust.ready or stop.is_set()):
        try:
            await asyncio.wait_for(stop.wait(), 0.1)
        except TimeoutError:
            continue
