"""The only file that builds real things and joins them."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Final

from lienthong.accounts.clients.key_folder import KeyFolder
from lienthong.accounts.clients.list_sources import ListSources
from lienthong.accounts.clients.service_certificates import ServiceCertificates
from lienthong.accounts.domain.access_tokens import LIFETIME
from lienthong.accounts.domain.assertions import ISSUER, SKEW
from lienthong.accounts.domain.token_keys import Schedule
from lienthong.accounts.settings import AccountsSettings
from lienthong.accounts.store import revocation_lists, witnesses
from lienthong.accounts.store.announcements import SOURCE, Announcements
from lienthong.accounts.timers import Duties
from lienthong.accounts.usecases.context import Context, Rules
from lienthong.accounts.usecases.issue_token import Logins
from lienthong.common.audit_log import AuditRounds, open_audit_rounds
from lienthong.common.audit_log.copying import Audited
from lienthong.common.broker import BrokerSettings, ensure_topics, make_producer
from lienthong.common.clock import SystemClock
from lienthong.common.database import COMMON_MIGRATIONS, Database, Migrations, create_database, migrate
from lienthong.common.messages.topics import ALL_TOPICS
from lienthong.common.operating import Operated
from lienthong.common.outbox import Bell, Outbox
from lienthong.common.pki import TrainingAuthority, load_authority, read_password
from lienthong.common.relay import Relay
from lienthong.common.roles import Process
from lienthong.common.settings import SettingsError, database_dsn
from lienthong.common.signing import MaterialRefused, Signer, TrustStore, load_certificates, open_key
from lienthong.common.telemetry import Telemetry
from lienthong.common.trust import open_trust_store

MIGRATIONS: Final = Migrations("accounts", files("lienthong.accounts").joinpath("migrations"))


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a process of accounts is made of."""

    settings: AccountsSettings
    telemetry: Telemetry
    context: Context
    signer: Signer
    logins: Logins
    duties: Duties
    relay: Relay


async def migrate_accounts(settings: AccountsSettings, _: Process) -> None:
    """Database, tables and topics as this program needs them."""
    await create_database(settings.postgres.get_secret_value(), settings.accounts_database)
    await migrate(database_dsn(settings.postgres, settings.accounts_database), COMMON_MIGRATIONS, MIGRATIONS)
    await ensure_topics(_broker(settings), [topic for topic in ALL_TOPICS if topic.owner == "accounts"])


def operated() -> Operated:
    """What `lienthong ops` works on. Raises SettingsError."""
    settings = AccountsSettings.load()
    dsn = database_dsn(settings.postgres, settings.accounts_database)
    audited = Audited("accounts", settings.environment, settings.anchors, witnesses.witnesses)
    return Operated(dsn, SystemClock(settings.clock_offset), _broker(settings), audited)


@asynccontextmanager
async def open_parts(settings: AccountsSettings, process: Process) -> AsyncGenerator[Parts]:
    """Build a process; what was opened is closed at the end."""
    bell = Bell()
    async with open_context(settings, bell) as (context, signer):
        folder = KeyFolder(settings.accounts_key_folder)
        broker = _broker(settings)
        yield Parts(
            settings=settings,
            telemetry=process.telemetry,
            context=context,
            signer=signer,
            logins=Logins((ISSUER, *settings.audiences), folder),
            duties=_duties(settings, context, signer, folder),
            relay=Relay(context.database, lambda: make_producer(broker), process.telemetry, bell=bell),
        )


def open_audit_log(parts: Parts) -> AbstractAsyncContextManager[AuditRounds]:
    """What makes blocks of the audit log and has them stamped. Raises SettingsError."""
    context = parts.context
    return open_audit_rounds(
        "accounts",
        parts.settings,
        database=context.database,
        signer=parts.signer,
        trust=context.trust,
        newest_lists=revocation_lists.newest,
        clock=context.clock,
        telemetry=parts.telemetry,
    )


@asynccontextmanager
async def open_context(settings: AccountsSettings, bell: Bell | None = None) -> AsyncGenerator[tuple[Context, Signer]]:
    """What use cases need, for a service's process (with its relay's bell) or a command on the host (without)."""
    clock = SystemClock(settings.clock_offset)
    if settings.key is None:
        raise SettingsError("LIENTHONG_KEY: accounts signs what it says; name its key")
    signer = Signer(open_key(settings.key), clock.now)
    if signer.key.certificate.source != SOURCE:
        raise SettingsError(f"LIENTHONG_KEY: the certificate is not of {SOURCE}")
    dsn = database_dsn(settings.postgres, settings.accounts_database)
    async with Database.open(dsn, name="lienthong-accounts") as database:
        context = Context(
            database=database,
            announcements=Announcements(Outbox(database, bell), signer, clock),
            clock=clock,
            trust=_trust(settings, signer),
            rules=Rules(
                overlap=timedelta(days=settings.accounts_overlap_days),
                list_lifetime=timedelta(seconds=settings.accounts_crl_lifetime_seconds),
                request_age=timedelta(seconds=settings.accounts_request_age_seconds),
            ),
            authority=_authority(settings),
        )
        yield context, signer


def _trust(settings: AccountsSettings, signer: Signer) -> TrustStore:
    """The configured anchors; intermediates complete the paths of those who do not bring theirs."""
    try:
        given = load_certificates(settings.accounts_intermediates) if settings.accounts_intermediates else ()
    except MaterialRefused as refused:
        raise SettingsError(f"LIENTHONG_ACCOUNTS_INTERMEDIATES: {refused}") from refused
    return TrustStore(open_trust_store(settings).anchors, (*signer.key.chain, *given))


def _authority(settings: AccountsSettings) -> TrainingAuthority | None:
    if settings.accounts_ca is None:
        return None
    if settings.environment == "production":
        raise SettingsError("LIENTHONG_ACCOUNTS_CA: production has no training authority")
    file = settings.accounts_ca_password_file
    return load_authority(settings.accounts_ca, None if file is None else read_password(file))


def _duties(settings: AccountsSettings, context: Context, signer: Signer, folder: KeyFolder) -> Duties:
    return Duties(
        context=context,
        own_chain=(signer.key.certificate, *signer.key.chain),
        services=ServiceCertificates(settings.accounts_service_certificates),
        keys=folder,
        key_schedule=Schedule(
            use=timedelta(seconds=settings.accounts_key_use_seconds),
            announce=timedelta(seconds=settings.accounts_key_announce_seconds),
            keep=LIFETIME + 2 * SKEW,
        ),
        list_every=settings.list_every,
        sources=ListSources(settings.crl_sources),
        sources_every=float(settings.accounts_crl_poll_seconds),
    )


def _broker(settings: AccountsSettings) -> BrokerSettings:
    return BrokerSettings(settings.kafka, "lienthong-accounts")
