"""The exchange finds the times in which it took no documents; operators name others; every agency reads them."""

import asyncio
from datetime import timedelta

import pytest
from tests.integration.exchange.operators import new_operator
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import World
from tests.integration.operating.operating import Operator

from lienthong.common.clock import from_text, to_text

pytestmark = pytest.mark.requirement("N4")


async def test_a_gap_of_its_own_running_becomes_an_outage_once_and_a_restart_does_not(
    province: Province, exchange: Running
) -> None:
    running = await asyncio.to_thread(province.start("away").wait_ready)
    async with province.world(running.url, "away") as world:
        agency = await world.agency()

        async def is_noted() -> bool:
            return bool(await world.rows("SELECT FROM running"))

        await world.until(is_noted, "it is noted that the exchange runs")
        await asyncio.to_thread(running.child.terminate)
        again = await asyncio.to_thread(province.start("away", port=running.port).wait_ready)
        assert (await world.http.get("/v1/outages", headers=agency.headers)).json() == {"outages": []}

        await asyncio.to_thread(again.child.kill)
        (row,) = await world.rows("UPDATE running SET beat_at = beat_at - interval '10 minutes' RETURNING beat_at")
        third = await asyncio.to_thread(province.start("away", port=running.port).wait_ready)

        async def is_found() -> bool:
            return bool(await world.rows("SELECT FROM outage"))

        await world.until(is_found, "the gap is in the ledger")
        (outage,) = (await world.http.get("/v1/outages", headers=agency.headers)).json()["outages"]
        assert (outage["origin"], outage["cause"]) == ("detected", None)
        assert outage["began_at"] == to_text(row["beat_at"])
        assert from_text(outage["ended_at"]) - row["beat_at"] > timedelta(minutes=10)
        assert "lienthong_exchange_outages_found_total 1.0" in (await world.http.get("/metrics")).text

        host = Operator(province.servers.kafka, province.dsn("away"))
        explained = await host.value("outage", "explain", outage["number"], "--cause", "Mất điện trung tâm dữ liệu")
        assert (explained["cause"], explained["origin"]) == ("Mất điện trung tâm dữ liệu", "detected")
        await asyncio.to_thread(third.child.terminate)


async def test_operators_write_down_an_outage_and_its_end(world: World, province: Province) -> None:
    agency, operator = await world.agency(), await new_operator(world)
    host = Operator(province.servers.kafka, province.dsn("exchange"))
    begin = world.clock.now() - timedelta(hours=2)
    opened = await host.value("outage", "open", "--cause", "Đứt cáp", "--from", to_text(begin))
    assert (opened["origin"], opened["began_at"], opened["ended_at"]) == ("declared", to_text(begin), None)
    told = (await world.http.get("/v1/outages", headers=agency.headers)).json()["outages"]
    assert opened in told
    end = to_text(begin + timedelta(hours=1))
    assert (await host.value("outage", "close", opened["number"], "--to", end))["ended_at"] == end
    again = await operator.post(f"outages/{opened['number']}/close", {})
    assert (again.status_code, again.json()["code"]) == (409, "outage_closed")
    assert opened["number"] in {one["number"] for one in (await operator.get("outages")).json()}
    table = await host.ops("outage", "list", lang="vi")
    assert ("người vận hành" in table.out, "Đứt cáp" in table.out) == (True, True)


async def test_an_outage_ends_after_it_began_and_neither_lies_ahead(world: World) -> None:
    operator, now = await new_operator(world), world.clock.now()
    for began, ended in (
        (timedelta(hours=1), None),
        (timedelta(hours=-1), timedelta(hours=1)),
        (-timedelta(hours=1),) * 2,
    ):
        body = {"cause": "x", "began_at": to_text(now + began)}
        body |= {} if ended is None else {"ended_at": to_text(now + ended)}
        answer = await operator.post("outages", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "outage_times_refused")
    for path in ("outages/999999/close", "outages/999999/cause"):
        answer = await operator.post(path, {"cause": "x"} if path.endswith("cause") else {})
        assert (answer.status_code, answer.json()["code"]) == (404, "no_outage")
    assert (await operator.post("outages", {"cause": "a\u202eb"})).status_code == 400
