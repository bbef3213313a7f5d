"""A service's own database: pool and transaction edge (`pool`), numbered migrations (`migrations`)."""

from lienthong.common.database.migrations import (
    COMMON_MIGRATIONS,
    DatabaseTooNew,
    EditedHistory,
    MigrationFault,
    Migrations,
    create_database,
    database_dsn,
    generation,
    migrate,
)
from lienthong.common.database.pool import (
    AdvisoryLock,
    Connection,
    Database,
    DatabaseAway,
    DatabaseBusy,
    Limits,
    is_lost,
    losses_named,
)
from lienthong.common.database.sharing import TooManyAtOnce, working_for

__all__ = [
    "COMMON_MIGRATIONS",
    "AdvisoryLock",
    "Connection",
    "Database",
    "DatabaseAway",
    "DatabaseBusy",
    "DatabaseTooNew",
    "EditedHistory",
    "Limits",
    "MigrationFault",
    "Migrations",
    "TooManyAtOnce",
    "create_database",
    "database_dsn",
    "generation",
    "is_lost",
    "losses_named",
    "migrate",
    "working_for",
]
