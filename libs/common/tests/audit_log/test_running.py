"""Rounds of the audit log: each end is counted by its name, and none keeps a process."""

import asyncio
from collections.abc import Iterator

import pytest

from lienthong.common.audit_log import AuditLogOutOfOrder, AuditRounds
from lienthong.common.audit_log.authority import AuthorityAway
from lienthong.common.database import DatabaseAway
from lienthong.common.telemetry import make_telemetry
from lienthong.common.timestamps import TimeStampRefused, TokenFault

ENDS = [
    ("done", None),
    ("away", DatabaseAway()),
    ("away", AuthorityAway("status 503")),
    ("refused", TimeStampRefused(TokenFault.OTHER_CONTENT, "")),
    ("out_of_order", AuditLogOutOfOrder("")),
    ("failed", ValueError()),
]


async def test_each_end_of_a_round_is_counted_and_the_next_round_comes() -> None:
    stop, telemetry = asyncio.Event(), make_telemetry("accounts")
    ends: Iterator[Exception | None] = iter([error for _, error in ENDS])

    async def sequencer() -> None:
        try:
            error = next(ends)
        except StopIteration:
            stop.set()
            return
        if error is not None:
            raise error

    async with asyncio.timeout(5):
        await AuditRounds(sequencer, 0.001, telemetry).run(stop)
    told = telemetry.metrics.exposition().decode()
    for outcome in ("refused", "out_of_order", "failed"):
        assert f'lienthong_audit_rounds_total{{outcome="{outcome}"}} 1.0' in told
    assert 'lienthong_audit_rounds_total{outcome="away"} 2.0' in told


async def test_a_slow_authority_does_not_keep_the_process_from_ending() -> None:
    stop, cancelled = asyncio.Event(), asyncio.Event()

    async def sequencer() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    rounds = asyncio.create_task(AuditRounds(sequencer, 1, make_telemetry("accounts")).run(stop))
    await asyncio.sleep(0.05)
    stop.set()
    async with asyncio.timeout(1):
        await rounds
    assert cancelled.is_set()


async def test_who_is_cancelled_takes_its_round_along() -> None:
    begun = asyncio.Event()

    async def sequencer() -> None:
        begun.set()
        await asyncio.sleep(60)

    rounds = asyncio.create_task(AuditRounds(sequencer, 1, make_telemetry("accounts")).run(asyncio.Event()))
    await begun.wait()
    rounds.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rounds
    assert not [each for each in asyncio.all_tasks() if each.get_name() in {"stop", "round of the audit log"}]
