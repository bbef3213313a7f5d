"""A plan is acted on the stage; then everything is checked from outside."""

import asyncio
import contextlib
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import asyncpg
from tests.integration.exchange.changing import Withheld, hash_of
from tests.integration.exchange.crashing import consistency
from tests.integration.exchange.crashing.bus import Topics
from tests.integration.exchange.crashing.clients import Actor
from tests.integration.exchange.crashing.endpoint import Endpoint
from tests.integration.exchange.crashing.ledger import Accepted, Ledger, answered, message_id, patiently
from tests.integration.exchange.crashing.plans import CAST, Fault, Plan, standard
from tests.integration.exchange.crashing.stage import Layout, Stage
from tests.integration.exchange.world import Agency, Entry, World
from tests.integration.relay.harness import everything_in

from lienthong.common.messages.document import Lane
from lienthong.common.messages.topics import DELIVERIES, own_topic
from lienthong.common.sources import EXCHANGE

_SETTLED_SECONDS = 180.0  # six freezes, one after another, are awaited too


@dataclass(slots=True)
class Theatre:
    """The stage, the agencies that act on it plan after plan, and what they know."""

    stage: Stage
    ledger: Ledger = field(default_factory=Ledger)
    topics: Topics = field(default_factory=Topics)
    cast: list[Agency] = field(default_factory=list[Agency])
    endpoint: Endpoint = field(default_factory=Endpoint)

    async def perform(self, plan: Plan, layout: Layout = "split") -> list[Fault]:
        """Act the plan, check everything; answers the faults that did not happen."""
        await asyncio.to_thread(self.stage.rise, layout)
        try:
            return await self._perform(plan)
        except Exception:
            self.stage.show_logs()
            await self._begin_anew()
            raise

    async def _perform(self, plan: Plan) -> list[Fault]:
        async with self.stage.province.world(self.stage.url, self.stage.database) as world:
            cast = await self._enter(world)
            over = asyncio.Event()
            striking = asyncio.create_task(self.stage.strike(plan.faults, over))
            try:
                async with asyncio.TaskGroup() as group:
                    for stream in plan.streams:
                        group.create_task(Actor(cast, stream, self.ledger).act())
                await _until_settled(world)
            finally:
                over.set()
                missed = await striking
            self.stage.assert_all_alive()
            await _until_settled(world)
            await self.check(world, cast)
        return missed

    async def perform_until_all_happened(self, faults: Sequence[Fault], layout: Layout = "split") -> None:
        """The standard plan, as often as the faults need to happen one after another."""
        left = list(faults)
        while left:
            missed = await self.perform(standard(*left), layout)
            assert len(missed) < len(left), f"the standard plan never came to {missed[0]}"
            left = missed

    async def _begin_anew(self) -> None:
        """What failed is not told again by every test that follows."""
        await asyncio.to_thread(self.stage.begin_anew)
        self.ledger, self.topics, self.cast = Ledger(), Topics(), []
        self.endpoint.pages.clear()
        await self.topics.forget(self.stage.province.servers.kafka)

    async def _enter(self, world: World) -> list[Agency]:
        """The cast and the one who looks on, as this world's agencies."""
        if not self.cast:
            await world.begin()
            await asyncio.to_thread(self.stage.wait_ready)
            self.cast = await world.agencies(CAST + 1)
        await asyncio.to_thread(self.stage.wait_ready)
        entered = [replace(agency, world=world) for agency in self.cast]
        for lane in Lane:
            await patiently(functools.partial(self._have_brought, entered[0], lane))
        return entered

    async def _have_brought(self, agency: Agency, lane: Lane) -> None:
        """The first of the cast has its inbox brought."""
        asking = agency.world.http.put(
            f"/v1/inbox/{lane}/webhook", json={"url": self.endpoint.url}, headers=agency.headers
        )
        await answered(asking, 200)

    async def check(self, world: World, cast: Sequence[Agency]) -> None:
        """The promises, seen from the inboxes, from the topics and from the tables."""
        for agency in cast:
            for lane in Lane:
                await self.ledger.mailbox(agency.id, lane).read_on(agency, lane, patiently)
                self._check_inbox(agency.id, lane)
        for lane in Lane:
            entries = self.ledger.mailboxes[cast[0].id, lane].entries
            self.endpoint.check(world, cast[0].id, lane, entries)
        await self.topics.read_on(self.stage.province.servers.kafka)
        self._check_notices(world)
        for topic in self.topics.firsts:
            self._check_topic(topic)
        await self._check_own_topics(world)
        for agency_id, version in self.ledger.versions.items():
            await world.until(lambda a=agency_id, v=version: _is_told(world, a, v), "the register is up to date")
        faults = await consistency.find_faults(world)
        assert not faults, faults
        assert not await world.rows(
            "SELECT FROM upload WHERE sha256 = ANY($1::bytea[])", [bytes.fromhex(one) for one in self.ledger.destroyed]
        )

    async def _check_own_topics(self, world: World) -> None:
        """First occurrences have the numbers of the inbox from the first one told, without a gap, and its hashes."""
        for row in await world.rows("SELECT agency_id, lane, from_n FROM own_topic WHERE state = 'open'"):
            entries = self.ledger.mailboxes[row["agency_id"], Lane(row["lane"])].entries[row["from_n"] - 1 :]
            topic = own_topic(row["agency_id"], Lane(row["lane"])).name
            found: dict[int, bytes] = {}
            for record in await everything_in(self.stage.province.servers.kafka, topic):
                headers = dict(record.headers)
                digest = headers["sha256"] if "withheld" in headers else _sha256(record.value or b"")
                found.setdefault(int(headers["entry-number"]), digest)
            assert list(found.items()) == [(entry.n, hash_of(entry).hex().encode()) for entry in entries]

    def _check_inbox(self, agency_id: UUID, lane: Lane) -> None:
        """Each accepted message once, with the receipt its sender has, in the senders' orders; and nothing else."""
        entries = self.ledger.mailboxes[agency_id, lane].entries
        places = {hash_of(entry): entry for entry in entries if not is_notice(entry)}
        wanted = {
            hashlib.sha256(accepted.message.payload).digest(): accepted
            for accepted in self.ledger.accepted.values()
            if agency_id in accepted.to and accepted.lane is lane
        }
        assert len(places) == sum(not is_notice(entry) for entry in entries), "once"
        assert places.keys() == wanted.keys(), "every one, and no other"
        for digest, accepted in wanted.items():
            entry = places[digest]
            assert isinstance(entry, Withheld) or (entry.message, entry.receipt) == (accepted.message, accepted.receipt)
        numbers = {message_id(accepted.message): places[digest].n for digest, accepted in wanted.items()}
        for order in self.ledger.orders:
            here = [numbers[name] for name in order if name in numbers]
            assert here == sorted(here), "in the order of acceptance"

    def _check_notices(self, world: World) -> None:
        """Of what ended without its recipient, delivery or request, who asked was told, once, and of nothing else."""
        mailboxes = self.ledger.mailboxes.values()
        notices = [entry for mailbox in mailboxes for entry in mailbox.readable if is_notice(entry)]
        told = [(entry.event["data"]["message_id"], entry.event["data"]["recipient"]["agency_id"]) for entry in notices]
        assert len(told) == len(set(told)), "once"
        known = self.ledger.expired | self.ledger.withdrawn | self.ledger.lapsed
        assert set(told) == known, "every one, and no other"
        for entry in notices:
            world.check(entry.message)
            receipt, sender = world.check_receipt(entry), UUID(entry.event["data"]["from"]["agency_id"])
            topic = DELIVERIES[receipt.lane].name
            notice = Accepted(sender, frozenset([sender]), receipt.lane, topic, entry.message, entry.receipt)
            assert self.ledger.notices.setdefault(message_id(entry.message), notice) == notice

    def _check_topic(self, topic: str) -> None:
        """Each accepted message with its seal and its receipt; first occurrences of a key as in every inbox."""
        firsts = self.topics.firsts[topic]
        said = (*self.ledger.accepted.values(), *self.ledger.notices.values())
        wanted = {each.message.payload: each for each in said if each.topic == topic}
        assert firsts.keys() == wanted.keys()
        for payload, record in firsts.items():
            accepted, headers = wanted[payload], dict(record.headers)
            assert record.key == str(accepted.sender).encode()
            assert headers["jws-signature"] == accepted.message.jws.encode()
            assert headers["receipt"] == accepted.receipt.payload
            assert headers["receipt-signature"] == accepted.receipt.jws.encode()
        offsets = {payload: record.offset for payload, record in firsts.items()}
        for mailbox in self.ledger.mailboxes.values():
            _check_same_order(mailbox.readable, offsets)

    async def let_a_day_pass(self) -> None:
        """What no message carries is gone then, everything else is where it should be."""
        async with self.stage.province.world(self.stage.url, self.stage.database) as world:
            await consistency.end_uploads(world)
            objects = self.stage.province.folder / self.stage.database / "objects"

            async def in_place() -> bool:
                stored = await asyncio.to_thread(consistency.stored_files, objects)
                return await consistency.is_settled(world) and not await consistency.misplaced_files(world, stored)

            await world.until(in_place, "only files of messages are stored, and all of them")
            carried = {row["sha256"].hex() for row in await world.rows("SELECT sha256 FROM upload")}
            assert carried == self.ledger.carried


def _sha256(value: bytes) -> bytes:
    return hashlib.sha256(value).hexdigest().encode()


def is_notice(entry: Entry | Withheld) -> bool:
    """Whether the exchange itself says it."""
    return isinstance(entry, Entry) and entry.event["source"] == EXCHANGE


def _check_same_order(entries: Sequence[Entry], offsets: dict[bytes, int]) -> None:
    by_sender: dict[str, list[int]] = {}
    for entry in (entry for entry in entries if entry.message.payload in offsets):
        by_sender.setdefault(entry.event["source"], []).append(offsets[entry.message.payload])
    for sent in by_sender.values():
        assert sent == sorted(sent)


async def _is_told(world: World, agency_id: UUID, version: int) -> bool:
    return bool(await world.rows("SELECT FROM agency WHERE agency_id = $1 AND version = $2", agency_id, version))


async def _until_settled(world: World) -> None:
    async def settled() -> bool:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            return await consistency.is_settled(world)
        return False

    await world.until(settled, "everything is published, and files are destroyed", seconds=_SETTLED_SECONDS)
