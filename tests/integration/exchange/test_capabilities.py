"""Pre-flight: what a sender is told of its recipients before it sends, one or a thousand at once."""

import time
from datetime import timedelta
from typing import Any

import pytest
from tests.integration.exchange.world import Agency, World, fresh_pdf

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife, CertificateState
from lienthong.common.messages.document import Lane, Priority


async def ask(agency: Agency, *to: object) -> dict[str, Any]:
    answer = await agency.world.http.post(
        "/v1/capabilities", json={"to": [str(each) for each in to]}, headers=agency.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def known_agencies(world: World, number: int) -> list[Agency]:
    """New agencies whose certificates stand in the exchange's tables, too."""
    made = await world.agencies(number)
    wanted = [each.id for each in made]

    async def stand_there() -> bool:
        rows = await world.rows("SELECT DISTINCT agency_id FROM certificate WHERE agency_id = ANY($1)", wanted)
        return len(rows) == number

    await world.until(stand_there, "the certificates are in the exchange's tables")
    return made


def codes(line: dict[str, Any]) -> list[str]:
    return [each["code"] for each in line["warnings"]]


async def test_an_agency_that_reads_and_has_a_seal_is_expected_to_get_it(world: World) -> None:
    sender, recipient = await known_agencies(world, 2)
    await recipient.read()
    (line,) = (await ask(sender, recipient.id))["recipients"]
    assert (line["state"], line["arrives"], codes(line)) == ("active", "yes", [])
    assert line["seal"]["good"]
    assert line["seal"]["until"]
    assert line["reads_by"] == ["http"]
    assert [each["lane"] for each in line["inboxes"]] == [lane.value for lane in Lane]


async def test_who_never_read_is_told_and_so_is_what_waits_there(world: World) -> None:
    sender, recipient = await known_agencies(world, 2)
    for _ in range(3):
        await sender.send(recipient)
    await sender.send(recipient, priority=Priority.EXPRESS)
    (line,) = (await ask(sender, recipient.id))["recipients"]
    assert (line["arrives"], codes(line)) == ("late", ["never_read"])
    assert {each["lane"]: each["unacknowledged"] for each in line["inboxes"]} == {"urgent": 1, "ordinary": 3}
    await recipient.read()
    await recipient.acknowledge(2)
    (line,) = (await ask(sender, recipient.id))["recipients"]
    ordinary = next(each for each in line["inboxes"] if each["lane"] == "ordinary")
    entries = await recipient.read_all()
    assert (line["arrives"], ordinary["unacknowledged"]) == ("yes", 1)
    assert ordinary["oldest_at"] == world.check_receipt(entries[2]).model_dump(mode="json")["accepted_at"]
    assert ordinary["read_at"]
    assert ordinary["acknowledged_at"]


async def test_merged_ended_and_unknown_agencies_are_named_with_what_to_do(world: World) -> None:
    sender, heir, merged, ended = await known_agencies(world, 4)
    await world.tell_agency(world.record(merged, version=2, state=AgencyLife.MERGED, successors=[heir.id]))
    await world.tell_agency(world.record(ended, version=2, state=AgencyLife.ENDED))

    async def known() -> bool:
        return [each["state"] for each in (await ask(sender, merged.id, ended.id))["recipients"]] == ["merged", "ended"]

    await world.until(known, "the register is up to date")
    told = (await ask(sender, merged.id, ended.id, new_id(), heir.id, heir.id))["recipients"]
    assert [(each["state"], each["arrives"], codes(each)) for each in told] == [
        ("merged", "no", ["recipient_merged"]),
        ("ended", "no", ["recipient_ended"]),
        ("unknown", "no", ["recipient_unknown"]),
        ("active", "late", ["never_read"]),
    ]
    assert [each["agency_id"] for each in told[0]["successors"]] == [str(heir.id)]
    assert heir.name in told[0]["warnings"][0]["advice"]


async def test_who_has_its_entries_brought_need_not_ask(world: World) -> None:
    sender, quiet, failing = await known_agencies(world, 3)
    for agency, since in ((quiet, None), (failing, world.clock.now() - timedelta(hours=1))):
        await world.rows(
            """INSERT INTO webhook (agency_id, lane, registration, registered_at, client_id, url, n, state, circuit,
                                    failures, failing_since, slow, next_attempt_at)
               VALUES ($1, 'ordinary', uuidv7(), now(), uuidv7(), 'https://a.example', 0, 'active', 'closed',
                       CASE WHEN $2::timestamptz IS NULL THEN 0 ELSE 3 END, $2, false, 'infinity')""",
            agency.id,
            since,
        )
    first, second = (await ask(sender, quiet.id, failing.id))["recipients"]
    assert (first["arrives"], first["reads_by"], codes(first)) == ("yes", ["http", "webhook"], [])
    assert (second["arrives"], codes(second)) == ("late", ["webhook_failing"])


async def test_a_revoked_seal_shows_at_once(world: World) -> None:
    sender, recipient = await known_agencies(world, 2)
    await recipient.read()
    now = world.clock.now()
    history = [(CertificateState.ACTIVE, now - timedelta(minutes=50)), (CertificateState.REVOKED, now)]
    await world.tell([world.voice.certificate(recipient.identity, version=2, history=history)])

    async def shows() -> bool:
        (line,) = (await ask(sender, recipient.id))["recipients"]
        return not line["seal"]["good"] and codes(line) == ["seal_missing"]

    await world.until(shows, "the seal is not good any more", seconds=5)


async def test_limits_kinds_and_the_scanner_are_told(world: World) -> None:
    agency = await world.agency()
    told = await ask(agency, agency.id)
    assert told["limits"]["recipients"] == 1000
    assert told["limits"]["message_bytes"] == 1 << 20
    assert "application/pdf" in told["limits"]["media_types"]
    assert "vn.lienthong.exchange.document_sent.v1" in told["understood"]["messages"]
    assert told["understood"]["lanes"] == ["urgent", "ordinary"]
    assert told["understood"]["change_requests"] == ["take_back", "revoke", "update", "replace"]
    assert told["scanner"] == {"state": "none", "most_bytes": None}
    answer = await world.http.get(f"/v1/capabilities/{agency.id}", headers=agency.headers)
    assert answer.json()["recipients"][0]["agency_id"] == str(agency.id)


@pytest.mark.parametrize("body", [{}, {"to": []}, {"to": ["12"]}, {"to": [str(new_id())] * 1001}, {"for": []}])
async def test_a_malformed_question_is_refused(world: World, body: dict[str, Any]) -> None:
    agency = await world.agency()
    answer = await world.http.post("/v1/capabilities", json=body, headers=agency.headers)
    assert answer.status_code == 400


@pytest.mark.requirement("N5")
async def test_nothing_shows_who_sent_what(world: World) -> None:
    sender, recipient, outsider = await known_agencies(world, 3)
    await sender.upload(fresh_pdf())
    signed = await sender.send(recipient)
    told = await world.http.post("/v1/capabilities", json={"to": [str(recipient.id)]}, headers=outsider.headers)
    assert str(sender.id) not in told.text
    assert "Báo cáo" not in told.text
    assert signed.jws not in told.text


async def test_a_thousand_recipients_are_answered_at_once(world: World) -> None:
    agency = await world.agency()
    connection_rows = await world.rows(
        """WITH made AS (
               INSERT INTO agency (agency_id, version, state, name, codes, successors, kind)
               SELECT uuidv7(), 1, 'active', 'Trường số ' || n, '{}', '{}', 'school'
               FROM generate_series(1, 1000) AS n RETURNING agency_id
           ), opened AS (
               INSERT INTO agency_inbox (agency_id, lane, chain)
               SELECT agency_id, lane, sha256('') FROM made CROSS JOIN unnest(ARRAY['urgent', 'ordinary']) AS lane
           ) SELECT agency_id FROM made"""
    )
    ids = [row["agency_id"] for row in connection_rows]
    await ask(agency, *ids)
    began = time.perf_counter()
    told = await ask(agency, *ids)
    seconds = time.perf_counter() - began
    print(f"1000 recipients in {seconds * 1000:.0f} ms")
    assert len(told["recipients"]) == 1000
    assert seconds < 3
