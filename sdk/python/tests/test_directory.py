"""Agencies are named as they are called today, and today is a day in Vietnam."""

from datetime import UTC, datetime

import httpx
from counterpart import IMPATIENT, Counterpart

from lienthong.common.testing.clock import FixedClock
from lienthong.sdk.directory import Directory
from lienthong.sdk.transport import Transport


async def test_a_name_that_begins_today_counts_from_midnight_in_vietnam() -> None:
    counterpart = Counterpart()
    told = {
        "agency_id": str(counterpart.other_id),
        "version": 2,
        "state": "active",
        "kind": "department",
        "level": 2,
        "names": [
            {"name": "Sở Nông nghiệp", "valid_to": "2026-06-30"},
            {"name": "Sở Nông nghiệp và Môi trường", "valid_from": "2026-07-01"},
        ],
        "codes": [{"code": "000.00.10.H53", "scheme": "qcvn102"}],
    }
    path = f"/v1/agencies/{counterpart.other_id}"
    names: list[str] = []
    for hour in (16, 17):
        counterpart.fail(path, lambda _: httpx.Response(200, json=told))
        clock = FixedClock(datetime(2026, 6, 30, hour, 59, tzinfo=UTC))
        async with httpx.AsyncClient(transport=counterpart.transport()) as client:
            directory = Directory(Transport(client, IMPATIENT, "vi"), "http://accounts", clock)
            names.append((await directory.organization(str(counterpart.other_id))).name)
    assert names == ["Sở Nông nghiệp", "Sở Nông nghiệp và Môi trường"]
