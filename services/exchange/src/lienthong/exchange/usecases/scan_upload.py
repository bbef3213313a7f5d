"""An uploaded file is looked through for viruses (N10): step 1.4 of docs/way-of-a-document.md.

Every upload is scanned whole, also where the same bytes were scanned before: by how long it takes, nobody learns
whether somebody else holds them. A scanner that does not answer has a grace period; behind it the upload is refused.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

import structlog

from lienthong.common.broker import Backoff
from lienthong.common.messages.exchange import Scan
from lienthong.common.objects import ObjectStore, StoredObject
from lienthong.common.pauses import wait_at_most
from lienthong.common.telemetry import MetricKind, MetricSpec, Telemetry
from lienthong.exchange.clients.clamd import BeyondLimits, Clamd, ScannerUnreachable
from lienthong.exchange.domain.errors import AttachmentInfected, AttachmentNotScannable, ScannerAway

SCANS = MetricSpec(
    "lienthong_exchange_scans_total",
    MetricKind.COUNTER,
    "Uploads by what the virus scanner said: clean, infected, not_scannable; away: it did not answer",
    ("outcome",),
)
SCANNER_ANSWERS = MetricSpec(
    "lienthong_exchange_scanner_answers",
    MetricKind.GAUGE,
    "Whether the virus scanner answered when it was asked last, 1 or 0; always 1 where none is configured",
)

_WATCH_SECONDS = 15.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class ScannerState(StrEnum):
    """What senders are told of the scanner."""

    NONE = "none"
    ANSWERS = "answers"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """`bytes`: the largest file that the scanner looks through; `grace`: seconds in which an absent one is tried again.

    `at_once` files are with the scanner at the same time; others wait for their turn.
    """

    bytes: int
    grace: float
    at_once: int


class ScanUpload:
    """Asks the scanner, or says that there is none."""

    def __init__(
        self, scanner: Clamd | None, objects: ObjectStore, telemetry: Telemetry, *, limits: ScanLimits
    ) -> None:
        self._scanner = scanner
        self._objects = objects
        self._limits = limits
        self._turns = asyncio.Semaphore(limits.at_once)
        self._pause = Backoff(first=0.2, cap=2.0)
        self._outcomes = telemetry.metrics.counter(SCANS)
        self._gauge = telemetry.metrics.gauge(SCANNER_ANSWERS)
        self._note(answers=True)

    async def __call__(self, stored: StoredObject) -> Scan:
        """What the scanner says of a file in the store.

        Raises AttachmentInfected, AttachmentNotScannable, ScannerAway.
        """
        if self._scanner is None:
            return Scan.NOT_SCANNED
        # What is beyond its limits clamd may call clean without having looked: so they are ours too.
        if stored.size > self._limits.bytes:
            self._outcomes.labels("not_scannable").inc()
            raise AttachmentNotScannable
        async with self._turns:
            found = await self._ask(self._scanner, stored)
        self._outcomes.labels("clean" if found is None else "infected").inc()
        if found is not None:
            raise AttachmentInfected(found)
        return Scan.CLEAN

    @property
    def state(self) -> ScannerState:
        """Whether there is a scanner, and whether it answered when it was asked last."""
        if self._scanner is None:
            return ScannerState.NONE
        return ScannerState.ANSWERS if self._answers else ScannerState.AWAY

    @property
    def most_bytes(self) -> int | None:
        """The largest file that it looks through; None where there is no scanner."""
        return None if self._scanner is None else self._limits.bytes

    async def watch(self, stop: asyncio.Event) -> None:
        """Look now and then whether the scanner answers, so that operators see it before a sender does."""
        while self._scanner is not None and not stop.is_set():
            try:
                await self._scanner.ping()
                self._note(answers=True)
            except ScannerUnreachable as away:
                self._note(answers=False)
                log.warning("scanner away", cause=str(away))
            await wait_at_most(stop, _WATCH_SECONDS)

    def _note(self, *, answers: bool) -> None:
        self._answers = answers
        self._gauge.set(int(answers))

    async def _ask(self, scanner: Clamd, stored: StoredObject) -> str | None:
        until = asyncio.get_running_loop().time() + self._limits.grace
        failures = 0
        while True:
            try:
                found = await scanner.scan(self._objects.read(stored.sha256))
            except BeyondLimits as beyond:
                self._outcomes.labels("not_scannable").inc()
                raise AttachmentNotScannable from beyond
            except ScannerUnreachable as away:
                failures += 1
                self._note(answers=False)
                log.warning("scanner away", attempt=failures, cause=str(away))
                pause = self._pause.delay(failures)
                if asyncio.get_running_loop().time() + pause > until:
                    self._outcomes.labels("away").inc()
                    raise ScannerAway from away
                await asyncio.sleep(pause)
            else:
                self._note(answers=True)
                return found
