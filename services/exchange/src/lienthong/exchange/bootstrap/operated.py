"""What operators' commands of all services work on."""

from lienthong.common.audit_log.copying import Audited
from lienthong.common.clock import SystemClock
from lienthong.common.operating import Operated
from lienthong.exchange.bootstrap.addresses import CONSUMER, broker_settings, dsn_of
from lienthong.exchange.settings import ExchangeSettings
from lienthong.exchange.store.certificates import witnesses


def operated() -> Operated:
    """What `lienthong ops` works on. Raises SettingsError."""
    settings = ExchangeSettings.load()
    clock = SystemClock(settings.clock_offset)
    audited = Audited("exchange", settings.environment, settings.anchors, witnesses)
    return Operated(dsn_of(settings), clock, broker_settings(settings, "operator"), audited, (CONSUMER,))
