"""A state machine as a table: every act in every state either moves or is refused by name; nothing is left open."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from lienthong.common.errors import Kind, LienthongError, Violation, Words

S = TypeVar("S", bound=Enum)
A = TypeVar("A", bound=Enum)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an act is not possible in a state: `name` is stable like an error's code, `rule` its requirement."""

    name: str
    detail: Words
    advice: Words
    rule: str | None = None


class TransitionRefused(LienthongError):
    """The act is not possible in the state the thing is in; the violation names why."""

    code = "transition_refused"
    kind = Kind.CONFLICT
    title = Words("Không thực hiện được ở trạng thái hiện tại", "Not possible in the present state")
    advice = Words("Xem lại trạng thái rồi chọn thao tác phù hợp.", "Look at the state and choose an act that fits.")

    def __init__(self, refusal: Refusal) -> None:
        violation = Violation(refusal.name, refusal.rule, "", refusal.detail, refusal.advice)
        super().__init__(refusal.detail, rule=refusal.rule, violations=[violation])
        self.refusal = refusal


class Transitions(Generic[S, A]):
    """The whole life of a thing: for each state and act the next state, or the refusal.

    A table that leaves a pair open, or decides one twice, is refused when it is made (TypeError).
    """

    def __init__(
        self, states: type[S], acts: type[A], moves: Mapping[tuple[S, A], S], refusals: Mapping[tuple[S, A], Refusal]
    ) -> None:
        pairs = set(itertools.product(states, acts))
        twice, known = moves.keys() & refusals.keys(), moves.keys() | refusals.keys()
        if twice or known != pairs:
            raise TypeError(f"open: {_names(pairs - known)}; foreign: {_names(known - pairs)}; twice: {_names(twice)}")
        self._moves = dict(moves)
        self._refusals = dict(refusals)
        self._states, self._acts = tuple(states), tuple(acts)

    def decide(self, state: S, act: A) -> S | Refusal:
        """Where the act leads from the state, or why it does not."""
        return self._moves[state, act] if (state, act) in self._moves else self._refusals[state, act]

    def move(self, state: S, act: A) -> S:
        """The next state. Raises TransitionRefused."""
        if (state, act) in self._moves:
            return self._moves[state, act]
        raise TransitionRefused(self._refusals[state, act])

    def refusal(self, state: S, act: A) -> Refusal:
        """Why the act leads nowhere from the state. Raises KeyError where it does."""
        return self._refusals[state, act]

    def is_final(self, state: S) -> bool:
        """Whether no act leads out of the state."""
        return all(self._moves.get((state, act), state) == state for act in self._acts)

    def reachable(self, start: S) -> frozenset[S]:
        """Every state that acts lead to from `start`, with itself."""
        found, open_ = {start}, [start]
        while open_:
            here = open_.pop()
            following = {to for (origin, _), to in self._moves.items() if origin == here} - found
            found |= following
            open_ += following
        return frozenset(found)

    def rows(self) -> list[tuple[S, A, S | Refusal]]:
        """The table in the order of declaration: for documents and tests."""
        return [(state, act, self.decide(state, act)) for state in self._states for act in self._acts]


def refuse(states: Iterable[S], acts: Iterable[A], refusal: Refusal) -> dict[tuple[S, A], Refusal]:
    """One refusal for every act in every one of the states, to be merged into the table's refusals."""
    return dict.fromkeys(itertools.product(states, acts), refusal)


def _names(pairs: Iterable[tuple[Enum, Enum]]) -> str:
    return ", ".join(sorted(f"{state.name}+{act.name}" for state, act in pairs)) or "none"
