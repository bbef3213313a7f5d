"""Where accounts' database and its broker are."""

from lienthong.accounts.settings import AccountsSettings
from lienthong.common.broker import BrokerSettings
from lienthong.common.settings import database_dsn


def dsn_of(settings: AccountsSettings) -> str:
    """The DSN of the service's own database."""
    return database_dsn(settings.postgres, settings.accounts_database)


def broker_settings(settings: AccountsSettings) -> BrokerSettings:
    """Where the broker is, and who we are to it."""
    return BrokerSettings(settings.kafka, "lienthong-accounts")
