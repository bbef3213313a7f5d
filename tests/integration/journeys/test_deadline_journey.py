"""Nobody receives a document: both sides see that it is late, it expires, and the sender's own system verifies that."""

import json
import sys
from asyncio import create_subprocess_exec, subprocess
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from tests.integration.journeys.province import JUSTICE, opened, read_all, send

from lienthong.common.clock import SystemClock
from lienthong.common.database import database_dsn
from lienthong.common.testing.daemon import plain_environment
from lienthong.common.testing.platform import Platform
from lienthong.sdk import Agency, EndedNotice, Letter, Refused, StatusCode
from lienthong.sdk.overdue import Overdue, Side

pytestmark = pytest.mark.xdist_group("platform")

_MOVE = """
    UPDATE due SET due_at = $2, ends_at = CASE WHEN $3 THEN $2 ELSE ends_at END
    FROM message WHERE message.id = due.message AND message_id = $1
"""


async def let_pass(platform: Platform, message_id: UUID, *, to_the_end: bool = False) -> None:
    """Hours go by for this document, or days."""
    connection = await asyncpg.connect(database_dsn(platform.servers.postgres, "lienthong_exchange"))
    try:
        await connection.execute(_MOVE, message_id, SystemClock().now() - timedelta(minutes=1), to_the_end)
    finally:
        await connection.close()


async def late_ones(agency: Agency, side: Side, message_id: UUID) -> list[Overdue]:
    return [each async for each in agency.overdue(side) if each.message_id == message_id]


async def command(profile: Path, *arguments: str) -> str:
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "lienthong.sdk", "agency", *arguments, "--profile", str(profile)),
        stdout=subprocess.PIPE,
        env=plain_environment(),
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.mark.requirement("ND30-21.2", "N9")
async def test_what_is_late_is_seen_by_both_and_its_end_is_verified(
    platform: Platform, finance: Path, justice: Path
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        for agency in (sender, recipient):
            await read_all(agency)
        sent = await send(sender, JUSTICE)
        assert await late_ones(recipient, Side.OWN, sent.message_id) == []
        await let_pass(platform, sent.message_id)
        (owed,) = await late_ones(recipient, Side.OWN, sent.message_id)
        assert await late_ones(sender, Side.OTHERS, sent.message_id) == [owed]
        assert (owed.kind, owed.owed_by.agency_id) == ("receive", recipient.profile.agency_id)
        assert "V/v triển khai" in await command(justice, "overdue")
        lines = [json.loads(line) for line in (await command(finance, "overdue", "--others", "--json")).splitlines()]
        assert str(sent.message_id) in {line["message_id"] for line in lines}

        await let_pass(platform, sent.message_id, to_the_end=True)
        notice = await anext(aiter(sender.inbox(follow=True)))
        assert isinstance(notice, EndedNotice)
        assert (notice.how, notice.document_message_id) == ("expired", sent.message_id)
        assert notice.recipient.agency_id == recipient.profile.agency_id
        await sender.acknowledge(notice)
        (line,) = (await sender.track(sent.message_id)).recipients
        assert line.state == "expired"
        assert await late_ones(sender, Side.OTHERS, sent.message_id) == []

        *_, letter = [item async for item in recipient.inbox()]
        assert isinstance(letter, Letter)
        with pytest.raises(Refused) as caught:
            await recipient.report(letter, StatusCode.RECEIVED)
        assert "delivery_expired" in caught.value.problem.codes
        await recipient.acknowledge(letter)
