"""Batches: each line goes the way of a single message, in the order of the lines."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import NDJSON, Agency, World, answered, stopped_pages, told

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateState
from lienthong.common.messages.document import Secrecy
from lienthong.common.signing import SignedBytes
from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.processes import Processes


async def test_lines_are_accepted_in_their_order_whatever_stands_between_them(world: World) -> None:
    sender, recipient, stranger = await world.agencies(3)
    lines: list[SignedBytes | bytes] = []
    expected: list[int | str] = []
    accepted: list[SignedBytes] = []
    while len(lines) < 300:
        after = json.loads(accepted[-1].payload)["id"] if accepted else None
        event = sender.event(sender.document([recipient], after=after))
        good = sender.seal(event)
        other = event.model_copy(update={"data": sender.document([recipient], subject="Báo cáo khác")})
        group: list[tuple[SignedBytes | bytes, int | str]] = [
            (good, 201),
            (sender.message(recipient, secrecy=Secrecy.SECRET), "message_refused"),
            (good, 200),
            (sender.seal(other), "message_id_reused"),
            (SignedBytes(good.payload, stranger.seal(event).jws), "message_id_reused"),
            (sender.identity.signer.sign(b"{}"), "malformed_event"),
            (SignedBytes(good.payload + b" ", good.jws), "signature_wrong"),
            (b"no message", "line_malformed"),
            (sender.message(recipient, after=new_id()), "message_refused"),
            (sender.message(recipient), 201),
        ]
        accepted += [line for line, said in group if said == 201 and isinstance(line, SignedBytes)]
        lines += [line for line, _ in group]
        expected += [said for _, said in group]
    answers = answered(await sender.post_batch(lines))
    assert told(answers) == expected
    assert [entry.message for entry in await recipient.read_all()] == accepted
    for line, answer in zip(lines, answers, strict=True):
        if "receipt" in answer and isinstance(line, SignedBytes):
            _check_accepted(world, line, answer)
    again = answered(await sender.post_batch(lines))
    assert told(again) == [200 if said == 201 else said for said in expected]
    assert [line.get("receipt") for line in again] == [line.get("receipt") for line in answers]


def _check_accepted(world: World, line: SignedBytes, answer: dict[str, Any]) -> None:
    receipt = world.check(SignedBytes.from_line(answer["receipt"]))
    assert receipt["sha256"] == hashlib.sha256(line.payload).hexdigest()
    assert receipt["message_id"] == answer["message_id"] == json.loads(line.payload)["id"]
    assert [each["code"] for each in answer["warnings"]] == ["nothing_attached"]


async def test_a_refusal_of_a_line_is_kept_as_that_of_a_single_message(world: World) -> None:
    sender, recipient = await world.agencies(2)
    secret = sender.message(recipient, secrecy=Secrecy.SECRET)
    broken = SignedBytes(sender.message(recipient).payload, secret.jws)
    answers = answered(await sender.post_batch([secret, broken]))
    assert told(answers) == ["message_refused", "signature_wrong"]
    assert answers[0]["problem"]["violations"][0]["rule"] == "N3"
    single = await sender.post(secret)
    assert answers[0]["problem"] == single.json() | {
        "instance": "/v1/messages/batch",
        "trace_id": answers[0]["problem"]["trace_id"],
    }
    hashes = [hashlib.sha256(each.payload).digest() for each in (secret, secret, broken)]
    kept = await world.rows("SELECT sha256 FROM refusal WHERE source = $1 AND sha256 = ANY($2)", sender.id, hashes)
    assert sorted(row["sha256"] for row in kept) == sorted(hashes)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"protected":"a","payload":"b"}',
        b'{"protected":"a","payload":"b","signature":"c","more":"d"}',
        b'{"protected":"a","payload":"b","payload":"b","signature":"c"}',
        b'{"protected":"a","payload":7,"signature":"c"}',
        b'{"protected":"a","payload":"\\ud800","signature":"c"}',
        b'{"protected":"a","payload":"\xff","signature":"c"}',
        json.dumps({"protected": "a" * 3000, "payload": "b", "signature": "c"}).encode(),
    ],
)
async def test_a_malformed_line_is_refused_alone(world: World, line: bytes) -> None:
    sender, recipient = await world.agencies(2)
    answers = answered(await sender.post_batch([sender.message(recipient), line, sender.message(recipient)]))
    assert told(answers) == [201, "line_malformed", 201]
    assert answers[1]["status"] == answers[1]["problem"]["status"] == 400


async def test_a_line_holds_no_larger_message_than_a_single_post(world: World) -> None:
    sender = await world.agency()
    large = sender.identity.signer.sign(b"{" + b" " * (1 << 20) + b"}")
    assert told(answered(await sender.post_batch([large]))) == ["body_too_large"]


async def test_the_last_line_may_be_blank_and_a_batch_empty(world: World) -> None:
    sender, recipient = await world.agencies(2)
    assert told(answered(await sender.post_batch([sender.message(recipient), b""]))) == [201]
    assert answered(await sender.post_batch([])) == []


async def test_problems_and_warnings_are_told_in_the_language_asked_for(world: World) -> None:
    sender, recipient = await world.agencies(2)
    old_code = recipient.organization.model_copy(update={"code": "000.1137.H53"})
    lines = [b"?", sender.message(to=[old_code])]
    for language, title in (("en", "The line of the batch is malformed"), ("vi", "Dòng trong lô không đúng cấu trúc")):
        answer = await sender.post_batch(lines, **{"Accept-Language": language})
        first, second = answered(answer)
        assert first["problem"]["title"] == title
        assert answer.headers["content-language"] == language
        assert [warning["code"] for warning in second["warnings"]] == ["recipient_code_unknown", "nothing_attached"]


async def test_what_is_no_batch_is_refused_whole(world: World) -> None:
    sender, recipient = await world.agencies(2)
    good = sender.message(recipient)
    other_type = await sender.post_batch([good], **{"Content-Type": "application/json"})
    too_long = await sender.post_batch([good, *[b"{}"] * 1000])
    headers = sender.headers | {"Content-Type": NDJSON}
    too_large = await world.http.post("/v1/messages/batch", content=_endless(), headers=headers)
    assert [(each.status_code, each.json()["code"]) for each in (other_type, too_long, too_large)] == [
        (415, "content_type_unsupported"),
        (413, "batch_too_long"),
        (413, "body_too_large"),
    ]
    assert await recipient.read_all() == []
    assert (await sender.post(good)).status_code == 201


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(16):
        yield b" " * (1 << 20)
    yield b"one byte is enough"


async def test_a_repeated_batch_is_answered_when_the_seal_has_ended(world: World) -> None:
    sender, recipient = await world.agencies(2)
    messages = [sender.message(recipient) for _ in range(3)]
    first = answered(await sender.post_batch(messages))
    now = world.clock.now()
    history = [(CertificateState.ACTIVE, now - timedelta(hours=1)), (CertificateState.REVOKED, now)]
    await world.tell([world.voice.certificate(sender.identity, version=2, history=history)])

    async def is_revoked() -> bool:
        return (await sender.post(sender.message(recipient))).json().get("code") == "certificate_revoked"

    await world.until(is_revoked, "the revocation bites", seconds=2)
    again = answered(await sender.post_batch([*messages, sender.message(recipient)]))
    assert told(again) == [200, 200, 200, "certificate_revoked"]
    assert [line["receipt"] for line in again[:3]] == [line["receipt"] for line in first]


async def test_batches_do_not_keep_others_waiting(world: World) -> None:
    """Two batches of nine pages each go on; in that time an agency has at least four single messages answered."""
    first, second, other, recipient = await world.agencies(4)
    batches = [
        asyncio.create_task(agency.post_batch([agency.message(recipient) for _ in range(900)]))
        for agency in (first, second)
    ]
    answered_singly = 0
    while not any(batch.done() for batch in batches):
        assert (await other.post(other.message(recipient))).status_code == 201
        answered_singly += 1
    assert answered_singly >= 4
    for batch in batches:
        assert set(told(answered(await batch))) == {201}


async def test_one_agency_does_not_take_the_places_of_all_batches(world: World) -> None:
    greedy, other, recipient = await world.agencies(3)
    enough = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"{}\n"
        await enough.wait()

    headers = greedy.headers | {"Content-Type": NDJSON}
    held = [
        asyncio.create_task(world.http.post("/v1/messages/batch", content=endless(), headers=headers)) for _ in range(2)
    ]

    async def is_full() -> bool:
        return (await greedy.post_batch([])).status_code == 429

    await world.until(is_full, "the agency's share is used up")
    assert told(answered(await other.post_batch([other.message(recipient)]))) == [201]
    enough.set()
    assert [told(answered(await each)) for each in held] == [["line_malformed"]] * 2


async def test_a_batch_waits_for_room_and_is_told_where_there_is_none(province: Province, exchange: Running) -> None:
    narrow = province.start("narrow", LIENTHONG_EXCHANGE_QUEUE="20", LIENTHONG_EXCHANGE_QUEUE_OF_ONE_AGENCY="10")
    running = await asyncio.to_thread(narrow.wait_ready)
    async with province.world(running.url, "narrow") as world:
        sender, recipient, other = await world.agencies(3)
        messages = [sender.message(recipient) for _ in range(60)]
        async with stopped_pages(world):
            long = asyncio.create_task(sender.post_batch(messages))
            await asyncio.sleep(0.5)  # the batch has what it may have of the queue
            small = asyncio.create_task(other.post(other.message(recipient)))
            own = asyncio.create_task(sender.post(sender.message(recipient)))
            await asyncio.sleep(0.3)
            assert [small.done(), own.done()] == [False, False], "there is room for single messages"
        assert told(answered(await long)) == [201] * 60
        assert [(await each).status_code for each in (small, own)] == [201, 201]
        sent = [entry.message for entry in await recipient.read_all()]
        assert [each for each in sent if each in messages] == messages
    await asyncio.to_thread(running.child.terminate)


async def test_what_is_not_answered_in_time_ends_the_batch_and_a_repeat_tells(
    province: Province, exchange: Running
) -> None:
    late = province.start("late", LIENTHONG_EXCHANGE_ANSWER_SECONDS="1", LIENTHONG_EXCHANGE_QUEUE_OF_ONE_AGENCY="20")
    running = await asyncio.to_thread(late.wait_ready)
    async with province.world(running.url, "late") as world:
        sender, recipient = await world.agencies(2)
        messages = [sender.message(recipient) for _ in range(30)]
        async with stopped_pages(world):
            answers = told(answered(await sender.post_batch(messages)))
        unknown = answers.count("outcome_unknown")
        assert answers == ["outcome_unknown"] * unknown + ["batch_interrupted"] * (30 - unknown)
        assert 0 < unknown < 30

        async def is_accepted() -> bool:  # what nobody waits for any more keeps its room until its turn comes
            answer = await sender.post_batch(messages)
            return answer.status_code == 200 and set(told(answered(answer))) <= {200, 201}

        await world.until(is_accepted, "the repeat is accepted")
        assert [entry.message for entry in await recipient.read_all()] == messages
    await asyncio.to_thread(running.child.terminate)


async def test_a_lost_database_ends_the_batch_where_it_is_and_a_repeat_goes_on(
    private_servers: PrivateServers, province: Province
) -> None:
    processes = Processes(province.folder / "away-logs")
    own = Province.on(private_servers.addresses, province.folder / "away", processes)
    try:
        running = own.start("away").wait_live()
        async with own.world(running.url, "away") as world:
            await world.begin()
            await asyncio.to_thread(running.wait_ready)
            sender, recipient = await world.agencies(2)
            messages = [sender.message(recipient) for _ in range(400)]
            posted = asyncio.create_task(sender.post_batch(messages))
            await world.until(lambda: _has_any(world), "the batch has begun")
            await asyncio.to_thread(private_servers.restart, "postgres")
            answers = told(answered(await posted))
            begun = next((index for index, said in enumerate(answers) if said != 201), 400)
            assert not {200, 201} & set(answers[begun:]), "nothing is accepted behind a line that was not answered"

            async def goes_on() -> bool:
                return set(told(answered(await sender.post_batch(messages)))) <= {200, 201}

            await world.until(goes_on, "the repeat is accepted", seconds=30)
            assert [entry.message for entry in await recipient.read_all()] == messages
    finally:
        processes.end()


async def _has_any(world: World) -> bool:
    return bool(await world.rows("SELECT FROM message LIMIT 1"))


async def test_who_hangs_up_keeps_what_was_accepted(world: World) -> None:
    sender, recipient = await world.agencies(2)
    messages = [sender.message(recipient) for _ in range(200)]
    posted = asyncio.create_task(sender.post_batch(messages))
    await world.until(lambda: _any_entry(world, recipient), "the batch has begun")
    posted.cancel()
    # Until the first one has left its place.
    while (answer := await sender.post_batch(messages)).status_code == 429:  # noqa: ASYNC110 - it is asked again
        await asyncio.sleep(0.05)
    again = told(answered(answer))
    assert set(again) <= {200, 201}
    assert 200 in again
    assert [entry.message for entry in await recipient.read_all()] == messages


async def _any_entry(world: World, recipient: Agency) -> bool:
    return bool(await world.rows("SELECT FROM delivery WHERE recipient = $1 LIMIT 1", recipient.id))


async def test_malformed_lines_are_answered_without_being_held(world: World, exchange: Running) -> None:
    """What is kept of a line until the last is answered is its refusal, not everything it was made from."""
    (sender,) = await world.agencies(1)
    members = ",".join(f'"x{number}":1' for number in range(1500))
    payload = f'{{"type":"vn.lienthong.exchange.document_sent.v1","data":{{{members}}}}}'.encode()
    line = sender.identity.signer.sign(payload)
    before = _megabytes(exchange)
    assert set(told(answered(await sender.post_batch([line] * 700)))) == {"malformed_event"}
    assert _megabytes(exchange) - before < 300  # 1800, where each refusal holds what it was raised from


async def test_a_line_that_is_no_message_is_refused_before_it_is_read(world: World) -> None:
    (sender,) = await world.agencies(1)
    wide = b"[" + b"{}," * 1_400_000 + b"{}]"
    nested = b'{"protected":"a","signature":"b","payload":[' + b"{}," * 900_000 + b"{}]}"
    assert told(answered(await sender.post_batch([wide, nested]))) == ["body_too_large", "line_malformed"]
    answer = await sender.post_batch([b"\n" * (8 << 20)])
    assert (answer.status_code, answer.json()["code"]) == (413, "batch_too_long")


def _megabytes(exchange: Running) -> int:
    told = Path(f"/proc/{exchange.child.popen.pid}/status").read_text("utf-8")
    return next(int(line.split()[1]) >> 10 for line in told.splitlines() if line.startswith("VmRSS"))
