"""Duties that come with time. Each looks what is due and does it in transactions of its own, so that any number of
processes may run them, and one that fails is tried again at its next turn while the others go on.

| duty | how often |
| --- | --- |
| register certificates of services that appear in the folder | 2 s |
| announce, use, retire and end keys of access tokens | 2 s |
| make revocation lists anew | every 10 s it is looked whether one is due |
| fetch other authorities' lists | by setting |
| end certificates and agencies whose time is over | 10 s |
| forget used assertions | 60 s |

Beside them, in rounds of its own: blocks of the audit log, stamped (`lienthong.common.audit_log`).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg
import structlog

from lienthong.accounts.clients.key_folder import KeyFolder
from lienthong.accounts.clients.list_sources import ListSources, SourceAway
from lienthong.accounts.clients.service_certificates import ServiceCertificates
from lienthong.accounts.domain.token_keys import Schedule
from lienthong.accounts.store import clients
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.end_agencies import end_agencies
from lienthong.accounts.usecases.end_certificates import end_certificates
from lienthong.accounts.usecases.load_revocation_list import load_revocation_list
from lienthong.accounts.usecases.publish_revocation_list import publish_due_lists
from lienthong.accounts.usecases.register_services import register_new_services, register_service
from lienthong.accounts.usecases.rotate_token_keys import rotate_token_keys
from lienthong.common.errors import LienthongError
from lienthong.common.pauses import wait_at_most
from lienthong.common.signing import Certificate
from lienthong.common.sources import ACCOUNTS

_FORGET_AFTER: Final = timedelta(minutes=1)
_SOON, _OFTEN, _SELDOM = 2.0, 10.0, 60.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Duties:
    """What the timers work with."""

    context: Context
    own_chain: tuple[Certificate, ...]
    services: ServiceCertificates
    keys: KeyFolder
    key_schedule: Schedule
    list_every: timedelta
    sources: ListSources
    sources_every: float

    async def prepare(self) -> None:
        """What must be said before anything else: our own certificate, then the lists that vouch for it."""
        await register_service(self.context, self.own_chain)
        await self.publish_lists()
        await self.rotate_keys()
        await self.register_services()

    async def run(self, stop: asyncio.Event) -> None:
        """All duties until `stop`; one that is under way is finished."""
        await self.prepare()
        turns: list[tuple[Callable[[], Awaitable[object]], float]] = [
            (self.register_services, _SOON),
            (self.rotate_keys, _SOON),
            (self.publish_lists, _OFTEN),
            (self.fetch_lists, self.sources_every),
            (self.end_what_is_over, _OFTEN),
            (self.forget_assertions, _SELDOM),
        ]
        await asyncio.gather(*(_repeat(duty, seconds, stop) for duty, seconds in turns))

    async def register_services(self) -> None:
        await register_new_services(self.context, self.services)

    async def rotate_keys(self) -> None:
        await rotate_token_keys(self.context, self.keys, self.key_schedule)

    async def publish_lists(self) -> None:
        await publish_due_lists(self.context, every=self.list_every)

    async def fetch_lists(self) -> None:
        """Ask every address; one that is away, or gives what is refused, does not keep the others from being asked."""
        for address in self.sources.addresses:
            try:
                await load_revocation_list(self.context, await self.sources.fetch(address), who=ACCOUNTS)
            except SourceAway as error:
                log.warning("revocation list not fetched", cause=str(error))
            except LienthongError as error:
                log.warning("revocation list refused", address=address, code=error.code, cause=str(error))

    async def end_what_is_over(self) -> None:
        await end_certificates(self.context)
        await end_agencies(self.context)

    async def forget_assertions(self) -> None:
        async with self.context.database.transaction() as connection:
            await clients.forget_assertions(connection, self.context.clock.now() - _FORGET_AFTER)


async def _repeat(duty: Callable[[], Awaitable[object]], seconds: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await duty()
        except (LienthongError, asyncpg.PostgresError, OSError) as error:  # its next turn tries again
            log.warning("duty failed", duty=getattr(duty, "__name__", "?"), cause=f"{type(error).__name__}: {error}")
        # Some jitter, so that processes started together do not ask for the same locks for ever.
        await wait_at_most(stop, seconds * random.uniform(0.9, 1.1))  # noqa: S311
