"""What agencies do while something fails: plans, a standard one that comes by every step, and strategies."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, get_args

from hypothesis import strategies as st
from tests.integration.exchange.crashing.steps import Moment, all_moments

CAST = 4
"""Agencies that act, by index. One more looks on, and must never receive anything."""


@dataclass(frozen=True, slots=True)
class Send:
    """A document to these agencies; the same bytes `copies` times at once."""

    to: tuple[int, ...]
    urgent: bool = False
    copies: int = 1
    attached: bool = False


@dataclass(frozen=True, slots=True)
class SendPair:
    """Two documents at once, the second of which says `after` the first."""

    to: tuple[int, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class SendBatch:
    """Several documents to these agencies, as the lines of one batch."""

    to: tuple[int, ...]
    lines: int = 3
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class SendSecret:
    """A file, and a document of a secret class that names it: refused, and the file destroyed."""

    to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SendRubbish:
    """Sealed bytes that are no message."""


@dataclass(frozen=True, slots=True)
class Receive:
    """Read what is new in a lane, acknowledge it, twice, and read the files that came with it."""

    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for what comes next in a lane, and take no notice of it: whoever is woken is served together with others."""

    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All statuses of the newest document that was read and not yet reported, posted at once: 03 to 06, or 01 and 02.

    Then its sender follows the document.
    """

    urgent: bool = False
    refuse: bool = False


@dataclass(frozen=True, slots=True)
class SendUnanswered:
    """A document to these agencies, which none of them receives or refuses before its end has come."""

    to: tuple[int, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A document to one agency, then a request to change it.

    If `read`, the recipient reads and acknowledges the document in between: so it is asked, answers, and reports the
    removal of what it gives back; or it does not answer, and the request lapses. Else the exchange grants the change at
    once. In the end its sender follows it.
    """

    to: int
    kind: Literal["take_back", "revoke", "update", "replace"]
    read: bool = True
    agree: bool = True
    urgent: bool = False
    answer: bool = True


@dataclass(frozen=True, slots=True)
class BeRenamed:
    """Accounts says that the agency has a new name."""


@dataclass(frozen=True, slots=True)
class RenewTopic:
    """End the agency's own topic of a lane, if it has one, and ask for one anew."""

    urgent: bool = False


Action = (
    RenewTopic
    | Send
    | SendPair
    | SendBatch
    | SendSecret
    | SendRubbish
    | SendUnanswered
    | Receive
    | Listen
    | Report
    | Change
    | BeRenamed
)


@dataclass(frozen=True, slots=True)
class Stream:
    """One thread of an agency's system: its actions one after another, each repeated until it is answered."""

    agency: int
    actions: tuple[Action, ...]


class Victim(Enum):
    """Who is hit when the moment is reached."""

    ITSELF = "the process itself is killed"
    FROZEN = "the process stands still until its transaction was ended, and goes on"
    WORKER = "the worker is killed"
    RELAY = "the relay is killed"
    KAFKA = "Kafka is killed"
    POSTGRES = "PostgreSQL is killed"


@dataclass(frozen=True, slots=True)
class Fault:
    """Somebody is hit when `moment` is reached for the `occurrence`-th time."""

    moment: Moment
    victim: Victim = Victim.ITSELF
    occurrence: int = 1

    def __str__(self) -> str:
        return f"{self.moment} #{self.occurrence}: {self.victim.value}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Streams side by side, and the faults that come one after another meanwhile."""

    streams: tuple[Stream, ...]
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        return "; ".join(map(str, self.faults))


STANDARD = (
    Stream(2, (Listen(),)),
    Stream(0, (Send((1, 2), attached=True), Send((1,), copies=3), SendPair((2, 1)), Receive(), Report())),
    Stream(0, (Send((1, 2, 3), urgent=True), SendSecret((1,)), SendRubbish(), SendUnanswered((1, 2)))),
    Stream(1, (BeRenamed(), Send((0, 2), copies=2), Send((0,), urgent=True), Receive(), Report(), Receive())),
    Stream(2, (SendBatch((0, 1)), Receive(), Report(), Send((0, 1), urgent=True), Receive(urgent=True))),
    Stream(1, (RenewTopic(), Send((1,)), Receive())),  # what goes to itself is in the new topic, however late it opens
    Stream(3, (Send((0, 2), attached=True), Receive(urgent=True), Report(urgent=True, refuse=True))),
    Stream(3, (Change(0, "update", answer=False),)),
    Stream(2, (Change(3, "take_back", read=False), Change(1, "update"), Change(1, "take_back", urgent=True))),
)
"""It comes by every moment at least once."""


CROWD = tuple(
    Stream(agency, tuple(Send(tuple(other for other in range(CAST) if other != agency)) for _ in range(12)))
    for agency in (0, 1, 2)
    for _ in range(4)
)
"""Many at once, so that pages have many lines."""


def standard(*faults: Fault) -> Plan:
    """The standard plan with these faults."""
    return Plan(STANDARD, faults)


def _recipients(agency: int) -> st.SearchStrategy[tuple[int, ...]]:
    others = [other for other in range(CAST) if other != agency]
    return st.lists(st.sampled_from(others), min_size=1, max_size=3, unique=True).map(tuple)


def _actions(agency: int) -> st.SearchStrategy[Action]:
    to = _recipients(agency)
    return st.one_of(
        st.builds(Send, to, urgent=st.booleans(), copies=st.integers(1, 4), attached=st.booleans()),
        st.builds(SendPair, to, urgent=st.booleans()),
        st.builds(SendBatch, to, st.integers(1, 5), urgent=st.booleans()),
        st.builds(Receive, urgent=st.booleans()),
        st.builds(Listen, urgent=st.booleans()),
        st.builds(Report, urgent=st.booleans(), refuse=st.booleans()),
        st.builds(
            Change,
            st.sampled_from([other for other in range(CAST) if other != agency]),
            st.sampled_from(get_args(Change.__annotations__["kind"])),
            read=st.booleans(),
            agree=st.booleans(),
            urgent=st.booleans(),
        ),
        st.builds(SendSecret, to),
        st.builds(SendUnanswered, to, urgent=st.booleans()),
        st.just(SendRubbish()),
        st.just(BeRenamed()),
        st.builds(RenewTopic, urgent=st.booleans()),
    )


def _streams() -> st.SearchStrategy[tuple[Stream, ...]]:
    stream = st.integers(0, CAST - 1).flatmap(
        lambda agency: st.builds(Stream, st.just(agency), st.lists(_actions(agency), min_size=1, max_size=5).map(tuple))
    )
    return st.lists(stream, min_size=1, max_size=5).map(tuple)


def plans(victims: Sequence[Victim]) -> st.SearchStrategy[Plan]:
    """Any streams with any faults of these victims; a moment that the streams never reach does no harm."""
    fault = st.builds(Fault, st.sampled_from(all_moments()), st.sampled_from(victims), st.integers(1, 6))
    return st.builds(Plan, _streams(), st.lists(fault, min_size=1, max_size=3).map(tuple))
