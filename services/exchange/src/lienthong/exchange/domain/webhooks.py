"""How a webhook fares: what an answer means, when the next attempt is, when its circuit opens and closes. Pure.

    closed     pages are sent; after a failure again, later and later (full jitter)
    open       so many failures in a row: no content is sent any more; when its time has come, the circuit is half open
    half_open  a probe is sent, a head without entries; once it is taken, the page itself; once that is taken, closed

Nothing is ever given up because of failures: a webhook ends by its agency's word, by 410 Gone, or with the consent to
the client that registered it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from lienthong.common.clock import truncated

MOST_SLOW_MILLISECONDS: Final = 3000
"""An endpoint that answers later than this counts as slow, and shares places with the others that are."""


class Circuit(StrEnum):
    """Whether content is sent."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Disabled(StrEnum):
    """Why nothing is sent until somebody resumes the webhook."""

    GONE = "gone"
    CLIENT_NOT_ACTIVE = "client_not_active"


class Cause(StrEnum):
    """Why an attempt failed."""

    NAME_UNRESOLVED = "name_unresolved"
    ADDRESS_REFUSED = "address_refused"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILED = "tls_failed"
    TOO_SLOW = "too_slow"
    ANSWER_BROKEN = "answer_broken"
    REDIRECTED = "redirected"
    STATUS = "status"
    GONE = "gone"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class EndpointAnswer:
    """What came back of one request; without a cause it was taken."""

    milliseconds: int
    status: int | None = None
    cause: Cause | None = None
    retry_after: str | None = None

    @property
    def taken(self) -> bool:
        """A 2xx in time."""
        return self.cause is None


def cause_of(status: int) -> Cause | None:
    """What the status of an answer means; None where it says that the request was taken."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return Cause.REDIRECTED
    return Cause.GONE if status == 410 else Cause.STATUS


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds: the first pause, the longest; and after how many failures in a row the circuit opens."""

    first: float = 1.0
    cap: float = 900.0
    open_after: int = 5

    def pause(self, failures: int, luck: float) -> float:
        """Full jitter: somewhere between nothing and a bound that doubles with every failure; `luck` is in [0, 1)."""
        return luck * min(self.cap, self.first * 2.0 ** min(failures - 1, 30))


@dataclass(frozen=True, slots=True)
class Condition:
    """How a webhook fares."""

    circuit: Circuit
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime
    slow: bool = False
    disabled: Disabled | None = None

    @classmethod
    def fresh(cls, now: datetime) -> "Condition":
        """Of a new webhook, and of one that was resumed."""
        return cls(Circuit.CLOSED, 0, None, now)

    def begun(self) -> "Condition":
        """An attempt begins: an open circuit whose time has come is half open from now on."""
        return replace(self, circuit=Circuit.HALF_OPEN) if self.circuit is Circuit.OPEN else self

    def after_page(self, answer: EndpointAnswer, now: datetime, retries: RetryPolicy, luck: float) -> "Condition":
        """A page was answered."""
        if answer.taken:
            return replace(Condition.fresh(now), slow=answer.milliseconds > MOST_SLOW_MILLISECONDS)
        return self._failed(answer, now, retries, luck)

    def after_probe(self, answer: EndpointAnswer, now: datetime, retries: RetryPolicy, luck: float) -> "Condition":
        """A probe was answered; one that was taken lets the page itself go at once."""
        return replace(self, next_attempt_at=now) if answer.taken else self._failed(answer, now, retries, luck)

    def _failed(self, answer: EndpointAnswer, now: datetime, retries: RetryPolicy, luck: float) -> "Condition":
        failures = self.failures + 1
        pause = max(retries.pause(failures, luck), min(_wanted_pause(answer.retry_after, now), retries.cap))
        opens = self.circuit is not Circuit.CLOSED or failures >= retries.open_after
        return Condition(
            circuit=Circuit.OPEN if opens else Circuit.CLOSED,
            failures=failures,
            failing_since=self.failing_since or now,
            next_attempt_at=truncated(now + timedelta(seconds=pause)),
            slow=self.slow or answer.milliseconds > MOST_SLOW_MILLISECONDS,
            disabled=Disabled.GONE if answer.cause is Cause.GONE else None,
        )


def _wanted_pause(retry_after: str | None, now: datetime) -> float:
    """Seconds that the endpoint asks for (RFC 9110 section 10.2.3); what cannot be read asks for none."""
    if retry_after is None:
        return 0.0
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        wanted = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (wanted - now).total_seconds()) if wanted.tzinfo else 0.0
