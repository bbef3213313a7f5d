"""`python -m tests.bench` (`make bench`): floor and product in turn, on the same servers; one JSON line per scenario.

`ratio` is the floor's CPU time for one unit divided by the product's, over all server processes, Kafka and PostgreSQL
included: the steadiest figure on a machine that others use too. The client has a process of its own and is not counted.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import uvloop
from tests.bench import scenarios
from tests.bench.floor import FloorRun
from tests.bench.large import store_past
from tests.bench.scenarios import Run
from tests.bench.stage import Stage, stage

Perform = Callable[[Stage, int, int], Awaitable[Run]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is run, on how many documents of which size, and whether the floor is measured beside it."""

    perform: Perform
    number: int
    quick: int
    size: int = 2048
    floor: bool = True


SCENARIOS = {
    "batch-2k": Scenario(scenarios.batches, 10_000, 2_000),
    "batch-10k": Scenario(scenarios.batches, 5_000, 500, size=10_240),
    "single-2k": Scenario(scenarios.singles, 5_000, 1_000),
    "fanout100-2k": Scenario(scenarios.fanout, 200, 20),
    "inbox-read": Scenario(scenarios.reading, 5_000, 1_000),
    "status": Scenario(scenarios.statuses, 3_000, 500),
    "attachment-1g": Scenario(scenarios.attachment, 1_000, 50, floor=False),
}
STEADY = "latency-half-load"
STEADY_SECONDS, STEADY_SECONDS_QUICK = 30, 3


def main() -> int:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("scenario", nargs="*", choices=[*SCENARIOS, STEADY, []], help="all of them if none is named")
    parser.add_argument("--quick", action="store_true", help="one small round of each: whether it works, not how fast")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stored", type=int, default=0, help="measure once more on so many stored documents")
    parser.add_argument("--folder", type=Path, default=Path(".lienthong/bench"))
    told = parser.parse_args()
    plan = Plan(told.scenario or [*SCENARIOS, STEADY], 1 if told.quick else told.rounds, quick=told.quick)
    return uvloop.run(_run(plan, told.folder.absolute(), told.stored))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, how often, and whether on small numbers."""

    chosen: Sequence[str]
    rounds: int
    quick: bool


async def _run(plan: Plan, folder: Path, stored: int) -> int:
    async with stage(folder) as here:
        await scenarios.batches(here, 500, 2048)  # warms everything up
        empty: dict[object, dict[str, object]] = {}
        async for line in _measured(here, plan):
            empty[line["scenario"]] = line
            _print(line)
        if stored:
            await store_past(here, stored)
            async for line in _measured(here, plan):
                before, after = (float(str(each["cpu_us"])) for each in (empty[line["scenario"]], line))
                _print(line | {"stored": stored, "of_empty": round(before / after, 3)})
    return 0


async def _measured(here: Stage, plan: Plan) -> AsyncGenerator[dict[str, object]]:
    per_second: float | None = None
    for name in plan.chosen:
        if name == STEADY:
            yield await _steady(here, per_second, quick=plan.quick)
            continue
        line = await _scenario(here, name, plan.rounds, quick=plan.quick)
        per_second = float(str(line["docs_per_s"])) if name == "single-2k" else per_second
        yield line


async def _scenario(here: Stage, name: str, rounds: int, *, quick: bool) -> dict[str, object]:
    told = SCENARIOS[name]
    number = told.quick if quick else told.number
    runs: list[Run] = []
    floors: list[FloorRun] = []
    for _ in range(rounds):
        if told.floor:
            floors.append(await asyncio.to_thread(_floor, here, told.size, quick))
        runs.append(await told.perform(here, number, told.size))
    return _line(name, runs, floors)


async def _steady(here: Stage, per_second: float | None, *, quick: bool) -> dict[str, object]:
    if per_second is None:
        run = await scenarios.singles(here, SCENARIOS["single-2k"].quick, 2048)
        per_second = run.units / run.seconds
    seconds = STEADY_SECONDS_QUICK if quick else STEADY_SECONDS
    perform: Perform = partial(scenarios.steady, rate=per_second / 2)
    run = await perform(here, round(seconds * per_second / 2), 2048)
    return _line(STEADY, [run], [])


def _floor(here: Stage, size: int, quick: bool) -> FloorRun:
    command = [sys.executable, "-m", "tests.bench.floor", "--kafka", here.servers.addresses.kafka]
    command += ["--size", str(size), "--documents", str(2_000 if quick else 10_000)]
    command += ["--watch", *map(str, here.server_pids)]
    environment = {**os.environ, "LIENTHONG_POSTGRES": here.servers.addresses.postgres}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return FloorRun(**json.loads(done.stdout))


def _line(name: str, runs: Sequence[Run], floors: Sequence[FloorRun]) -> dict[str, object]:
    cpu_us = median(run.cpu_us for run in runs)
    floor_us = median(floor.cpu_us for floor in floors) if floors else None
    latencies = sorted(latency for run in runs for latency in run.latencies)
    return {
        "scenario": name,
        "docs_per_s": round(median(run.units / run.seconds for run in runs), 1),
        "floor_docs_per_s": round(median(floor.documents / floor.seconds for floor in floors), 1) if floors else None,
        "cpu_us": round(cpu_us, 1),
        "floor_cpu_us": round(floor_us, 1) if floor_us else None,
        "ratio": round(floor_us / cpu_us, 3) if floor_us else None,
        "p50_ms": _percentile(latencies, 0.50),
        "p99_ms": _percentile(latencies, 0.99),
        "rss_mb": round(max(run.rss_mb for run in runs)),
    }


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1) if ordered else None


def _print(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
