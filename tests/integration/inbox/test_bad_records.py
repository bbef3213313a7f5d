"""Records that cannot be verified or parsed, and servers that go away: nothing good is lost, skipped or obeyed."""

import asyncio

import pytest

from lienthong.common.inbox import CANNOT_TELL
from lienthong.common.signing import SignedBytes
from lienthong.common.testing.failures import PrivateServers
from lienthong.common.testing.plugin import MakeTopic

from .consuming import Bench, open_bench, read

Headers = list[tuple[str, bytes | None]]


def signature(signed: SignedBytes) -> tuple[str, bytes | None]:
    return "jws-signature", signed.jws.encode()


async def test_a_poison_record_between_good_ones_is_put_aside_as_it_came(bench: Bench) -> None:
    poison: Headers = [("jws-signature", b"no signature"), ("odd", None), ("bytes", b"\xff\xfe")]
    await bench.send("a", 1)
    await bench.put("a", b'{"not": "an event"', poison)
    await bench.send("a", 2)
    async with bench.consuming():
        await bench.until_applied(2)
        (letter,) = await bench.dead_letters(1)
    assert await bench.applied() == [("a", 1), ("a", 2)]
    assert (letter.key, letter.value) == (b"a", b'{"not": "an event"')
    assert list(letter.headers)[:3] == poison
    added = dict(letter.headers)
    assert added["x-error"]
    assert added["x-origin"].startswith(bench.topic.encode())
    assert added["x-origin"].endswith(b"@1")
    assert bench.counted("refused") == 1


async def test_a_changed_byte_and_a_foreign_signature_are_refused(bench: Bench) -> None:
    signed, other = bench.speaker.say("a", 1), bench.speaker.say("a", 2)
    await bench.put("a", signed.payload.replace(b'"number":1', b'"number":9'), [signature(signed)])
    await bench.put("a", signed.payload, [signature(other)])
    await bench.put("a", signed.payload, [])
    await bench.send("a", 3)
    async with bench.consuming():
        await bench.until_applied(1)
        letters = await bench.dead_letters(3)
    assert await bench.applied() == [("a", 3)]
    assert len(letters) == 3


async def test_a_type_that_came_after_the_program_is_passed_over(bench: Bench) -> None:
    said = bench.speaker.say("a", 1).payload.replace(b"accounts.numbered.v1", b"accounts.invented_later.v1")
    later = bench.speaker.signer.sign(said)
    await bench.put("a", later.payload, [signature(later)])
    await bench.send("a", 2)
    async with bench.consuming():
        await bench.until_applied(1)
    assert await bench.applied() == [("a", 2)]
    assert (bench.counted("ignored"), bench.counted("refused")) == (1, 0)


async def test_a_null_header_beside_the_signature_does_no_harm(bench: Bench) -> None:
    await bench.send("a", 1, headers=[("odd", None), ("bytes", b"\xff")])
    async with bench.consuming():
        await bench.until_applied(1)


async def test_a_held_event_keeps_its_null_header(bench: Bench) -> None:
    await bench.break_("a")
    await bench.send("a", 1, headers=[("odd", None)])
    async with bench.consuming():
        await bench.until_held("waiting", 1)
        await bench.heal("a")
        await bench.until_applied(1)


async def test_a_reply_to_header_is_not_obeyed(bench: Bench, make_topic: MakeTopic) -> None:
    victim = await make_topic("victim")
    await bench.send("a", 1, headers=[("reply_to", victim.encode()), ("correlation_id", b"1")])
    async with bench.consuming():
        await bench.until_applied(1)
        await asyncio.sleep(0.5)
    with pytest.raises(TimeoutError):
        await read(bench.kafka, victim, 1, seconds=1)


async def test_an_event_whose_signer_is_not_known_yet_is_waited_for(bench: Bench) -> None:
    believed = bench.speaker.believed(knows=False)
    await bench.send("a", 1, 2)
    async with bench.consuming(bench.inbox(believed=believed)):
        await asyncio.sleep(0.5)
        assert await bench.applied() == []
        believed.certificates.put(bench.speaker.known)
        await bench.until_applied(2)
    assert bench.counted("refused") == 0


async def test_a_signer_that_never_becomes_known_ends_as_a_dead_letter(bench: Bench) -> None:
    await bench.send("a", 1)
    async with bench.consuming(bench.inbox(believed=bench.speaker.believed(knows=False))):
        (letter,) = await bench.dead_letters(1)
    assert dict(letter.headers)["x-error"] == CANNOT_TELL.encode()


async def test_the_database_away_for_some_seconds_loses_nothing(private_servers: PrivateServers) -> None:
    addresses = private_servers.addresses
    async with open_bench(addresses.kafka, addresses.postgres, "t.") as bench, bench.consuming():
        await bench.send("a", *range(20))
        await bench.until_applied(20)
        await asyncio.to_thread(private_servers.stop, "postgres")
        await bench.send("a", *range(20, 60))
        await bench.put("a", b"poison meanwhile", [])
        await bench.send("a", 60)
        await asyncio.sleep(3)
        await asyncio.to_thread(private_servers.restart, "postgres")
        await bench.until_applied(61, 40)
        assert await bench.applied() == [("a", number) for number in range(61)]
        assert len(await bench.dead_letters(1)) == 1


async def test_kafka_restarted_between_pages_loses_nothing(private_servers: PrivateServers) -> None:
    addresses = private_servers.addresses
    async with open_bench(addresses.kafka, addresses.postgres, "t.") as bench, bench.consuming():
        await bench.send("a", *range(20))
        await bench.until_applied(20)
        await asyncio.to_thread(private_servers.restart, "kafka")
        await bench.send("a", *range(20, 40))
        await bench.until_applied(40, 60)
        assert await bench.applied() == [("a", number) for number in range(40)]
