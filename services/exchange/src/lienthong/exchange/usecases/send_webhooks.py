"""The process that brings inboxes to endpoints: step 10.6 of docs/way-of-a-document.md.

How one at a time is kept
    Whoever sends a webhook holds its row (`holder`), and beats once a second. A holder that is silent for `silence`
    seconds holds nothing: the next one takes its webhooks and repeats the pages under way, each under its old id. A
    process whose own beat does not get through gives its requests up before anybody else may begin them, and goes on
    under another name. What no clock sees is a process that stood still with a request on its way: then the endpoint
    may have it twice, under one id.

How none holds up the others
    `domain/webhook_places.py`. After each page a webhook gets in line again behind those that wait.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import structlog

from lienthong.common.broker import Backoff
from lienthong.common.clock import Clock
from lienthong.common.database import Database, DatabaseAway
from lienthong.common.pauses import wait_at_most
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.webhook_places import Due, WebhookPlaces
from lienthong.exchange.domain.webhooks import Condition, EndpointAnswer
from lienthong.exchange.store import webhook_senders, webhooks
from lienthong.exchange.usecases.listening import listen
from lienthong.exchange.usecases.push_page import Prepared, PushPage

ATTEMPTS = MetricSpec(
    "lienthong_webhook_attempts_total", MetricKind.COUNTER, "Attempts to bring a page to an endpoint", ("outcome",)
)
SECONDS = MetricSpec("lienthong_webhook_seconds", MetricKind.HISTOGRAM, "Time until an endpoint has answered")
SENDING = MetricSpec("lienthong_webhooks_sending", MetricKind.GAUGE, "Endpoints that this process sends to just now")
TROUBLED = MetricSpec(
    "lienthong_webhooks_troubled", MetricKind.GAUGE, "Webhooks that are failing, open (circuit) or disabled", ("state",)
)
WEBHOOK_METRICS = (ATTEMPTS, SECONDS, SENDING, TROUBLED)

_POLL_SECONDS = 1.0
_BEAT_SECONDS = 1.0
_COUNT_SECONDS = 15.0
_ROUND_SECONDS = 0.02
_POSTPONED = timedelta(seconds=30)

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class SendWebhooks:
    """Any number of processes may run one. `stop_within` is the time that requests under way are given at the end."""

    def __init__(
        self,
        database: Database,
        push: PushPage,
        clock: Clock,
        telemetry: Telemetry,
        *,
        places: WebhookPlaces,
        stop_within: float,
        silence: float = 10.0,
    ) -> None:
        self._database = database
        self._push = push
        self._clock = clock
        self._places = places
        self._stop_within = stop_within
        self._silence = silence
        self._sender = uuid4()
        self._beaten_at = -math.inf
        self._busy: dict[InboxKey, Due] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._pause = Backoff(first=0.1, cap=5.0)
        metrics = telemetry.metrics
        self._attempts = metrics.counter(ATTEMPTS)
        self._seconds = metrics.histogram(SECONDS)
        self._troubled = metrics.gauge(TROUBLED)
        metrics.gauge(SENDING).set_function(lambda: len(self._busy))

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`; what is under way then is finished, or given up and repeated by the next process."""
        beside = [asyncio.create_task(each()) for each in (self._listen, self._beat, self._count)]
        sending = asyncio.create_task(self._send_until(stop))
        try:
            await asyncio.wait({sending, *beside}, return_when=asyncio.FIRST_COMPLETED)
            if self._tasks and stop.is_set():
                await asyncio.wait(self._tasks, timeout=self._stop_within)
        finally:
            for task in (sending, *beside, *self._tasks):
                task.cancel()
            results = await asyncio.gather(sending, *beside, *self._tasks, return_exceptions=True)
            await self._leave()
        for failure in results:
            if isinstance(failure, Exception):
                raise failure

    async def _send_until(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._woken.set())
        failures = 0
        while not stop.is_set():
            self._woken.clear()
            try:
                await self._begin_what_is_due()
                failures = 0
            except DatabaseAway as away:
                failures += 1
                log.warning("webhooks wait for the database", exc_info=away)
                await asyncio.sleep(self._pause.delay(failures))
            await asyncio.sleep(_ROUND_SECONDS)
            await wait_at_most(self._woken, _POLL_SECONDS)
        stopping.cancel()

    async def _begin_what_is_due(self) -> None:
        """Take a webhook from those that wait, and send one page of it."""
        if not self._is_heard() or len(self._busy) >= self._places.most:
            return
        # 10.6 One sender per inbox: taken by a row, lost by silence.
        sender = self._sender
        async with self._database.transaction() as connection:
            now = self._clock.now()
            waiting = await webhook_senders.due(connection, now, silence=self._silence, most=self._places.most)
            waiting = [due for due in waiting if due.inbox not in self._busy]
            chosen = self._places.choose(waiting, self._busy.values())
            if not chosen:
                return
            inboxes = [due.inbox for due in chosen]
            taken = await webhook_senders.take(connection, sender, inboxes, silence=self._silence)
        for due in chosen:
            if due.inbox in taken:
                self._busy[due.inbox] = due
                task = asyncio.create_task(self._send_one(due.inbox, sender))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _send_one(self, inbox: InboxKey, sender: UUID) -> None:
        try:
            if not await self._prepare_and_send(inbox, sender):
                await self._surely(lambda: self._release(inbox, sender))
        except DatabaseAway as away:
            log.warning("webhook waits for the database", exc_info=away)
            await self._surely(lambda: self._release(inbox, sender))
        except Exception:
            log.exception("webhook postponed after a fault of the exchange", agency=str(inbox.agency_id))
            await self._surely(lambda: self._postpone(inbox, sender))
        finally:
            self._busy.pop(inbox, None)
            self._woken.set()

    async def _prepare_and_send(self, inbox: InboxKey, sender: UUID) -> bool:
        """One attempt; False where nothing was sent, and the webhook is held still."""
        prepared = await self._push.prepare(inbox, sender)
        if prepared is None or not self._is_heard():
            return False
        answer = await self._push.send(prepared)
        condition: list[Condition] = []

        async def settle() -> None:
            condition.append(await self._push.settle(prepared, answer, sender))

        await self._surely(settle)
        self._tell(prepared, answer, condition[-1])
        return True

    async def _surely(self, act: Callable[[], Awaitable[None]]) -> None:
        """Again until the database has it: else the webhook would be held by a process that does nothing with it."""
        failures = 0
        while True:
            try:
                await act()
            except DatabaseAway:
                failures += 1
                await asyncio.sleep(self._pause.delay(failures))
            else:
                return

    async def _release(self, inbox: InboxKey, sender: UUID) -> None:
        async with self._database.transaction() as connection:
            await webhook_senders.release(connection, inbox, sender)

    async def _postpone(self, inbox: InboxKey, sender: UUID) -> None:
        async with self._database.transaction() as connection:
            await webhook_senders.postpone(connection, inbox, sender, self._clock.now() + _POSTPONED)

    def _tell(self, prepared: Prepared, answer: EndpointAnswer, condition: Condition) -> None:
        self._attempts.labels("taken" if answer.cause is None else answer.cause.value).inc()
        self._seconds.observe(answer.milliseconds / 1000)
        if not answer.taken:
            inbox = prepared.webhook.inbox
            log.info(
                "webhook attempt failed",
                agency=str(inbox.agency_id),
                lane=inbox.lane.value,
                webhook=str(prepared.id),
                cause=str(answer.cause),
                status=answer.status,
                circuit=condition.circuit.value,
                disabled=condition.disabled and condition.disabled.value,
            )

    def _is_heard(self) -> bool:
        """Whether others can be sure that this process lives, for as long as it takes to begin a request."""
        return time.monotonic() - self._beaten_at < self._silence / 2

    async def _beat(self) -> None:
        while True:
            begun = time.monotonic()  # before the server's time of the beat, so never later than what others see
            try:
                async with self._database.transaction() as connection:
                    await webhook_senders.beat(connection, self._sender)
                self._beaten_at = begun
                self._woken.set()
            except DatabaseAway:
                self._give_up_if_silent()
            await asyncio.sleep(_BEAT_SECONDS)

    def _give_up_if_silent(self) -> None:
        """Others may take over soon: requests under way end first, and what was held is not ours any more."""
        if time.monotonic() - self._beaten_at < self._silence * 0.7:
            return
        self._sender, self._beaten_at = uuid4(), -math.inf
        for task in self._tasks:
            task.cancel()

    async def _listen(self) -> None:
        """New entries wake the process; a call that is lost costs a second."""
        await listen(self._database, "webhook bell", self._on_notify)

    def _on_notify(self, *_: object) -> None:
        self._woken.set()

    async def _count(self) -> None:
        while True:
            try:
                async with self._database.transaction() as connection:
                    await webhook_senders.forget_silent(connection)
                    troubles = await webhooks.count_troubles(connection)
                self._troubled.labels("failing").set(troubles.failing)
                self._troubled.labels("open").set(troubles.open)
                self._troubled.labels("disabled").set(troubles.disabled)
            except DatabaseAway as away:
                log.warning("webhooks are not counted", exc_info=away)
            await asyncio.sleep(_COUNT_SECONDS)

    async def _leave(self) -> None:
        try:
            async with self._database.transaction() as connection:
                await webhook_senders.leave(connection, self._sender)
        except DatabaseAway as away:
            log.warning("the next sender of webhooks waits until this one counts as silent", exc_info=away)
