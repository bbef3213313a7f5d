"""Figures of exchange are what clients did, counted apart from the database (N10, Decision 28/2018 Art 14)."""

import csv
import io
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.exchange.test_registrations import register
from tests.integration.exchange.world import Agency, Entry, World

from lienthong.common.clock import SystemClock, local_day
from lienthong.common.database import Database
from lienthong.common.messages.document import LateEntry
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.figures import Period, Step
from lienthong.exchange.usecases.count_figures import CountFigures

pytestmark = pytest.mark.requirement("N10", "QD28-14")


@dataclass
class Ledger:
    """What the clients did, as they know it."""

    sent: Counter[UUID] = field(default_factory=Counter[UUID])
    deliveries: Counter[tuple[UUID, UUID]] = field(default_factory=Counter[tuple[UUID, UUID]])
    received: Counter[tuple[UUID, UUID]] = field(default_factory=Counter[tuple[UUID, UUID]])
    refused: Counter[tuple[UUID, UUID]] = field(default_factory=Counter[tuple[UUID, UUID]])
    statuses: Counter[UUID] = field(default_factory=Counter[UUID])
    refusals: Counter[UUID] = field(default_factory=Counter[UUID])
    registrations: Counter[UUID] = field(default_factory=Counter[UUID])
    late: Counter[UUID] = field(default_factory=Counter[UUID])
    hours: dict[UUID, list[float]] = field(default_factory=lambda: defaultdict(list[float]))

    def of(self, agency: UUID) -> dict[str, int]:
        def pairs(counted: Counter[tuple[UUID, UUID]], place: int) -> int:
            return sum(count for pair, count in counted.items() if pair[place] == agency)

        told = {
            "sent_documents": self.sent[agency],
            "sent_deliveries": pairs(self.deliveries, 0),
            "sent_received": pairs(self.received, 0),
            "sent_refused": pairs(self.refused, 0),
            "received_documents": pairs(self.deliveries, 1),
            "received_received": pairs(self.received, 1),
            "received_refused": pairs(self.refused, 1),
            "statuses_said": self.statuses[agency],
            "refused_by_rule": self.refusals[agency],
            "registrations": self.registrations[agency],
            "late_entries": self.late[agency],
        }
        for role in ("sent", "received"):
            whole = told["sent_deliveries" if role == "sent" else "received_documents"]
            told[f"{role}_open"] = whole - told[f"{role}_received"] - told[f"{role}_refused"]
        return told


async def ask(agency: Agency, **query: str) -> httpx.Response:
    today = local_day(agency.world.clock.now())
    given = {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=1))} | query
    return await agency.world.http.get("/v1/figures", params=given, headers=agency.headers)


async def live(world: World, agencies: list[Agency], ledger: Ledger) -> None:
    """Send, refuse, receive, register, all at random; write down what was answered."""
    chosen = random.Random(28)
    for each in agencies:
        ledger.refusals[each.id] = len(await world.rows("SELECT FROM refusal WHERE source = $1", each.id))
    for _ in range(40):
        sender = chosen.choice(agencies)
        to = chosen.sample([each for each in agencies if each is not sender], chosen.randint(1, 3))
        late = LateEntry(occurred_at=world.clock.now(), by="Lan", reason="Mất mạng") if chosen.random() < 0.2 else None
        wrong = chosen.random() < 0.2
        document = sender.message(*to, late_entry=late, **({"subject": "Cаnh"} if wrong else {}))
        answer = await sender.post(document)
        assert answer.status_code == (422 if wrong else 201), answer.text
        if wrong:
            ledger.refusals[sender.id] += 1
            continue
        ledger.sent[sender.id] += 1
        ledger.late[sender.id] += late is not None
        ledger.deliveries.update((sender.id, each.id) for each in to)
    for agency in agencies:
        for entry in await agency.read_all():
            if entry.event["type"].endswith("document_sent.v1"):
                await handle(agency, entry, chosen, ledger)
    for agency in agencies[:2]:
        await register(agency)
        ledger.registrations[agency.id] += 1


async def handle(agency: Agency, entry: Entry, chosen: random.Random, ledger: Ledger) -> None:
    sender = UUID(entry.event["source"].removeprefix("/agencies/"))
    way = chosen.choice(
        [
            (),
            (StatusCode.ARRIVED,),
            (StatusCode.ARRIVED, StatusCode.REFUSED),
            (StatusCode.RECEIVED, StatusCode.ASSIGNED, StatusCode.DONE),
        ]
    )
    for code in way:
        status = agency.status(entry, code)
        assert (await agency.post(agency.seal(status))).status_code == 201
        ledger.statuses[agency.id] += 1
        if code is StatusCode.RECEIVED:
            ledger.received[sender, agency.id] += 1
            took = status.time - agency.world.check_receipt(entry).accepted_at
            ledger.hours[agency.id].append(took.total_seconds() / 3600)
        if code is StatusCode.REFUSED:
            ledger.refused[sender, agency.id] += 1


