"""Follows what accounts says, in every process: all of it from the start, then each word as it is said.

No consumer group: every process reads everything (assign), keeps it in memory and asks nobody. `ready` comes at the
end offsets seen at the start. A process that the broker has not confirmed to be at the end for 60 s, or that holds back
a word of accounts it cannot judge, is no longer current: acts are refused (503), reading goes on.
"""

import asyncio
import time
from datetime import timedelta

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from lienthong.common.broker import MAX_RECORD_BYTES, Backoff, BrokerSettings, Record, count_partitions
from lienthong.common.clock import Clock
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.pauses import wait_at_most
from lienthong.common.signing import TrustStore, Verifier
from lienthong.common.signing.revocation import RevocationData
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.common.trust.certificates import Register
from lienthong.common.trust.clients import Clients, TokenKeys
from lienthong.common.trust.state import MOST_WAITING, TrustState
from lienthong.common.trust.statements import StatementOutcome, StatementSubject, TrustTopics, read_statement

STATEMENTS = MetricSpec(
    "lienthong_trust_statements_total", MetricKind.COUNTER, "Statements of accounts by outcome", ("subject", "outcome")
)
WAITING = MetricSpec("lienthong_trust_waiting_statements", MetricKind.GAUGE, "Statements that cannot be judged yet")
SILENCE = MetricSpec(
    "lienthong_trust_silence_seconds", MetricKind.GAUGE, "Time since the broker confirmed that nothing newer was said"
)
TRUST_METRICS = (STATEMENTS, WAITING, SILENCE)

MAX_SILENCE = timedelta(seconds=60)
_POLL_MS = 500
_AGAIN_SECONDS = 30.0
_ANSWER_SECONDS = 15.0
_NO_TOPICS_SECONDS = 1.0
_MOST_READINGS = 3
_EXPECTED = frozenset({StatementOutcome.APPLIED, StatementOutcome.OLDER, StatementOutcome.WAITING})

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class TrustNotCurrent(LienthongError):
    """Certificates and revocations cannot be kept up to date at the moment, so nothing new is accepted."""

    code = "trust_not_current"
    kind = Kind.UNAVAILABLE
    title = Words("Tạm thời không kiểm tra được chứng thư số", "Certificates cannot be checked at the moment")
    advice = Words("Gửi lại cùng thông điệp sau ít phút.", "Send the same message again in a few minutes.")


