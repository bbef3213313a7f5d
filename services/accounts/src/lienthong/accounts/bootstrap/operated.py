"""What operators' commands of all services work on."""

from lienthong.accounts.bootstrap.addresses import broker_settings, dsn_of
from lienthong.accounts.settings import AccountsSettings
from lienthong.accounts.store.witnesses import witnesses
from lienthong.common.audit_log.copying import Audited
from lienthong.common.clock import SystemClock
from lienthong.common.operating import Operated


def operated() -> Operated:
    """What `lienthong ops` works on. Raises SettingsError."""
    settings = AccountsSettings.load()
    audited = Audited("accounts", settings.environment, settings.anchors, witnesses)
    return Operated(dsn_of(settings), SystemClock(settings.clock_offset), broker_settings(settings), audited)
