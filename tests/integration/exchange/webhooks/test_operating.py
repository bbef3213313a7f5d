"""Operators see which webhooks do not fare well, without their URLs, and have them tried again."""

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.webhooks.agency import put, until_in, until_taken
from tests.integration.exchange.webhooks.conftest import MakeEndpoint
from tests.integration.exchange.webhooks.endpoint import TAKES, answering
from tests.integration.exchange.world import World
from tests.integration.operating.operating import Operator

from lienthong.common.ids import new_id


@pytest.fixture
def operator(province: Province, exchange: Running) -> Operator:
    return Operator(province.servers.kafka, province.dsn(exchange.name))


async def test_a_failing_webhook_is_listed_shown_and_resumed(
    world: World, endpoint: MakeEndpoint, operator: Operator
) -> None:
    sender, recipient, well = await world.agencies(3)
    place = await endpoint(answering(410))
    await put(recipient, place)
    await put(well, await endpoint())
    await sender.send(recipient)
    await until_in("disabled", recipient)
    listed = {each["agency_id"]: each for each in await operator.value("webhooks", "list")}
    assert str(well.id) not in listed
    told = listed[str(recipient.id)]
    assert (told["host"], told["state"], told["waiting"], told["lane"]) == ("127.0.0.1", "gone", 1, "ordinary")
    shown = await operator.value("webhooks", "show", recipient.id, "ordinary")
    assert [each["outcome"] for each in shown["attempts"]] == ["gone"]
    people = await operator.ops("webhooks", "list", lang="vi")
    assert "tắt (410)" in people.out
    assert "/lienthong" not in people.out + str(shown), "a path may hold a secret"
    place.behave = TAKES
    assert (await operator.value("webhooks", "resume", recipient.id, "ordinary", "--reason", "mended"))["resumed"]
    await until_taken(recipient, 1)
    rows = await world.rows("SELECT who, entry FROM audit WHERE act = 'webhook.resume' ORDER BY at DESC LIMIT 1")
    assert rows[0]["who"].startswith("/operators/")
    assert b"mended" in rows[0]["entry"]
    assert str(well.id) in {each["agency_id"] for each in await operator.value("webhooks", "list", "--all")}


async def test_what_is_not_there_is_said_so(world: World, operator: Operator) -> None:
    assert (await operator.ops("webhooks", "show", new_id(), "urgent")).code == 1
    assert (await operator.ops("webhooks", "resume", new_id(), "urgent")).code == 1
    assert (await operator.ops("webhooks", "show", "nonsense", "urgent")).code == 2
