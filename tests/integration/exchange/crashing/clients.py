"""The agencies' systems: they repeat what had no answer, and keep everything they were told."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from tests.integration.exchange.changing import AGREED, ASK, REFUSED, answer_to, removal_after
from tests.integration.exchange.crashing.ledger import (
    AGAIN,
    Ledger,
    OnceMore,
    answered,
    definite,
    message_id,
    patiently,
)
from tests.integration.exchange.crashing.plans import (
    Action,
    BeRenamed,
    Change,
    Listen,
    Receive,
    RenewTopic,
    Report,
    Send,
    SendBatch,
    SendPair,
    SendRubbish,
    SendSecret,
    SendUnanswered,
    Stream,
)
from tests.integration.exchange.own_topic import manage
from tests.integration.exchange.world import Agency, Entry, World, attachment, fresh_pdf
from tests.integration.exchange.world import answered as batch_lines

from lienthong.common.messages.document import Lane, Priority, Secrecy
from lienthong.common.messages.exchange import (
    DeliveryReceipt,
    DocumentSent,
    Exchanged,
    StatusReported,
)
from lienthong.common.messages.status import StatusCode
from lienthong.common.signing import SignedBytes
from lienthong.exchange.store.due import DueKind

_TOO_EARLY = frozenset({"predecessor_missing", "not_received_yet", "refusal_only_after_arrival"})
_END_COMES = """
    UPDATE due SET due_at = m.accepted_at, ends_at = m.accepted_at
    FROM message AS m WHERE m.id = due.message AND m.message_id = $1 AND due.kind = $2
"""
_LAPSED = """
    SELECT FROM change_request AS r JOIN message AS m ON m.id = r.message WHERE m.message_id = $1 AND r.state = 'lapsed'
