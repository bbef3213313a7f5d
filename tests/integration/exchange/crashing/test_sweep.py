"""Killed at every numbered step: each acknowledged document once, in order, proven; nothing half done.

The short form kills at one moment of every step and rotates from day to day; LIENTHONG_SWEEP=all kills at every moment,
every victim (`make test-sweep`).
"""

from collections.abc import Iterator

import pytest
from tests.integration.exchange.crashing.extent import EVERYTHING, turn
from tests.integration.exchange.crashing.performance import Theatre
from tests.integration.exchange.crashing.plans import CROWD, Fault, Plan, Victim, standard
from tests.integration.exchange.crashing.stage import Layout
from tests.integration.exchange.crashing.steps import EVERY, STEPS, Moment, moments_of

pytestmark = [pytest.mark.xdist_group("crashing exchange"), pytest.mark.timeout(900)]

CHAPTERS = sorted({step.partition(".")[0] for step in STEPS})
OTHERS = [victim for victim in Victim if victim is not Victim.ITSELF]
short = pytest.mark.skipif(EVERYTHING, reason="every moment is in the long form")


async def test_the_standard_plan_holds_without_a_fault(theatre: Theatre) -> None:
    assert await theatre.perform(standard()) == []


@short
@pytest.mark.parametrize("chapter", CHAPTERS)
async def test_killed_once_at_every_step(theatre: Theatre, chapter: str) -> None:
    faults = [
        Fault(_of_turn(step, turn() + place))
        for place, step in enumerate(step for step in STEPS if step.startswith(f"{chapter}."))
    ]
    await theatre.perform_until_all_happened(faults)


@short
@pytest.mark.parametrize("victim", [Victim.POSTGRES, Victim.KAFKA, Victim.RELAY, Victim.WORKER], ids=lambda it: it.name)
async def test_others_killed_meanwhile(theatre: Theatre, victim: Victim) -> None:
    place = turn() * len(OTHERS) + OTHERS.index(victim)
    step = [*STEPS][place % len(STEPS)]
    await theatre.perform_until_all_happened([Fault(_of_turn(step, turn()), victim)])


@short
async def test_killed_in_a_crowd(theatre: Theatre) -> None:
    steps = ("3.4", "3.8", "3.9", "5.2", "3.5")
    faults = [Fault(_of_turn(step, turn() + place), occurrence=place + 2) for place, step in enumerate(steps)]
    assert await theatre.perform(Plan(CROWD, tuple(faults))) == []


def _every_case() -> Iterator[object]:
    for layout, victim in [("all", Victim.ITSELF), ("split", Victim.ITSELF), *(("split", other) for other in OTHERS)]:
        for step in EVERY:
            yield pytest.param(step, victim, layout, id=f"{layout}-{victim.name}-{step}")


@pytest.mark.parametrize(("step", "victim", "layout"), list(_every_case()) if EVERYTHING else [])
async def test_every_moment(theatre: Theatre, step: str, victim: Victim, layout: Layout) -> None:
    await theatre.perform_until_all_happened([Fault(moment, victim) for moment in moments_of(step)], layout)


async def test_a_day_later_only_files_of_messages_are_stored(theatre: Theatre) -> None:
    assert await theatre.perform(standard()) == []
    await theatre.let_a_day_pass()


def _of_turn(step: str, number: int) -> Moment:
    """Another moment of the step at every turn."""
    moments = moments_of(step)
    return moments[number % len(moments)]
