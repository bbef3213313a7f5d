"""Poison between good records, on every topic that a service reads: put aside with its cause, and the rest goes on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World
from tests.integration.failures.office import open_office
from tests.integration.failures.records import Intruder, intruding, read_all
from tests.integration.failures.test_repeated_and_reordered import message_id, until_quiet

from lienthong.common.broker import Record
from lienthong.common.messages.document import Lane
from lienthong.common.messages.status import StatusCode
from lienthong.common.messages.topics import (
    AGENCIES,
    CERTIFICATES,
    CLIENTS,
    DOCUMENTS,
    REVOCATION_LISTS,
    STATUSES,
    TOKEN_KEYS,
    TopicSpec,
    dead_letters,
)
from lienthong.common.signing import SignedBytes
from lienthong.common.testing.voice import Identity

pytestmark = pytest.mark.xdist_group("failures")

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True)
class Poison:
    """A record that nobody may believe."""

    what: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def poisons(good: Record, foreign: Identity) -> list[Poison]:
    """What a broken or hostile producer makes of a good record."""
    assert good.value is not None
    jws = dict(good.headers)["jws-signature"]
    others = [(name, value) for name, value in good.headers if name != "jws-signature"]
    forged = foreign.signer.sign(good.value).jws.encode()
    deep = b"[" * 50_000 + b"]" * 50_000
    signed_deep = foreign.signer.sign(deep).jws.encode()
    return [
        Poison("rubbish", good.key, b"\x00\xff rubbish", [("jws-signature", b"x"), *others]),
        Poison("empty", good.key, b"", good.headers),
        Poison("a tombstone", good.key, None, good.headers),
        Poison("no key", None, good.value, good.headers),
        Poison("no signature", good.key, good.value, others),
        Poison("two signatures", good.key, good.value, [("jws-signature", jws), *good.headers]),
        Poison("a signature that is no text", good.key, good.value, [("jws-signature", b"\xff\xfe"), *others]),
        Poison("a changed byte", good.key, good.value.replace(b'"time":"2', b'"time":"3', 1), good.headers),
        Poison("cut off", good.key, good.value[:-20], good.headers),
        Poison("signed by somebody else", good.key, good.value, [("jws-signature", forged), *others]),
        Poison("as deep as a well", good.key, deep, [("jws-signature", signed_deep), *others]),
        Poison("as large as may be", good.key, good.value + b" " * 900_000, good.headers),
    ]


def fit_for(topic: TopicSpec, strewn: Sequence[Poison]) -> list[Poison]:
    """Without those that the broker itself refuses: a compacted topic takes no record without a key."""
    return [poison for poison in strewn if poison.key is not None or not topic.compacted]


async def strew(intruder: Intruder, topic: TopicSpec, strewn: Sequence[Poison]) -> None:
    for poison in strewn:
        await intruder.put(topic.name, poison.key, poison.value, poison.headers)


async def last_of(kafka: str, topic: TopicSpec) -> Record:
    """A good record to begin from."""
    return (await read_all(kafka, topic))[-1]


async def letters_about(kafka: str, consumer: str, topic: TopicSpec, number: int, seconds: float = 20) -> list[Record]:
    """The dead letters whose origin is the topic, once there are so many of them."""
    async with asyncio.timeout(seconds):
        while True:
            found = [
                letter for letter in await read_all(kafka, dead_letters(consumer)) if _origin(letter) == topic.name
            ]
            if len(found) >= number:
                return found
            await asyncio.sleep(0.1)


def _origin(letter: Record) -> str:
    return dict(letter.headers)["x-origin"].decode().rpartition("@")[0].rpartition("-")[0]


def assert_put_aside(letters: Sequence[Record], strewn: Sequence[Poison]) -> None:
    """Each as it came, with a cause that has a name."""
    found = [(letter.key, letter.value or None, _as_it_came(letter)) for letter in letters]
    for poison, letter in zip(strewn, letters, strict=True):
        assert (poison.key, poison.value or None, tuple(poison.headers)) in found, poison.what
        added = dict(letter.headers)
        assert added["x-error"].replace(b"_", b"").replace(b".", b"").isalpha(), added["x-error"]


def _as_it_came(letter: Record) -> Headers:
    """Its headers without those that tell of its death."""
    return tuple((name, value) for name, value in letter.headers if not name.startswith("x-"))


async def metric(url: str, name: str, **labels: str) -> float:
    """The sum of a metric of a process over all labels but these."""
    async with httpx.AsyncClient() as http:
        told = (await http.get(f"{url}/metrics")).text
    samples = [each for family in text_string_to_metric_families(told) for each in family.samples]
    return sum(each.value for each in samples if each.name == name and labels.items() <= each.labels.items())


@pytest.mark.parametrize("topic", [AGENCIES, CERTIFICATES, REVOCATION_LISTS], ids=lambda topic: topic.name)
async def test_poison_among_the_words_of_accounts_is_put_aside_and_counted(
    world: World, province: Province, exchange: Running, topic: TopicSpec
) -> None:
    kafka = province.servers.kafka
    witness = await world.agency()
    counted: dict[str, Any] = {"consumer": "exchange"}
    before = await metric(exchange.url, "lienthong_dead_letters_total", **counted)
    there = len([letter for letter in await read_all(kafka, dead_letters("exchange")) if _origin(letter) == topic.name])
    good = await last_of(kafka, topic)
    strewn = fit_for(topic, poisons(good, witness.identity))
    async with intruding(kafka) as intruder:
        await strew(intruder, topic, strewn[:6])
        newcomer = await world.agency()
        await strew(intruder, topic, strewn[6:])
    await until_quiet(world, witness)
    assert (await newcomer.post(newcomer.message(witness))).status_code == 201
    letters = await letters_about(kafka, "exchange", topic, there + len(strewn))
    assert_put_aside(letters[there:], strewn)
    assert await metric(exchange.url, "lienthong_dead_letters_total", **counted) == before + len(strewn)
    assert (await world.http.get("/health/ready")).status_code == 200


@pytest.mark.parametrize("topic", [CERTIFICATES, REVOCATION_LISTS, TOKEN_KEYS, CLIENTS], ids=lambda topic: topic.name)
async def test_poison_changes_nobodys_trust_and_is_counted_where_every_process_reads(
    world: World, province: Province, exchange: Running, topic: TopicSpec
) -> None:
    """The follower of trust has no dead letters: each process reads for itself, and says what it did not believe."""
    kafka = province.servers.kafka
    old = await world.agency()
    subject = topic.name.split(".")[1]
    before = await disbelieved(exchange, subject)
    strewn = fit_for(topic, poisons(await last_of(kafka, topic), old.identity))
    async with intruding(kafka) as intruder:
        await strew(intruder, topic, strewn)
    newcomer = await world.agency()
    for agency in (old, newcomer):
        assert (await agency.post(agency.message(old))).status_code == 201
    assert await disbelieved(exchange, subject) == before + len(strewn)


async def disbelieved(exchange: Running, subject: str) -> float:
    """How many statements about a subject this process did not believe."""
    outcomes = ("malformed", "forged", "foreign", "untrusted", "not_anchored")
    counts = [
        await metric(exchange.url, "lienthong_trust_statements_total", subject=subject, outcome=outcome)
        for outcome in outcomes
    ]
    return sum(counts)


async def test_poison_among_documents_and_statuses_is_put_aside_and_the_good_ones_go_on(
    world: World, province: Province
) -> None:
    servers, anchors = province.servers, province.voice.authority.anchors
    sender, recipient = await world.agencies(2)
    async with (
        open_office(servers.kafka, servers.postgres, anchors) as office,
        intruding(servers.kafka) as intruder,
        office.working(),
    ):
        wanted = {message_id(await sender.send(recipient))}
        [entry] = await recipient.read_all()
        report = recipient.seal(recipient.status(entry, StatusCode.RECEIVED))
        assert (await recipient.post(report)).status_code == 201
        wanted.add(message_id(report))
        await office.until_received(wanted)
        strewn: list[Poison] = []
        for topic in (DOCUMENTS[Lane.ORDINARY], STATUSES[Lane.ORDINARY]):
            strewn = [
                *poisons(await last_of(servers.kafka, topic), sender.identity),
                *forged_receipts(await last_of(servers.kafka, topic), sender),
            ]
            await strew(intruder, topic, strewn[:6])
            wanted.add(message_id(await sender.send(recipient)))
            await strew(intruder, topic, strewn[6:])
            wanted.add(message_id(await sender.send(recipient)))
            await office.until_received(wanted)
            assert_put_aside(await letters_about(servers.kafka, office.consumer, topic, len(strewn)), strewn)
        assert {message_id for _, message_id in await office.received()} >= wanted
        assert office.counted("refused") == 2 * len(strewn)


def forged_receipts(good: Record, forger: Agency) -> list[Poison]:
    """A message that is good in itself, with a receipt that is not the exchange's about it."""
    assert good.value is not None
    headers = dict(good.headers)
    statement = SignedBytes(headers["receipt"], headers["receipt-signature"].decode())
    own = forger.identity.signer.sign(statement.payload).jws.encode()
    fresh = forger.message(forger)

    def with_receipt(**changed: bytes) -> Headers:
        return [(name, changed.get(name.replace("-", "_"), value)) for name, value in good.headers]

    return [
        Poison("a receipt by the sender itself", good.key, good.value, with_receipt(receipt_signature=own)),
        Poison("another message's receipt", good.key, fresh.payload, with_receipt(jws_signature=fresh.jws.encode())),
        Poison("a receipt that is no JSON", good.key, good.value, with_receipt(receipt=b"{")),
    ]