"""
_DATABASE_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_HANDLED = (StatusCode.RECEIVED, StatusCode.ASSIGNED, StatusCode.PROCESSING, StatusCode.DONE)


class Actor:
    """One stream, acted."""

    def __init__(self, cast: list[Agency], stream: Stream, ledger: Ledger) -> None:
        self._cast = cast
        self._self = cast[stream.agency]
        self._stream = stream
        self._ledger = ledger
        self._order: list[str] = []

    @property
    def world(self) -> World:
        return self._self.world

    async def act(self) -> None:
        """Every action in turn."""
        self._ledger.orders.append(self._order)
        for action in self._stream.actions:
            await self._do(action)

    async def _do(self, action: Action) -> None:
        match action:
            case Send():
                await self._send(action)
            case SendPair():
                await self._send_pair(action)
            case SendBatch():
                await self._send_batch(action)
            case SendSecret():
                await self._send_secret(action)
            case SendUnanswered():
                await self._send_unanswered(action)
            case SendRubbish():
                rubbish = self._self.identity.signer.sign(b"{}")
                await patiently(lambda: answered(self._self.post(rubbish), 400, 422))
            case Receive():
                await self._receive(_lane(action.urgent))
            case Listen():
                await self._listen(_lane(action.urgent))
            case Report():
                await self._report(action)
            case Change():
                await self._change(action)
            case BeRenamed():
                await self._be_renamed()
            case RenewTopic():
                await self._renew_topic(_lane(action.urgent))

    async def _send(self, action: Send) -> None:
        files = [attachment(await self._upload(fresh_pdf(3200)))] if action.attached else []
        self._ledger.carried |= {file.sha256 for file in files}
        message = self._message(action.to, action.urgent, attachments=files)
        await asyncio.gather(*(self._deliver(message, action.to) for _ in range(action.copies)))
        self._order.append(message_id(message))

    async def _send_pair(self, action: SendPair) -> None:
        first = self._message(action.to, action.urgent)
        second = self._message(action.to, action.urgent, after=UUID(message_id(first)))
        await asyncio.gather(self._deliver(second, action.to), self._deliver(first, action.to))
        self._order += [message_id(first), message_id(second)]

    async def _send_secret(self, action: SendSecret) -> None:
        file = await self._upload(fresh_pdf(1600))
        message = self._message(action.to, urgent=False, attachments=[attachment(file)], secrecy=Secrecy.SECRET)
        answer = await patiently(lambda: answered(self._self.post(message), 422))
        assert "secret_document" in {each["code"] for each in answer.json()["violations"]}
        self._ledger.destroyed.add(file["sha256"])

    async def _send_unanswered(self, action: SendUnanswered) -> None:
        message = self._message(action.to, action.urgent)
        name = message_id(message)
        for index in action.to:
            self._ledger.reported[name, self._cast[index].id] = {}
        await self._deliver(message, action.to)
        self._order.append(name)
        await patiently(lambda: self._let_end(name))
        await patiently(lambda: self._see_expired(name))
        self._ledger.expired |= {(name, str(self._cast[index].id)) for index in action.to}

    async def _let_end(self, name: str, kind: DueKind = DueKind.DELIVERY) -> None:
        """Days go by for this document, or for what it asks."""
        try:
            await self.world.rows(_END_COMES, UUID(name), kind)
        except _DATABASE_AWAY as away:
            raise OnceMore from away

    async def _see_expired(self, name: str) -> None:
        track = await answered(self._self.track(self._self, name), 200)
        if {line["state"] for line in track.json()["recipients"]} != {"expired"}:
            raise OnceMore

    def _message(self, to: tuple[int, ...], urgent: bool, **changes: Any) -> SignedBytes:
        priority = Priority.VERY_URGENT if urgent else Priority.NORMAL
        return self._self.message(*(self._cast[index] for index in to), priority=priority, **changes)

    async def _upload(self, content: bytes) -> dict[str, Any]:
        return (await patiently(lambda: answered(self._self.upload(content), 201))).json()

    async def _deliver(self, message: SignedBytes, to: tuple[int, ...]) -> None:
        async def post() -> httpx.Response:
            answer = await self._self.post(message)
            if answer.status_code == 422 and _comes_too_early(answer):
                raise OnceMore
            return definite(answer, 200, 201)

        receipt = SignedBytes.from_line((await patiently(post)).json()["receipt"])
        self._keep(message, receipt, to)

    def _keep(self, message: SignedBytes, receipt: SignedBytes, to: tuple[int, ...]) -> None:
        self.world.check(receipt)
        self._ledger.keep(self._self.id, [self._cast[index].id for index in to], message, receipt)

    async def _send_batch(self, action: SendBatch) -> None:
        """The lines that had no answer are repeated from the first of them on, as the exchange demands."""
        left = [self._message(action.to, action.urgent) for _ in range(action.lines)]

        async def post() -> None:
            lines = batch_lines(definite(await self._self.post_batch(left), 200))
            for line in lines:
                if line["status"] in AGAIN:
                    raise OnceMore
                assert line["status"] in {200, 201}, line
                self._keep(left[0], SignedBytes.from_line(line["receipt"]), action.to)
                self._order.append(message_id(left.pop(0)))

        await patiently(post)

    async def _report(self, action: Report) -> None:
        lane = _lane(action.urgent)
        entry = self._ledger.choose_unreported(self._self.id, lane)
        if entry is None:
            return
        codes = (StatusCode.ARRIVED, StatusCode.REFUSED) if action.refuse else _HANDLED
        now = self.world.clock.now()
        reports = {
            code: self._self.seal(self._self.status(entry, code, time=now + place * timedelta(milliseconds=1)))
            for place, code in enumerate(codes)
        }
        sender = [agency.identity.source for agency in self._cast].index(entry.event["source"])
        await asyncio.gather(*(self._deliver(report, (sender,)) for report in reversed(reports.values())))
        said = self._ledger.reported[message_id(entry.message), self._self.id]
        said |= {code: message_id(report) for code, report in reports.items()}
        await self._follow(self._cast[sender], entry)

    async def _follow(self, sender: Agency, entry: Entry) -> None:
        """The document's track says, to its sender and to this recipient, what was reported."""
        name = message_id(entry.message)
        for reader in (sender, self._self):
            track = await patiently(lambda reader=reader: answered(reader.track(sender, name), 200))
            [line] = [each for each in track.json()["recipients"] if each["agency_id"] == str(self._self.id)]
            told = {each["status"]: each["message_id"] for each in line["statuses"]}
            assert told == self._ledger.reported[name, self._self.id]

    async def _change(self, action: Change) -> None:
        """Whatever is killed meanwhile, a request that was accepted is granted, or can be answered, once."""
        lane, recipient = _lane(action.urgent), self._cast[action.to]
        other = Actor(self._cast, Stream(action.to, ()), self._ledger)
        priority = Priority.VERY_URGENT if action.urgent else Priority.NORMAL
        document = self._self.event(self._self.document([recipient], priority=priority))
        await self._say(document, action.to)
        if action.read:
            await other._receive(lane)
        asked = ASK[action.kind](self._self, document, [recipient])
        await self._say(asked, action.to)
        if action.read:
            await other._receive(lane)
            await (other._answer(str(asked.id), lane, action) if action.answer else self._let_lapse(asked, action.to))
        track = (await patiently(lambda: answered(self._self.track(self._self, document.id), 200))).json()
        [change] = track["recipients"][0]["changes"]
        assert (change["request"], change["kind"]) == (str(asked.id), action.kind)
        if action.read:
            assert change["state"] == (("agreed" if action.agree else "refused") if action.answer else "lapsed")
        elif change["state"] == "granted":
            self._ledger.withdrawn.add((str(document.id), str(recipient.id)))
        else:  # another stream of the recipient's has read and acknowledged the document meanwhile
            assert change["state"] == "asked"

    async def _let_lapse(self, asked: Exchanged, to: int) -> None:
        await patiently(lambda: self._let_end(str(asked.id), DueKind.ANSWER))

        async def see_lapsed() -> None:
            try:
                rows = await self.world.rows(_LAPSED, asked.id)
            except _DATABASE_AWAY as away:
                raise OnceMore from away
            if not rows:
                raise OnceMore

        await patiently(see_lapsed)
        self._ledger.lapsed.add((str(asked.id), str(self._cast[to].id)))

    async def _answer(self, request: str, lane: Lane, action: Change) -> None:
        entries = self._ledger.mailbox(self._self.id, lane).readable
        [entry] = [each for each in entries if message_id(each.message) == request]
        asker = [agency.identity.source for agency in self._cast].index(entry.event["source"])
        await self._say(answer_to(entry, self._self, AGREED if action.agree else REFUSED), asker)
        if action.agree and action.kind in ("take_back", "revoke"):
            await self._say(removal_after(entry, self._self), asker)

    async def _say(self, event: Exchanged, to: int) -> None:
        if isinstance(event, DocumentSent):
            self._ledger.changed.add(str(event.id))
        await self._deliver(self._self.seal(event), (to,))
        if not isinstance(event, StatusReported):
            self._order.append(str(event.id))

    async def _receive(self, lane: Lane) -> None:
        mailbox = self._ledger.mailbox(self._self.id, lane)
        new = await mailbox.read_on(self._self, lane, patiently)
        for sha256 in {file["sha256"] for entry in new for file in entry.event["data"].get("attachments", ())}:
            answer = await patiently(lambda sha256=sha256: answered(self._self.download(sha256), 200))
            assert hashlib.sha256(answer.content).hexdigest() == sha256
        if mailbox.entries:
            await self.acknowledge(lane, len(mailbox.entries), mailbox.chain)

    async def _listen(self, lane: Lane) -> None:
        """From what is known now: a repeat finds at once what the first attempt waited for."""
        after = len(self._ledger.mailbox(self._self.id, lane).entries)
        await patiently(lambda: answered(self._self.ask_inbox(lane, after=after, limit=1, wait=3), 200))

    async def acknowledge(self, lane: Lane, n: int, chain: bytes) -> None:
        """Acknowledge, and again: one receipt, which says where the inbox stood."""
        for _ in range(2):
            answer = await patiently(lambda: answered(self._self.acknowledge(n, lane), 200))
            signed = SignedBytes.from_line(answer.json()["receipt"])
            self.world.check(signed)
            receipt = DeliveryReceipt.model_validate_json(signed.payload)
            assert receipt.n >= n
            if receipt.n == n:
                assert receipt.chain == chain.hex()
            assert self._ledger.acknowledged.setdefault((self._self.id, lane, receipt.n), signed) == signed

    async def _renew_topic(self, lane: Lane) -> None:
        """Another stream of the agency may do the same: what it ends is asked for again."""

        async def reach(method: str, *states: str) -> None:
            answer = await manage(self._self, method, lane)
            told = definite(answer, 200, 404, 409).json()
            if told.get("state", "ended") not in states:
                raise OnceMore

        await patiently(lambda: reach("DELETE", "ended", "asked"))
        await patiently(lambda: reach("PUT", "open"))

    async def _be_renamed(self) -> None:
        version = self._ledger.versions[self._self.id] = self._ledger.versions.get(self._self.id, 1) + 1
        await patiently(lambda: self.world.tell_agency(self.world.record(self._self, version=version)))


def _lane(urgent: bool) -> Lane:
    return Lane.URGENT if urgent else Lane.ORDINARY


def _comes_too_early(answer: httpx.Response) -> bool:
    """Whether another message, which is on its way, must be accepted first."""
    return {each["code"] for each in answer.json()["violations"]} <= _TOO_EARLY
