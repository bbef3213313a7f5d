"""Where the exchange's database and its broker are, by which name it reads, and what its tables are made by."""

from importlib.resources import files
from typing import Final

from lienthong.common.broker import BrokerSettings
from lienthong.common.database import Migrations
from lienthong.common.settings import database_dsn
from lienthong.exchange.settings import ExchangeSettings

CONSUMER: Final = "exchange"
MIGRATIONS: Final = Migrations("exchange", files("lienthong.exchange").joinpath("migrations"))


def broker_settings(settings: ExchangeSettings, role: str) -> BrokerSettings:
    """Where the broker is, and who we are to it."""
    return BrokerSettings(settings.kafka, f"exchange-{role}")


def dsn_of(settings: ExchangeSettings) -> str:
    """The DSN of the exchange's own database."""
    return database_dsn(settings.postgres, settings.exchange_database)
