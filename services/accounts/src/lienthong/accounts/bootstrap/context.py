"""What use cases need, in a process of the service and in an operator's command."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from lienthong.accounts.bootstrap.addresses import dsn_of
from lienthong.accounts.settings import AccountsSettings
from lienthong.accounts.store.announcements import Announcements
from lienthong.accounts.usecases.context import Context, Rules
from lienthong.common.clock import SystemClock
from lienthong.common.database import Database
from lienthong.common.outbox import Bell, Outbox
from lienthong.common.pki import TrainingAuthority, load_authority, read_password
from lienthong.common.settings import SettingsError
from lienthong.common.signing import MaterialRefused, Signer, TrustStore, load_certificates, open_key
from lienthong.common.sources import ACCOUNTS
from lienthong.common.trust import open_trust_store


@asynccontextmanager
async def open_context(settings: AccountsSettings, bell: Bell | None = None) -> AsyncGenerator[tuple[Context, Signer]]:
    """What use cases need, for a service's process (with its relay's bell) or a command on the host (without)."""
    clock = SystemClock(settings.clock_offset)
    if settings.key is None:
        raise SettingsError("LIENTHONG_KEY: accounts signs what it says; name its key")
    signer = Signer(open_key(settings.key), clock.now)
    if signer.key.certificate.source != ACCOUNTS:
        raise SettingsError(f"LIENTHONG_KEY: the certificate is not of {ACCOUNTS}")
    async with Database.open(dsn_of(settings), name="lienthong-accounts") as database:
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
