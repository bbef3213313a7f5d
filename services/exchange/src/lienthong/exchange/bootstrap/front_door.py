"""The front door: the routes, and what is behind each of them."""

import asyncio

from lienthong.common.auth import TokenVerifier
from lienthong.common.http import ReadinessCheck, listen, serve
from lienthong.common.outbox import Outbox
from lienthong.common.settings import SettingsError
from lienthong.common.signing import SignedWithin, all_of
from lienthong.exchange.api.app import Doors, make_exchange_app
from lienthong.exchange.api.batches import BatchLimits
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.api.webhooks import WebhookDoors
from lienthong.exchange.bootstrap.beside import beside
from lienthong.exchange.bootstrap.evidence import open_give_evidence
from lienthong.exchange.bootstrap.operations import open_note_running, open_operations, open_support
from lienthong.exchange.bootstrap.own_topics import open_topics
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.bootstrap.registers import open_registers
from lienthong.exchange.bootstrap.webhooks import open_post_page, webhook_doors
from lienthong.exchange.clients.clamd import Clamd, ClamdAddress
from lienthong.exchange.domain.file_kinds import FilePolicy
from lienthong.exchange.settings import ExchangeSettings
from lienthong.exchange.usecases.accept_page import AcceptPage
from lienthong.exchange.usecases.acknowledge import Acknowledge
from lienthong.exchange.usecases.check_seal import CheckSeal
from lienthong.exchange.usecases.destroy_files import DestroyFiles
from lienthong.exchange.usecases.give_entries import GiveEntries
from lienthong.exchange.usecases.inbox_bell import InboxBell
from lienthong.exchange.usecases.note_visits import NoteVisits
from lienthong.exchange.usecases.page_writer import PageWriter, WriterLimits
from lienthong.exchange.usecases.read_attachment import ReadAttachment
from lienthong.exchange.usecases.read_inbox import ReadInbox, ReadingLimits
from lienthong.exchange.usecases.read_overdue import ReadOverdue
from lienthong.exchange.usecases.read_track import ReadTrack
from lienthong.exchange.usecases.scan_upload import ScanLimits, ScanUpload
from lienthong.exchange.usecases.submit_batch import SubmitBatch
from lienthong.exchange.usecases.submit_document import SubmitDocument
from lienthong.exchange.usecases.upload_attachment import UploadAttachment


async def serve_api(parts: Parts, stop: asyncio.Event) -> None:
    """The front door. It closes first, and keeps no reader waiting; then the pages that are queued are stored."""
    bell = InboxBell(
        parts.database,
        parts.telemetry,
        most=parts.settings.exchange_readers,
        most_of_one=parts.settings.exchange_readers_of_one_inbox,
    )
    outbox = Outbox(parts.database, parts.outbox_bell)
    tokens = TokenVerifier(parts.trust, parts.clock)
    give = GiveEntries(parts.database, parts.clock, most_bytes=parts.settings.exchange_inbox_bytes)
    read_inbox = ReadInbox(
        parts.database,
        bell,
        parts.statements,
        parts.clock,
        ReadingLimits(),
        give=give,
        check=tokens.check_client,
        note_visit=NoteVisits(parts.database, parts.clock),
    )
    accept = AcceptPage(
        parts.database,
        outbox,
        parts.statements,
        CheckSeal(parts.trust),
        parts.clock,
        policy=parts.settings.admission_policy,
    )
    writer = PageWriter(accept, bell, outbox, parts.telemetry, limits=_writer_limits(parts.settings))
    scan = open_scanner(parts)
    checks = [parts.trust.missing, parts.back_door.missing, parts.objects.missing, _own_certificate_check(parts)]
    noting = open_note_running(parts)
    async with open_post_page(parts) as post, beside(writer.run, bell.run, give.run, scan.watch, noting.run):
        webhooks = webhook_doors(parts, post)
        doors = _doors(parts, tokens, scan=scan, read_inbox=read_inbox, writer=writer, webhooks=webhooks)
        app = make_exchange_app(doors, parts.telemetry, checks)
        sock = listen(parts.settings.http_host, parts.settings.http_port)
        await serve(app, sock, stop, closing=bell.close)


def open_file_policy(settings: ExchangeSettings) -> FilePolicy:
    """Which files may be attached. Raises SettingsError."""
    try:
        return FilePolicy.parse(settings.exchange_media_types)
    except ValueError as fault:
        raise SettingsError(f"LIENTHONG_EXCHANGE_MEDIA_TYPES: {fault}") from fault


def open_scanner(parts: Parts) -> ScanUpload:
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
    return ScanUpload(scanner, parts.objects, parts.telemetry, limits=limits)


def _doors(
    parts: Parts,
    tokens: TokenVerifier,
    *,
    scan: ScanUpload,
    read_inbox: ReadInbox,
    writer: PageWriter,
    webhooks: WebhookDoors,
) -> Doors:
    settings, database, clock = parts.settings, parts.database, parts.clock
    objects, statements = parts.objects, parts.statements
    policy = all_of(SignedWithin(settings.seal_ahead, settings.seal_behind))
    destroy_files, files = DestroyFiles(database, objects, clock), open_file_policy(settings)
    submit = SubmitDocument(parts.trust, database, writer, destroy_files, clock, policy=policy)
    return Doors(
        callers=Callers.asking(parts.trust, tokens),
        submit=submit,
        submit_batch=SubmitBatch(
            submit,
            writer,
            parts.telemetry,
            at_once=settings.exchange_batches_at_once,
            at_once_of_one=settings.exchange_batches_of_one_agency,
        ),
        read_inbox=read_inbox,
        acknowledge=Acknowledge(database, statements, clock),
        upload=UploadAttachment(
            database,
            objects,
            scan,
            destroy_files,
            clock,
            policy=files,
            kept=settings.upload_kept,
            at_once=settings.exchange_uploads_at_once,
            at_once_of_one=settings.exchange_uploads_of_one_agency,
        ),
        read_attachment=ReadAttachment(database, objects, clock),
        read_track=ReadTrack(database, clock, environment=settings.environment),
        read_overdue=ReadOverdue(database, clock),
        give_evidence=open_give_evidence(parts),
        webhooks=webhooks,
        most_upload_bytes=settings.exchange_upload_max_bytes,
        batch_limits=BatchLimits(settings.exchange_batch_lines, settings.exchange_batch_bytes),
        registers=open_registers(parts, submit, scan=scan, files=files),
        topics=open_topics(parts),
        support=open_support(parts),
        operations=open_operations(parts, tokens),
        share_of_one=settings.exchange_share_of_one_agency,
    )


def _own_certificate_check(parts: Parts) -> ReadinessCheck:
    async def own_certificate_missing() -> str | None:
        known = parts.trust.certificates.find(parts.signer.fingerprint)
        return None if known else "the exchange's own certificate is not registered with accounts yet"

    return own_certificate_missing


def _writer_limits(settings: ExchangeSettings) -> WriterLimits:
    return WriterLimits(
        queue=settings.exchange_queue,
        queue_of_one_agency=settings.exchange_queue_of_one_agency,
        queue_bytes=settings.exchange_queue_bytes,
        page_lines=settings.exchange_page_lines,
        page_lines_of_one=settings.exchange_page_lines_of_one_agency,
        page_deliveries=settings.exchange_page_deliveries,
        patience=settings.exchange_answer_seconds,
    )
