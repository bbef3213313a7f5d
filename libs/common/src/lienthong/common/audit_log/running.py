"""The sequencer in a service's process: built from its settings, run in rounds, each round's end counted.

It has rounds of its own, because it waits for an authority of the outside world.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog

from lienthong.common.audit_log.authority import AuthorityAway, open_authority
from lienthong.common.audit_log.sequencer import AuditLogOutOfOrder, AuditSequencer
from lienthong.common.audit_log.stamping import Ask, NewestLists, StampHeads
from lienthong.common.clock import Clock
from lienthong.common.database import Database, DatabaseAway
from lienthong.common.settings import ServiceSettings, SettingsError
from lienthong.common.signing import Signer, SigningError, TrustStore, open_key
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.common.timestamps import TimeStampRefused, TrainingTimeStamper

ROUNDS: Final = MetricSpec(
    "lienthong_audit_rounds_total",
    MetricKind.COUNTER,
    "Rounds of the audit log by outcome: done, away (database or time-stamping authority), refused (its stamps), "
    "out_of_order (no block can be made any more), failed",
    ("outcome",),
)
AUDIT_ROUND_METRICS = (ROUNDS,)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class AuditRounds:
    """Puts records into blocks and has them stamped, round by round; safe in several processes."""

    def __init__(self, sequencer: Callable[[], Awaitable[None]], pause: float, telemetry: Telemetry) -> None:
        self._sequencer = sequencer
        self._pause = pause
        self._rounds = telemetry.metrics.counter(ROUNDS)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, which breaks a round off; what was broken off or failed is done in the next one.

        A slow authority may take longer for what waits than a process has for its end.
        """
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            while not stop.is_set():
                working = asyncio.create_task(self._round(), name="round of the audit log")
                try:
                    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    working.cancel()
                    await asyncio.wait({working})
                await asyncio.wait({stopping}, timeout=self._pause)
        finally:
            stopping.cancel()

    async def _round(self) -> None:
        self._rounds.labels(await self._outcome()).inc()

    async def _outcome(self) -> str:
        try:
            await self._sequencer()
        except (DatabaseAway, AuthorityAway) as away:
            log.warning("the audit log waits", cause=f"{type(away).__name__}: {away}")
            return "away"
        except TimeStampRefused as refused:
            log.warning("a time stamp was refused", cause=str(refused))
            return "refused"
        except AuditLogOutOfOrder as error:
            log.exception("the audit log stands still", cause=str(error))
            return "out_of_order"
        except Exception:
            log.exception("a round of the audit log failed")
            return "failed"
        return "done"


@asynccontextmanager
async def open_audit_rounds(
    service: str,
    settings: ServiceSettings,
    *,
    database: Database,
    signer: Signer,
    trust: TrustStore,
    newest_lists: NewestLists,
    clock: Clock,
    telemetry: Telemetry,
) -> AsyncGenerator[AuditRounds]:
    """The sequencer of this service's log, as long as the context. Raises SettingsError."""
    async with _open_asking(settings, clock) as ask:
        sequencer = AuditSequencer(
            database,
            signer.sign,
            None if ask is None else StampHeads(database, ask, trust, newest_lists, clock),
            clock,
            telemetry,
            service=service,
            environment=settings.environment,
        )
        yield AuditRounds(sequencer, settings.audit_seconds, telemetry)


@asynccontextmanager
async def _open_asking(settings: ServiceSettings, clock: Clock) -> AsyncGenerator[Ask | None]:
    """The authority: that of the setting, else the training one, else none."""
    if settings.tsa is not None:
        async with open_authority(settings.tsa, settings.tsa_seconds) as authority:
            yield authority.ask
    elif settings.tsa_key is not None:
        yield _training(settings.tsa_key, clock)
    else:
        yield None


def _training(uri: str, clock: Clock) -> Ask:
    try:
        answer: Callable[[bytes], bytes] = TrainingTimeStamper(open_key(uri), clock.now).answer
    except SigningError as refused:
        raise SettingsError(f"LIENTHONG_TSA_KEY: {refused}") from refused

    async def ask(query: bytes) -> bytes:
        return answer(query)

    return ask
