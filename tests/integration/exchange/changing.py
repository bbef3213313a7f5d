"""How agencies ask for changes, answer them and report removals; and what they read of what was withheld from them."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from tests.integration.exchange.world import Agency, Entry, World, entry_of

from lienthong.common.ids import new_id, parse_id
from lienthong.common.messages.change import Answer, ChangeAnswer, ContentRemoval, TakeBack
from lienthong.common.messages.document import Business, BusinessType, Lane, Priority, Replacement, ResponseFor
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ContentRemoved,
    DocumentSent,
    Exchanged,
    TakeBackRequested,
    chain_next,
    chain_start,
)
from lienthong.common.messages.parts import Organization
from lienthong.common.signing import SignedBytes

AGREED, REFUSED = Answer.AGREED, Answer.REFUSED


@dataclass(frozen=True, slots=True)
class Withheld:
    """An entry that its reader may no longer read."""

    n: int
    sha256: str
    withheld: str
    request: dict[str, str]


def open_lines(world: World, answer: httpx.Response) -> tuple[list[Entry | Withheld], dict[str, Any]]:
    """Entries, withheld ones among them, and the head, its signature checked."""
    *lines, last = [json.loads(line) for line in answer.text.splitlines()]
    opened = [Withheld(**line) if "withheld" in line else entry_of(line) for line in lines]
    return opened, world.check(SignedBytes.from_line(last["head"]))


def hash_of(entry: Entry | Withheld) -> bytes:
    """The link that the entry makes, readable or not."""
    if isinstance(entry, Withheld):
        return bytes.fromhex(entry.sha256)
    return hashlib.sha256(entry.message.payload).digest()


async def read_whole(agency: Agency, lane: Lane = Lane.ORDINARY) -> list[Entry | Withheld]:
    """The whole inbox, withheld entries too; the chain is recomputed over all of them."""
    answer = await agency.ask_inbox(lane, limit=1000)
    assert answer.status_code == 200, answer.text
    entries, head = open_lines(agency.world, answer)
    chain = chain_start(agency.id, lane)
    for n, entry in enumerate(entries, start=1):
        assert entry.n == n
        chain = chain_next(chain, hash_of(entry), n)
    assert (head["n"], head["chain"]) == (len(entries), chain.hex())
    return entries


async def last_entry(agency: Agency, lane: Lane = Lane.ORDINARY) -> Entry:
    """The newest entry of an inbox, which can be read."""
    entry = (await read_whole(agency, lane))[-1]
    assert isinstance(entry, Entry)
    return entry


def take_back(sender: Agency, document: DocumentSent, to: Sequence[Agency], **changes: Any) -> TakeBackRequested:
    """What a sender says who wants a document back."""
    envelope: dict[str, Any] = {"time": sender.world.clock.now(), "subject": document.subject, "id": None}
    envelope |= {name: changes.pop(name) for name in envelope if name in changes}
    members: dict[str, Any] = {
        "sender": sender.organization,
        "to": [agency.organization for agency in to],
        "lane": document.data.lane,
        "message_id": document.id,
        "response_for": ResponseFor(document_id=document.data.document_id),
        "reason": "Gửi nhầm nơi nhận",
    }
    data = TakeBack(**(members | changes))
    return TakeBackRequested.new(source=sender.identity.source, data=data, **envelope)


def revoke(sender: Agency, document: DocumentSent, to: Sequence[Agency], **changes: Any) -> DocumentSent:
    """A letter that revokes a document."""
    members: dict[str, Any] = {
        "business": Business(type=BusinessType.REVOKE, reason="Ban hành trái thẩm quyền"),
        "response_for": (ResponseFor(subject=_subject(document), document_id=document.data.document_id),),
        "priority": _priority(document),
    }
    return sender.event(sender.document(to, **(members | changes)))


def update(sender: Agency, document: DocumentSent, to: Sequence[Agency], **changes: Any) -> DocumentSent:
    """A newer version of a document: the same number, the same subject."""
    business = Business(
        type=BusinessType.UPDATE, reason="Đính chính", document_id=document.data.document_id, document_info=True
    )
    kept = {"document_id": document.data.document_id, "code": document.data.code}
    members: dict[str, Any] = {"business": business, "priority": _priority(document), **kept}
    return sender.event(sender.document(to, **(members | changes)), subject=document.subject)


def replace(
    sender: Agency, documents: Sequence[DocumentSent], to: Sequence[Agency], *, for_: Sequence[Agency] | None = None
) -> DocumentSent:
    """Another document in the place of these, for some of its recipients or for all."""
    codes = tuple(agency.code for agency in (to if for_ is None else for_))
    replaced = tuple(
        Replacement(document_id=each.data.document_id, subject=_subject(each), organ_ids=codes) for each in documents
    )
    business = Business(type=BusinessType.REPLACE, reason="Ban hành văn bản mới", replacements=replaced)
    return sender.event(sender.document(to, business=business, priority=_priority(documents[0])))


def replace_one(sender: Agency, document: DocumentSent, to: Sequence[Agency]) -> DocumentSent:
    """Another document in the place of this one."""
    return replace(sender, [document], to)


ASK: dict[str, Callable[[Agency, DocumentSent, Sequence[Agency]], Exchanged]] = {
    "take_back": take_back,
    "revoke": revoke,
    "update": update,
    "replace": replace_one,
}
"""How each kind is asked."""


def answer_to(asked: Entry, agency: Agency, answer: Answer, **changes: Any) -> ChangeAnswered:
    """What this agency answers to the request in an entry."""
    told = asked.event
    envelope: dict[str, Any] = {"time": agency.world.clock.now(), "subject": told["subject"], "id": None}
    envelope |= {name: changes.pop(name) for name in envelope if name in changes}
    members: dict[str, Any] = {
        **_about(asked, agency),
        "status": answer,
        "description": "Đã chuyển xử lý" if answer is REFUSED else None,
    }
    data = ChangeAnswer(**(members | changes))
    return ChangeAnswered.new(source=agency.identity.source, data=data, **envelope)


def removal_after(asked: Entry, agency: Agency, **changes: Any) -> ContentRemoved:
    """What this agency reports when it has removed what it gave back."""
    told = asked.event
    envelope: dict[str, Any] = {"time": agency.world.clock.now(), "subject": told["subject"], "id": None}
    envelope |= {name: changes.pop(name) for name in envelope if name in changes}
    members: dict[str, Any] = {**_about(asked, agency), "note": "Đã xóa khỏi máy chủ"}
    data = ContentRemoval(**(members | changes))
    return ContentRemoved.new(source=agency.identity.source, data=data, **envelope)


async def post(agency: Agency, event: Any) -> httpx.Response:
    """Post what the agency says, sealed."""
    return await agency.post(agency.seal(event))


async def say(agency: Agency, *events: Any) -> None:
    """Post what must be accepted for the first time."""
    for event in events:
        answer = await post(agency, event)
        assert answer.status_code == 201, answer.text


async def answer(agency: Agency, answer_: Answer, **changes: Any) -> httpx.Response:
    """Answer the request in the agency's newest entry."""
    return await post(agency, answer_to(await last_entry(agency), agency, answer_, **changes))


