"""The role `timers`: what comes with time."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from lienthong.common.objects import LocalObjects, ObjectStore
from lienthong.common.outbox import Outbox
from lienthong.exchange.bootstrap.beside import beside
from lienthong.exchange.bootstrap.evidence import open_audit_log
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.bootstrap.webhooks import open_forgetting
from lienthong.exchange.timers import Duty, run_timers
from lienthong.exchange.usecases.destroy_files import DestroyFiles
from lienthong.exchange.usecases.expire_deliveries import ExpireDeliveries
from lienthong.exchange.usecases.find_stuck import FindStuck
from lienthong.exchange.usecases.inbox_bell import Ring
from lienthong.exchange.usecases.lapse_changes import LapseChanges
from lienthong.exchange.usecases.measure_lateness import MeasureLateness
from lienthong.exchange.usecases.say_to_sender import SayToSender

_HALF_WRITTEN_FOR = timedelta(hours=24)
_AN_HOUR = 3600.0


async def keep_time(parts: Parts, stop: asyncio.Event) -> None:
    """Do what is due, round by round."""
    settings = parts.settings
    async with open_audit_log(parts) as audit_log, beside(audit_log.run):
        await run_timers(_duties(parts), settings.exchange_timer_seconds, stop)


def _duties(parts: Parts) -> Sequence[Duty]:
    settings, database, clock = parts.settings, parts.database, parts.clock
    objects = parts.objects
    destroy_files = DestroyFiles(database, objects, clock)
    expire_deliveries, lapse_changes = _ending(parts)
    measure = MeasureLateness(database, FindStuck(database, clock, settings.patience), clock, parts.telemetry)
    return [
        Duty(destroy_files.expire),
        Duty(destroy_files),
        Duty(open_forgetting(parts)),
        Duty(expire_deliveries.set_missing, every=_AN_HOUR),
        Duty(lapse_changes),
        Duty(expire_deliveries),
        Duty(measure, every=settings.exchange_measure_seconds),
        *_cleaning(objects),
    ]


def _ending(parts: Parts) -> tuple[ExpireDeliveries, LapseChanges]:
    database, clock, telemetry = parts.database, parts.clock, parts.telemetry
    outbox = Outbox(database, parts.outbox_bell)
    say_to_sender = SayToSender(parts.statements, outbox, clock)
    ring, policy = Ring(database, outbox), parts.settings.deadline_policy
    return (
        ExpireDeliveries(database, say_to_sender, ring, clock, telemetry, policy=policy),
        LapseChanges(database, say_to_sender, ring, clock, telemetry),
    )


def _cleaning(objects: ObjectStore) -> Sequence[Duty]:
    if not isinstance(objects, LocalObjects):
        return []

    async def clean() -> None:
        await objects.clean_incoming(older_than_seconds=_HALF_WRITTEN_FOR.total_seconds())

    return [Duty(clean)]
