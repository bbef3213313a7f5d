"""An agency with a good seal and bad intentions: what it says is refused or costs little, and others go on."""

import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.integration.exchange.changing import codes, post, say, sent, take_back, update
from tests.integration.exchange.test_registrations import get, register
from tests.integration.exchange.world import Agency, World

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import to_bytes
from lienthong.exchange.domain.groups import MOST_MEMBERS, MOST_MEMBERS_IN_ALL
from lienthong.exchange.domain.rules.changes import MOST_CHANGES


async def posted(
    agency: Agency, to: Agency, change: Callable[[dict[str, Any]], None], number: str = "0"
) -> httpx.Response:
    """A document as no honest software writes it; `number` stands where the change has put "NUMBER"."""
    told = json.loads(to_bytes(agency.event(agency.document([to]))))
    change(told)
    payload = json.dumps(told, ensure_ascii=False).replace('"NUMBER"', number)
    return await agency.post(agency.identity.signer.sign(payload.encode()))


async def rewrite(world: World, sender: Agency, how: str) -> None:
    """What this agency has sent was something else, as an earlier version of the exchange may have taken it."""
    await world.rows(
        "UPDATE message SET payload = p, size = octet_length(p), sha256 = sha256(p) FROM ("
        f" SELECT id, convert_to({how}, 'UTF8') AS p FROM ("
        " SELECT id, convert_from(payload, 'UTF8') AS told FROM message WHERE sender = $1) AS sent"
        ") AS made WHERE made.id = message.id",
        sender.id,
    )


@pytest.mark.parametrize("number", ["1e-400000", "0." + "0" * 20_000 + "1", "0." + "1" * 20_000])
async def test_a_number_that_databases_do_not_take_is_taken_from_nobody(world: World, number: str) -> None:
    sender, recipient = await world.agencies(2)

    def extend(told: dict[str, Any]) -> None:
        told["data"]["extensions"] = {"vn.example.x": "NUMBER"}

    answer = await posted(sender, recipient, extend, number)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    assert (await posted(sender, recipient, extend, "1e-300")).status_code == 201


async def test_a_number_that_was_taken_before_does_not_close_the_list_of_what_is_late(world: World) -> None:
    sender, recipient = await world.agencies(2)
    document = await sent(sender, recipient)
    await rewrite(world, sender, 'replace(told, \'"subject"\', \'"x":1e-400000,"subject"\')')
    await world.rows(
        "UPDATE due SET due_at = date_trunc('second', m.accepted_at) FROM message AS m"
        " WHERE m.id = due.message AND m.message_id = $1",
        document.id,
    )
    (owed,) = (await get(recipient, "/overdue")).json()["overdue"]
    assert owed["title"] == document.data.subject


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
async def test_the_ends_of_the_calendar_are_no_times(world: World, moment: str) -> None:
    sender, recipient = await world.agencies(2)

    def late(told: dict[str, Any]) -> None:
        told["time"] = moment
        told["data"]["late_entry"] = {"occurred_at": moment, "by": "Trần Thị Lan", "reason": "Mất điện"}

    assert (await posted(sender, recipient, late)).status_code == 400
    answer = await get(sender, f"/figures?from={moment[:10]}&to={moment[:10]}")
    assert answer.json()["code"] == "period_refused"


async def test_a_name_that_no_group_can_have_is_no_group(world: World) -> None:
    agency = await world.agency()
    for name in ("\0", "a\0b", "x" * 5000, "../x"):
        answers = [
            await agency.world.http.request(act, f"/v1/groups/{quote(name, safe='')}{rest}", headers=agency.headers)
            for act, rest in (("GET", ""), ("DELETE", ""), ("GET", "/expanded"))
        ]
        assert {answer.status_code for answer in answers} == {404}


async def test_groups_have_so_many_members_together_and_no_more(world: World) -> None:
    agency = await world.agency()
    await world.rows(
        "INSERT INTO recipient_group (id, owner, name, members, changed_at)"
        " SELECT gen_random_uuid(), $1, 'Nhóm ' || i, array_fill($1::uuid, ARRAY[$3::integer]),"
        " date_trunc('second', now()) FROM generate_series(1, $2::integer) AS i",
        agency.id,
        MOST_MEMBERS_IN_ALL // MOST_MEMBERS,
        MOST_MEMBERS,
    )
    body = {"members": [str(agency.id)]}
    answer = await world.http.put("/v1/groups/N", json=body, headers=agency.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "groups_too_many")


async def test_large_registrations_are_listed_in_small_pages(world: World) -> None:
    agency = await world.agency()
    made = [(await register(agency))[0] for _ in range(3)]
    await rewrite(world, agency, "told || repeat(' ', 10 << 20)")
    known: list[str] = []
    while page := (await get(agency, f"/registrations{f'?before={known[-1]}' if known else ''}")).json()[
        "registrations"
    ]:
        assert len(page) == 1, "more would be more than 16 MiB"
        known += [each["message_id"] for each in page]
    assert known == [str(each.id) for each in reversed(made)]


async def test_large_answers_that_nobody_takes_are_few(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sent(sender, recipient)
    await rewrite(world, sender, "told || repeat(' ', 12 << 20)")
    async with AsyncExitStack() as untaken:
        answers = [
            await untaken.enter_async_context(world.http.stream("GET", "/v1/inbox/ordinary", headers=recipient.headers))
            for _ in range(10)
        ]
        assert [answer.status_code for answer in answers] == [200] * 8 + [429] * 2
        assert (await recipient.ask_inbox(Lane.ORDINARY, after=1)).status_code == 200, "small ones have their places"

    async def free() -> bool:
        async with world.http.stream("GET", "/v1/inbox/ordinary", headers=recipient.headers) as answer:
            return answer.status_code == 200

    await world.until(free, "places are given back")


@pytest.mark.requirement("QD28-8/9")
async def test_a_subject_that_was_used_thousands_of_times_is_not_looked_through(world: World) -> None:
    sender, recipient, *others = await world.agencies(4)
    subject = str(new_id())
    first = sender.event(sender.document([recipient]), subject=subject)
    await say(sender, first)
    await world.rows(
        _COPIES,
        first.id,
        MOST_CHANGES,
    )
    for asked in (update(sender, first, others), take_back(sender, first, [recipient])):
        assert ("changes_too_many", "R-CHANGE", "/data/to") in codes(await post(sender, asked))


_COPIES = """
    INSERT INTO message (id, sender, message_id, subject, lane, accepted_at, size, sha256, payload, jws, receipt,
                         receipt_jws, warnings)
    SELECT gen_random_uuid(), sender, gen_random_uuid(), subject, lane, accepted_at, size, sha256, payload, jws,
           receipt, receipt_jws, warnings
    FROM message, generate_series(1, $2::integer) WHERE message_id = $1
"""
