"""The same message again gets the first answer; other bytes under its id are refused; a refused id is judged anew."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World

from lienthong.common.messages.accounts import AgencyLife, CertificateState
from lienthong.common.messages.document import Secrecy


async def test_a_repeat_gets_the_first_answer(world: World) -> None:
    sender, recipient = await world.agencies(2)
    message = sender.message(recipient)
    first, again = await sender.post(message), await sender.post(message)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(await recipient.read_all()) == 1


async def test_warnings_come_again_with_the_receipt(world: World) -> None:
    sender, recipient = await world.agencies(2)
    old_code = recipient.organization.model_copy(update={"code": "000.1137.H53"})
    message = sender.message(to=[old_code])
    first, again = await sender.post(message), await sender.post(message)
    assert [warning["code"] for warning in first.json()["warnings"]] == ["recipient_code_unknown", "nothing_attached"]
    assert again.json() == first.json()


async def test_other_bytes_under_an_accepted_id_are_refused(world: World) -> None:
    sender, recipient = await world.agencies(2)
    event = sender.event(sender.document([recipient]))
    first = await sender.post(sender.seal(event))
    other = event.model_copy(update={"data": sender.document([recipient], subject="Báo cáo khác")})
    refused = await sender.post(sender.seal(other))
    assert (first.status_code, refused.status_code) == (201, 409)
    assert refused.json()["code"] == "message_id_reused"
    assert len(await recipient.read_all()) == 1


async def test_the_same_bytes_under_another_signature_are_refused(world: World) -> None:
    sender, recipient = await world.agencies(2)
    event = sender.event(sender.document([recipient]))
    assert (await sender.post(sender.seal(event))).status_code == 201
    assert (await sender.post(sender.seal(event))).status_code == 409


async def test_a_refused_id_is_judged_anew(world: World) -> None:
    sender, recipient = await world.agencies(2)
    event = sender.event(sender.document([recipient], secrecy=Secrecy.SECRET))
    assert (await sender.post(sender.seal(event))).status_code == 422
    corrected = event.model_copy(update={"data": sender.document([recipient])})
    assert (await sender.post(sender.seal(corrected))).status_code == 201


async def test_the_same_message_many_times_at_once_is_accepted_once(world: World) -> None:
    sender, recipient = await world.agencies(2)
    message = sender.message(recipient)
    answers = await asyncio.gather(*(sender.post(message) for _ in range(30)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 29}
    assert len({answer.json()["receipt"]["signature"] for answer in answers}) == 1
    assert len(await recipient.read_all()) == 1


async def test_two_messages_under_one_id_at_once_one_wins(world: World) -> None:
    sender, recipient = await world.agencies(2)
    event = sender.event(sender.document([recipient]))
    rivals = [sender.seal(event) for _ in range(10)]
    answers = await asyncio.gather(*(sender.post(rival) for rival in rivals))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}
    assert len(await recipient.read_all()) == 1


@pytest.fixture
def second(province: Province, exchange: Running) -> Running:
    """Another api process on the same database."""
    folder = province.folder / "second" / "run"
    return province.start(exchange.name, "api", LIENTHONG_RUN_DIR=str(folder)).wait_ready()


async def test_two_processes_accept_a_message_once(
    world: World, province: Province, exchange: Running, second: Running
) -> None:
    sender, recipient = await world.agencies(2)
    messages = [sender.message(recipient) for _ in range(40)]
    async with province.world(second.url, exchange.name) as elsewhere:
        there = Agency(elsewhere, sender.identity, sender.client_id, sender.code, sender.name)
        await elsewhere.until(lambda: elsewhere.is_trusted(there), "the second process knows the sender")
        posts = [each.post(message) for message in messages for each in (sender, there)]
        answers = await asyncio.gather(*posts)
    assert Counter(answer.status_code for answer in answers) == {201: 40, 200: 40}
    for first, again in zip(answers[::2], answers[1::2], strict=True):
        assert first.json() == again.json()
    assert len(await recipient.read_all()) == 40
    second.child.terminate()


async def test_a_reader_at_another_process_is_woken(
    world: World, province: Province, exchange: Running, second: Running
) -> None:
    sender, recipient = await world.agencies(2)
    async with province.world(second.url, exchange.name) as elsewhere:
        there = Agency(elsewhere, recipient.identity, recipient.client_id, recipient.code, recipient.name)
        await elsewhere.until(lambda: elsewhere.is_trusted(there), "the second process knows the recipient")
        waiting = asyncio.create_task(there.read(wait=30))
        await asyncio.sleep(0.3)
        sent = await sender.send(recipient)
        async with asyncio.timeout(3):
            entries, _ = await waiting
    assert [entry.message for entry in entries] == [sent]
    second.child.terminate()


async def test_a_repeat_is_answered_after_everything_has_ended(world: World) -> None:
    sender, recipient = await world.agencies(2)
    message = sender.message(recipient)
    first = await sender.post(message)
    await world.tell_agency(world.record(recipient, version=2, state=AgencyLife.ENDED))
    revoked = [(CertificateState.ACTIVE, world.clock.now() - timedelta(hours=1))]
    revoked.append((CertificateState.REVOKED, world.clock.now() - timedelta(minutes=10)))
    await world.tell([world.voice.certificate(sender.identity, version=2, history=revoked)])

    async def is_revoked() -> bool:
        return (await sender.post(sender.message(recipient))).json().get("code") == "certificate_revoked"

    await world.until(is_revoked, "the revocation bites", seconds=2)
    again = await sender.post(message)
    assert (again.status_code, again.json()) == (200, first.json())
