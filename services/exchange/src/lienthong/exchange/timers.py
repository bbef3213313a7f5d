"""Duties that come with time: uploads that no message adopted end, files that nobody may have are removed,
attempts of webhooks are forgotten.
"""

import asyncio
from datetime import timedelta

import structlog

from lienthong.common.database import DatabaseAway
from lienthong.common.objects import LocalObjects, ObjectStore
from lienthong.exchange.usecases.destroy_files import DestroyFiles
from lienthong.exchange.usecases.forget_attempts import ForgetAttempts

_HALF_WRITTEN_FOR = timedelta(hours=24)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def run_timers(
    destroy_files: DestroyFiles,
    forget_attempts: ForgetAttempts,
    objects: ObjectStore,
    pause: float,
    stop: asyncio.Event,
) -> None:
    """One round every `pause` seconds until `stop`; safe in several processes."""
    while not stop.is_set():
        try:
            await destroy_files.expire()
            await destroy_files()
            await forget_attempts()
        except DatabaseAway as away:
            log.warning("timers wait for the database", exc_info=away)
        if isinstance(objects, LocalObjects):
            await objects.clean_incoming(older_than_seconds=_HALF_WRITTEN_FOR.total_seconds())
        try:
            await asyncio.wait_for(stop.wait(), pause)
        except TimeoutError:
            continue
