"""What the duties of one process share, built once."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

from lienthong.common.broker import BrokerSettings, Subscription
from lienthong.common.clock import Clock, SystemClock
from lienthong.common.database import Database
from lienthong.common.objects import ObjectStore, open_objects
from lienthong.common.outbox import Bell
from lienthong.common.roles import Process
from lienthong.common.settings import SettingsError
from lienthong.common.signing import Signer, SigningError, TrustStore, open_key
from lienthong.common.sources import EXCHANGE
from lienthong.common.telemetry import Telemetry
from lienthong.common.trust import TrustFollower, open_trust_store
from lienthong.exchange.bootstrap.addresses import broker_settings, dsn_of
from lienthong.exchange.bootstrap.beside import beside
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.settings import ExchangeSettings

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


@dataclass(frozen=True)
class Parts:
    """What the duties of one process share. Where a duty needs trust, it is followed while the parts are open.

    What only some duties need is opened when the first of them asks for it, and is the same for all.
    """

    settings: ExchangeSettings
    telemetry: Telemetry
    clock: Clock
    database: Database
    broker: BrokerSettings
    anchors: TrustStore
    trust: TrustFollower
    follows_trust: bool
    outbox_bell: Bell
    back_door: BackDoor

    @cached_property
    def objects(self) -> ObjectStore:
        """The store of attachments. Raises SettingsError."""
        if self.settings.objects is None:
            raise SettingsError("LIENTHONG_OBJECTS: the exchange needs an object store")
        return open_objects(self.settings.objects)

    @cached_property
    def signer(self) -> Signer:
        """The exchange's own key, which signs its receipts and heads. Raises SettingsError."""
        if self.settings.key is None:
            raise SettingsError("LIENTHONG_KEY: the exchange signs receipts and needs its key")
        try:
            signer = Signer(open_key(self.settings.key), self.clock.now)
        except SigningError as refused:
            raise SettingsError(f"LIENTHONG_KEY: {refused}") from refused
        if signer.key.certificate.source != EXCHANGE:
            raise SettingsError("LIENTHONG_KEY: the certificate is not the exchange's (lienthong:service:exchange)")
        return signer

    @cached_property
    def statements(self) -> Statements:
        """What the exchange says under that key. Raises SettingsError."""
        return Statements(self.settings.environment, self.signer.sign)


@asynccontextmanager
async def open_parts(settings: ExchangeSettings, process: Process) -> AsyncGenerator[Parts]:
    """Build what is shared, follow trust where it is needed, and close in reverse order."""
    clock, broker = SystemClock(settings.clock_offset), broker_settings(settings, process.role)
    anchors = open_trust_store(settings)
    trust = TrustFollower(broker, anchors, clock, process.telemetry, max_silence=settings.trust_silence)
    async with Database.open(dsn_of(settings), name=f"exchange {process.role}") as database:
        follows = process.role in _TRUSTING
        back_door = BackDoor(open_here=process.role in _WORKING)
        parts = Parts(settings, process.telemetry, clock, database, broker, anchors, trust, follows, Bell(), back_door)
        async with beside(*[trust.run] if follows else []):
            yield parts
