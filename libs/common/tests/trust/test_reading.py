"""Who may say what on a service's topic, as an inbox reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from lienthong.common.broker import BrokerSettings, Record
from lienthong.common.ids import new_id
from lienthong.common.inbox import CannotTellYet
from lienthong.common.messages.accounts import ClientChanged
from lienthong.common.messages.envelope import Catalogue, MalformedEvent
from lienthong.common.signing import Reason, SignatureRefused, SigningError
from lienthong.common.telemetry import make_telemetry
from lienthong.common.testing.clock import FixedClock
from lienthong.common.testing.voice import Identity, Voice
from lienthong.common.trust import Statement, TrustFollower
from lienthong.common.trust.reading import RecordUnsigned, ServiceEventReader, SourceNotSigner


class World:
    """A follower that has heard the beginning, without a broker, and a reader of what accounts says."""

    def __init__(self) -> None:
        self.clock = FixedClock(datetime(2026, 11, 22, 3, tzinfo=UTC))
        self.voice = Voice(self.clock)
        self.exchange = self.voice.service("exchange")
        self.trust = TrustFollower(BrokerSettings("nowhere:1", "t"), self.voice.store, self.clock, make_telemetry("t"))
        self.hear(*self.voice.beginning(self.exchange))
        self.trust._ready.set()
        self.read = ServiceEventReader("accounts", self.trust, Catalogue([ClientChanged]), self.clock)

    def hear(self, *statements: Statement) -> None:
        for statement in statements:
            self.trust._state.take(statement)
        self.trust._state.settle()

    def client(self, **changed: Any) -> Statement:
        return self.voice.client(new_id(), [new_id()], **changed)


@pytest.fixture
def world() -> World:
    return World()


def record(statement: Statement, **changed: Any) -> Record:
    fields: dict[str, Any] = {
        "topic": "accounts.client.v1",
        "partition": 0,
        "offset": 7,
        "timestamp": 0,
        "timestamp_type": 0,
        "key": statement.key.encode(),
        "value": statement.signed.payload,
        "checksum": None,
        "serialized_key_size": 0,
        "serialized_value_size": 0,
        "headers": (("jws-signature", statement.signed.jws.encode()), ("traceparent", None)),
    } | changed
    return ConsumerRecord(**fields)


def test_what_the_service_says_is_read_with_its_origin(world: World) -> None:
    statement = world.client()
    read = world.read(record(statement))
    assert isinstance(read.event, ClientChanged)
    assert (read.key, read.topic, read.partition, read.offset) == (statement.key, "accounts.client.v1", 0, 7)
    assert read.signed == statement.signed
    assert read.certificate == world.voice.accounts.certificate


def test_another_service_is_refused_by_name(world: World) -> None:
    identity: Identity = world.exchange
    said = world.client()
    forged = Statement(said.subject, said.key, identity.signer.sign(said.signed.payload))
    with pytest.raises(SignatureRefused) as refused:
        world.read(record(forged))
    assert refused.value.reason is Reason.POLICY_HOLDER


def test_the_service_cannot_speak_in_anothers_name(world: World) -> None:
    reader = ServiceEventReader("exchange", world.trust, Catalogue([ClientChanged]), world.clock)
    said = world.client()
    signed = Statement(said.subject, said.key, world.exchange.signer.sign(said.signed.payload))
    with pytest.raises(SourceNotSigner):
        reader(record(signed))


@pytest.mark.parametrize(
    "changed",
    [
        {"value": None},
        {"key": None},
        {"headers": ()},
        {"headers": (("jws-signature", b"a..b"), ("jws-signature", b""))},
    ],
    ids=["no value", "no key", "no signature", "two signatures"],
)
def test_a_record_without_its_parts_is_unsigned(world: World, changed: dict[str, Any]) -> None:
    with pytest.raises(RecordUnsigned):
        world.read(record(world.client(), **changed))


def test_a_changed_byte_is_refused(world: World) -> None:
    statement = world.client()
    with pytest.raises(SignatureRefused) as refused:
        world.read(record(statement, value=statement.signed.payload + b" "))
    assert refused.value.reason is Reason.SIGNATURE_WRONG


def test_a_malformed_header_is_refused(world: World) -> None:
    with pytest.raises(SigningError):
        world.read(record(world.client(), headers=(("jws-signature", b"\xff..x"),)))


def test_an_unknown_type_is_refused(world: World) -> None:
    with pytest.raises(MalformedEvent):
        world.read(record(world.voice.certificate(world.exchange)))


def test_a_signer_still_on_its_way_asks_for_patience(world: World) -> None:
    world.voice.accounts = world.voice.service("accounts")
    statement = world.client()
    with pytest.raises(CannotTellYet):
        world.read(record(statement))
    world.hear(world.voice.certificate(world.voice.accounts))
    assert world.read(record(statement)).key == statement.key


def test_a_stale_list_asks_for_patience(world: World) -> None:
    world.clock.advance(timedelta(days=8))
    with pytest.raises(CannotTellYet):
        world.read(record(world.client()))