class TrustFollower:
    """The trust of one process, kept current by `run`. The collections are there to be asked at any time."""

    def __init__(
        self,
        settings: BrokerSettings,
        store: TrustStore,
        clock: Clock,
        telemetry: Telemetry,
        *,
        topics: TrustTopics | None = None,
        max_silence: timedelta = MAX_SILENCE,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._subjects = (topics or TrustTopics()).subjects()
        self._max_silence = max_silence
        self._state = TrustState(store, clock, notice=self._on_outcome, most_waiting=most_waiting)
        self._ready = asyncio.Event()
        self._progress = _Progress()
        metrics = telemetry.metrics
        self._statements = metrics.counter(STATEMENTS)
        metrics.gauge(WAITING).set_function(lambda: self._state.waiting)
        metrics.gauge(SILENCE).set_function(self._progress.silence)

    @property
    def certificates(self) -> Register:
        """Certificates of agencies and services (a CertificateSource)."""
        return self._state.certificates

    @property
    def revocations(self) -> RevocationData:
        """The authorities' revocation lists."""
        return self._state.revocations

    @property
    def verifier(self) -> Verifier:
        """Judges against the configured anchors and what is known here; its own policy is that of admission."""
        return self._state.verifier

    @property
    def token_keys(self) -> TokenKeys:
        """Keys of access tokens."""
        return self._state.token_keys

    @property
    def clients(self) -> Clients:
        """Machine clients."""
        return self._state.clients

    @property
    def ready(self) -> bool:
        """Whether everything that had been said at the start has been read."""
        return self._ready.is_set()

    async def wait_ready(self, seconds: float = 60.0) -> None:
        """Wait until ready. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            await self._ready.wait()

    def current(self) -> bool:
        """Whether what is known here is no older than `max_silence`."""
        return self._why_not_current() is None

    def require_current(self) -> None:
        """Before every act that rests on somebody's key. Raises TrustNotCurrent."""
        if not self.current():
            raise TrustNotCurrent(retry_after=30)

    def require_ready(self) -> None:
        """Before somebody is called unknown: only who has read everything can say so. Raises TrustNotCurrent."""
        if not self.ready:
            raise TrustNotCurrent(retry_after=1)

    async def missing(self) -> str | None:
        """The readiness check."""
        return self._why_not_current()

    def _why_not_current(self) -> str | None:
        if not self.ready:
            return "trust: not everything has been read yet"
        limit = self._max_silence.total_seconds()
        if self._progress.silence() > limit:
            return f"trust: the broker has not confirmed the end for more than {limit:.0f} s"
        since = self._state.oldest_waiting_of_accounts()
        if since is not None and self._clock.now() - since > self._max_silence:
            return "trust: a statement of accounts cannot be judged (revocation data missing or stale) or was dropped"
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop`. A broker that is away is waited for; what was read stays."""
        failures, backoff = 0, Backoff(first=0.2, cap=5.0)
        while not stop.is_set():
            fault = await self._follow_until_fault(stop)
            if fault is not None:
                failures += 1
                log.warning("trust topics cannot be read", attempt=failures, exc_info=fault)
                await wait_at_most(stop, backoff.delay(failures))
            else:
                failures = 0

    async def _follow_until_fault(self, stop: asyncio.Event) -> BaseException | None:
        try:
            await self._follow(stop)
        except (KafkaError, TimeoutError) as fault:
            return fault
        except asyncio.CancelledError as fault:
            # The consumer cancels tasks of its own, and that can reach whoever waits for them: only who was asked to
            # end may end, or a process would never learn of a revocation again.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return fault
        return None

    async def _follow(self, stop: asyncio.Event) -> None:
        partitions = await self._partitions(stop)
        if stop.is_set():
            return
        consumer = AIOKafkaConsumer(
            **self._settings.client(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_POLL_MS,
            max_partition_fetch_bytes=2 * MAX_RECORD_BYTES,
        )
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await consumer.start()
            await asyncio.sleep(0)  # its tasks have to begin, or stopping it would look as if we were cancelled
            consumer.assign(partitions)
            for partition, position in self._progress.positions.items():
                consumer.seek(partition, position)
            await self._read(consumer, partitions, stop)
        finally:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await consumer.stop()

    async def _partitions(self, stop: asyncio.Event) -> list[TopicPartition]:
        """All partitions of the topics; waits until accounts has made them."""
        while not stop.is_set():
            async with asyncio.timeout(_ANSWER_SECONDS):
                there = await count_partitions(self._settings, list(self._subjects))
            missing = sorted(self._subjects.keys() - there.keys())
            if not missing:
                return [TopicPartition(topic, number) for topic, count in there.items() for number in range(count)]
            log.info("waiting for topics", missing=missing)
            await wait_at_most(stop, _NO_TOPICS_SECONDS)
        return []

    async def _read(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition], stop: asyncio.Event) -> None:
        async with asyncio.timeout(_ANSWER_SECONDS):
            ends = await consumer.end_offsets(partitions)
        settled, readings, answered = time.monotonic(), 1, time.monotonic()
        while not stop.is_set():
            pages = await consumer.getmany(timeout_ms=_POLL_MS, max_records=200)
            for records in pages.values():
                for record in records:
                    self._take(record)
                await asyncio.sleep(0)
            due = time.monotonic() - settled > _AGAIN_SECONDS
            self._state.settle(always=due)
            settled = time.monotonic() if due else settled
            async with asyncio.timeout(_ANSWER_SECONDS):
                answered = time.monotonic() if await self._progress.note(consumer, partitions) else answered
            if time.monotonic() - answered > _ANSWER_SECONDS:
                raise TimeoutError("the broker answers nothing: a new consumer is tried")
            if self.ready or not self._progress.reached(ends):
                continue
            if self._state.overflowed and readings < _MOST_READINGS:
                readings += 1
                await self._read_again(consumer, partitions)
            else:
                self._become_ready()

    async def _read_again(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        """More was waiting than there was room for; the certificates learned meanwhile let the next reading through."""
        log.warning("trust topics are read once more", waiting=self._state.waiting)
        self._state.forget_waiting()
        self._progress.positions.clear()
        await consumer.seek_to_beginning(*partitions)

    def _become_ready(self) -> None:
        log.info("trust is ready", certificates=len(self._state.certificates), waiting=self._state.waiting)
        self._ready.set()

    def _take(self, record: Record) -> None:
        subject = self._subjects[record.topic]
        statement = read_statement(subject, record)
        if statement is None:
            self._on_outcome(subject, "", StatementOutcome.MALFORMED, "no value, no key or no single signature")
        else:
            self._state.take(statement)

    def _on_outcome(self, subject: StatementSubject, key: str, outcome: StatementOutcome, why: str) -> None:
        self._statements.labels(subject, outcome).inc()
        if outcome not in _EXPECTED:
            log.warning("statement not believed", subject=subject, key=key, outcome=outcome, why=why)


class _Progress:
    """Where each partition has been read to, and when the broker last confirmed that nothing lies beyond."""

    def __init__(self) -> None:
        self.positions: dict[TopicPartition, int] = {}
        self._answers: dict[TopicPartition, int] = {}
        self._confirmed: dict[TopicPartition, float] = {}

    async def note(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> bool:
        """Look where the consumer is; whether the broker has answered anything since the last look."""
        answered = False
        for partition in partitions:
            position = self.positions[partition] = await consumer.position(partition)
            # The stamp is wall time: only that it changed counts, so that a clock set back misleads nobody.
            answer = consumer.last_poll_timestamp(partition)
            end = consumer.highwater(partition)
            if answer is None or end is None or answer == self._answers.get(partition):
                continue
            self._answers[partition], answered = answer, True
            if position >= end:
                self._confirmed[partition] = time.monotonic()
        return answered

    def reached(self, ends: dict[TopicPartition, int]) -> bool:
        return all(self.positions.get(partition, 0) >= end for partition, end in ends.items())

    def silence(self) -> float:
        """Seconds since the partition that was confirmed longest ago; infinite before the first time."""
        if not self._confirmed or len(self._confirmed) < len(self.positions):
            return float("inf")
        return time.monotonic() - min(self._confirmed.values())
