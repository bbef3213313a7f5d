"""The service that an operator works on: found among those installed, opened by its own settings."""

import asyncio
import getpass
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeVar

from lienthong.common.audit_log.copying import Audited
from lienthong.common.broker import BrokerSettings
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.settings import SettingsError

T = TypeVar("T")

OPERATED: Final = "lienthong.operated"
"""Entry points by the names of services; each answers an `Operated` and raises SettingsError."""

OFFERED: Final = "lienthong.ops"
"""Entry points of what a service adds to `lienthong ops`: groups of commands by their names."""


class SettingsRefused(LienthongError):
    """The command cannot act for the service with these settings: it reads the same LIENTHONG_… as the service."""

    code = "settings_refused"
    kind = Kind.INVALID
    title = Words("Cấu hình dịch vụ không dùng được", "The service's settings cannot be used")
    advice = Words(
        "Chạy trên máy chủ của dịch vụ với cùng biến LIENTHONG_… như dịch vụ; "
        "sau `make up`: `. .lienthong/operator.env`.",
        "Run it on the service's host with the service's LIENTHONG_…; after `make up`: `. .lienthong/operator.env`.",
    )


class ServiceUnclear(LienthongError):
    """Several services are installed here and none was named, or the one named is not installed here."""

    code = "service_unclear"
    kind = Kind.INVALID
    title = Words("Chưa rõ dịch vụ nào", "It is not clear which service is meant")
    advice = Words("Nêu dịch vụ: lienthong ops --service TÊN …", "Name the service: lienthong ops --service NAME …")


@dataclass(frozen=True, slots=True)
class Operated:
    """What operators' commands need of a service.

    Its database, its clock, the broker, what its audit log is judged by, and by which names it reads.
    """

    dsn: str
    clock: Clock
    broker: BrokerSettings
    audited: Audited
    consumers: Sequence[str] = ()


def operator() -> str:
    """Who acts, as the audit names it."""
    return f"/operators/{getpass.getuser()}@{socket.gethostname()}"


def act(service: str | None, work: Callable[[Database, Clock], Awaitable[T]]) -> T:
    """Do the work on the service's database. Raises ServiceUnclear, SettingsRefused, and what the work does."""

    async def working(operated: Operated, database: Database) -> T:
        return await work(database, operated.clock)

    return act_with(service, working)


def act_with(service: str | None, work: Callable[[Operated, Database], Awaitable[T]]) -> T:
    """Do the work with all of the service that operators have. Raises as `act`."""

    async def acting(operated: Operated) -> T:
        async with Database.open(operated.dsn, name="operator") as database:
            return await work(operated, database)

    opening: Callable[[], Operated] = _chosen(service).load()
    try:
        return asyncio.run(acting(opening()))
    except SettingsError as error:
        raise SettingsRefused(Words(str(error), str(error))) from error


def installed() -> list[str]:
    """Services that are installed here."""
    return sorted(entry.name for entry in entry_points(group=OPERATED))


def _chosen(named: str | None) -> EntryPoint:
    offered = {entry.name: entry for entry in entry_points(group=OPERATED)}
    if named is None and len(offered) == 1:
        return next(iter(offered.values()))
    if named is None or named not in offered:
        names = ", ".join(sorted(offered)) or "–"
        raise ServiceUnclear(Words(f"Dịch vụ cài đặt ở đây: {names}", f"Services installed here: {names}"))
    return offered[named]
