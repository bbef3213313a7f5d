"""A head is stamped by the time of its acts or not at all: stamps are never replaced."""

import hashlib
from datetime import UTC, datetime

import pytest

from lienthong.common.audit_log.stamping import StampHeads
from lienthong.common.database import Connection, Database
from lienthong.common.testing.evidence import MovingClock, Notary
from lienthong.common.timestamps import TimeStampRefused, TokenFault

pytestmark = pytest.mark.requirement("N5")

AT = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)
DIGEST = hashlib.sha256(b"a head").digest()


async def none(_connection: Connection) -> list[bytes]:
    """No list is looked up before."""
    raise AssertionError


@pytest.mark.parametrize("minutes", [-60 * 24 * 365, -30, -6, 6, 60 * 24 * 30])
async def test_an_authority_whose_clock_is_wrong_is_not_believed(minutes: int) -> None:
    notary, ours = Notary(AT), MovingClock(AT)
    notary.clock.move(minutes=minutes)

    async def ask(query: bytes) -> bytes:
        return notary.stamper.answer(query)

    heads = StampHeads(object.__new__(Database), ask, notary.voice.store, none, ours)
    with pytest.raises(TimeStampRefused) as caught:
        await heads(DIGEST)
    assert caught.value.fault is TokenFault.OTHER_TIME


@pytest.mark.parametrize("answer", [b"", b"<html>busy</html>", b"\x30\x03\x02\x01\x00", b"\x30\x80" * 20_000])
async def test_an_authority_that_answers_rubbish_is_not_believed(answer: bytes) -> None:
    async def ask(_query: bytes) -> bytes:
        return answer

    heads = StampHeads(object.__new__(Database), ask, Notary(AT).voice.store, none, MovingClock(AT))
    with pytest.raises(TimeStampRefused):
        await heads(DIGEST)
