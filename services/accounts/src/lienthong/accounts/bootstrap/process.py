"""A process of accounts: what its duties work with, built and joined."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Final

from lienthong.accounts.bootstrap.addresses import broker_settings, dsn_of
from lienthong.accounts.bootstrap.context import open_context
from lienthong.accounts.clients.key_folder import KeyFolder
from lienthong.accounts.clients.list_sources import ListSources
from lienthong.accounts.clients.service_certificates import ServiceCertificates
from lienthong.accounts.domain.access_tokens import LIFETIME
from lienthong.accounts.domain.assertions import ISSUER, SKEW
from lienthong.accounts.domain.token_keys import Schedule
from lienthong.accounts.settings import AccountsSettings
from lienthong.accounts.store import revocation_lists
from lienthong.accounts.timers import Duties
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.issue_token import Logins
from lienthong.common.audit_log import AuditRounds, open_audit_rounds
from lienthong.common.broker import ensure_topics, make_producer
from lienthong.common.database import COMMON_MIGRATIONS, Migrations, create_database, migrate
from lienthong.common.messages.topics import ALL_TOPICS
from lienthong.common.outbox import Bell
from lienthong.common.relay import Relay
from lienthong.common.roles import Process
from lienthong.common.signing import Signer
from lienthong.common.telemetry import Telemetry

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
    await migrate(dsn_of(settings), COMMON_MIGRATIONS, MIGRATIONS)
    await ensure_topics(broker_settings(settings), [topic for topic in ALL_TOPICS if topic.owner == "accounts"])


@asynccontextmanager
async def open_parts(settings: AccountsSettings, process: Process) -> AsyncGenerator[Parts]:
    """Build a process; what was opened is closed at the end."""
    bell = Bell()
    async with open_context(settings, bell) as (context, signer):
        folder = KeyFolder(settings.accounts_key_folder)
        broker = broker_settings(settings)
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