def codes(answer_: httpx.Response) -> list[tuple[str, str | None, str]]:
    """What a refused message is told."""
    assert answer_.status_code == 422, answer_.text
    return [(each["code"], each.get("rule"), each["pointer"]) for each in answer_.json()["violations"]]


async def states(world: World, *messages: Any) -> list[str]:
    """The states of these documents at their recipients, in the order of the recipients' ids in each."""
    found: list[str] = []
    for message in messages:
        rows = await world.rows(
            "SELECT d.state FROM delivery AS d JOIN message AS m ON m.id = d.message"
            " WHERE m.message_id = $1 AND d.state IS NOT NULL ORDER BY d.recipient",
            message.id,
        )
        found += [row["state"] for row in rows]
    return found


async def sent(sender: Agency, *to: Agency, **changes: Any) -> DocumentSent:
    """A document that was accepted."""
    event = sender.event(sender.document(to, **changes))
    await say(sender, event)
    return event


async def acknowledged(recipient: Agency, lane: Lane = Lane.ORDINARY) -> Entry:
    """The recipient's newest entry, which it has read and acknowledged."""
    entry = await last_entry(recipient, lane)
    assert (await recipient.acknowledge(entry.n, lane)).status_code == 200
    return entry


def _about(asked: Entry, agency: Agency) -> dict[str, Any]:
    told = asked.event
    return {
        "sender": agency.organization,
        "to": (Organization.model_validate_json(json.dumps(told["data"]["from"])),),
        "lane": agency.world.check_receipt(asked).lane,
        "message_id": told["id"],
        "response_for": ResponseFor(),
    }


def _subject(document: DocumentSent) -> UUID:
    return parse_id(document.subject or str(new_id()))


def _priority(document: DocumentSent) -> Priority:
    return document.data.other.priority