async def test_figures_are_what_the_clients_did(world: World) -> None:
    agencies, ledger = await world.agencies(4), Ledger()
    await live(world, agencies, ledger)
    for agency in agencies:
        told = (await ask(agency)).json()
        total = told["total"]
        expected = ledger.of(agency.id)
        assert {name: total[name] for name in expected} == expected
        assert total["received_hours_median"] == pytest.approx(median(ledger.hours[agency.id]), abs=0.001)
        assert (told["agency_id"], told["hours"], told["days"]) == (str(agency.id), "plain", "Asia/Ho_Chi_Minh")
        parts = [part["figures"] for part in told["parts"]]
        assert len(parts) == 3
        assert {name: sum(part[name] for part in parts) for name in expected} == expected
    await compare_with_operators(world, agencies, ledger)


async def compare_with_operators(world: World, agencies: list[Agency], ledger: Ledger) -> None:
    """The same for all agencies at once, as `lienthong ops figures` counts it."""
    today = local_day(world.clock.now())
    period = Period(today - timedelta(days=1), today + timedelta(days=1), Step.MONTH)
    async with Database.open(world.dsn, name="figures") as database:
        counted = await CountFigures(database, SystemClock()).of_all(period)
    for agency in agencies:
        figures = counted.report.of(agency.id)
        assert {name: getattr(figures, name) for name in ledger.of(agency.id)} == ledger.of(agency.id)
        assert counted.names[agency.id] == agency.name
    everybody = [counted.report.of(each) for each in counted.report.agencies()]
    assert counted.report.of(None).sent_deliveries == sum(each.sent_deliveries for each in everybody)
    assert counted.report.of(None).received_documents == counted.report.of(None).sent_deliveries


async def test_csv_says_the_same_and_opens_in_a_spreadsheet(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    for answer in (await ask(sender, format="csv"), await _accepting_csv(sender)):
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [line["period"] for line in lines][-1] == "total"
        assert (lines[-1]["sent_documents"], lines[-1]["sent_hours_median"]) == ("1", "")
    told = (await ask(sender)).json()["total"]
    assert {name for name in lines[0] if name != "period"} == set(told)


async def _accepting_csv(agency: Agency) -> httpx.Response:
    today = local_day(agency.world.clock.now())
    headers = agency.headers | {"Accept": "text/csv"}
    query = {"from": str(today), "to": str(today), "by": "month"}
    return await agency.world.http.get("/v1/figures", params=query, headers=headers)


async def test_days_are_those_of_vietnam(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    # 17:30 UTC is half past midnight of the next day in Vietnam.
    await world.rows(
        "UPDATE message SET accepted_at = '2025-03-31T17:30:00Z' WHERE sender = $1 RETURNING id", sender.id
    )
    march = (await ask(sender, **{"from": "2025-03-31", "to": "2025-03-31"})).json()
    april = (await ask(sender, **{"from": "2025-03-01", "to": "2025-04-30", "by": "month"})).json()
    assert march["total"]["sent_documents"] == 0
    assert [(part["period"], part["figures"]["sent_documents"]) for part in april["parts"]] == [
        ("2025-03", 0),
        ("2025-04", 1),
    ]


@pytest.mark.requirement("N5")
async def test_figures_are_the_agencys_own(world: World) -> None:
    sender, recipient, outsider = await world.agencies(3)
    await sender.send(recipient)
    told: dict[str, Any] = (await ask(outsider)).json()
    zero = {name: value for name, value in told["total"].items() if value and name != "refused_by_rule"}
    assert zero == {}
    assert (await ask(outsider, agency_id=str(sender.id))).status_code == 400


@pytest.mark.parametrize(
    ("first", "last", "by"),
    [
        ("2026-02-01", "2026-01-31", "day"),
        ("2025-01-01", "2026-01-02", "day"),
        ("2000-01-01", "2026-01-01", "month"),
    ],
)
async def test_a_period_too_long_is_refused(world: World, first: str, last: str, by: str) -> None:
    agency = await world.agency()
    answer = await ask(agency, **{"from": first, "to": last, "by": by})
    assert (answer.status_code, answer.json()["code"]) == (400, "period_refused")
    assert (await ask(agency, **{"from": "hôm qua"})).status_code == 400


def test_a_period_of_months_begins_with_each_month() -> None:
    period = Period(date(2025, 11, 22), date(2026, 2, 1), Step.MONTH)
    assert [period.label(part) for part in period.parts()] == ["2025-11", "2025-12", "2026-01", "2026-02"]
