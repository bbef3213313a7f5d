"""How quickly a document is in its recipient's hands: on a quiet day, and an urgent one while thousands wait."""

import asyncio
import json
from pathlib import Path
from uuid import UUID

from tests.demo.following import Following, following
from tests.demo.stage import CODES, TRIO, Stage
from tests.integration.failures.latencies import Latencies

from lienthong.common.messages.document import Lane
from lienthong.sdk import Priority

QUIET_SECONDS, QUIET_PER_SECOND = 6, 8
"""Of each of three agencies."""
BULK, BULK_SENDERS = 700, ("education", "construction", "inspectorate")
RECIPIENT, URGENT_SENDER = "office", "finance"
URGENT = 5


async def show_quiet(stage: Stage) -> None:
    """A quiet hour: documents come one by one, their recipients read them at once."""
    stage.report.chapter("Ngày thường: gửi xong là có ở nơi nhận", "A quiet day: sent, and it is there")
    for role in TRIO:
        await stage.read(role)
    pairs = (("finance", "justice"), ("justice", "office"), ("office", "finance"))
    async with following(stage, TRIO) as readers:
        # The first of each fetches certificates and directory entries, as a system does once a day.
        for sender, to in pairs:
            await readers.send(sender, to)
        await readers.has(list(readers.begun))
        readers.begun.clear()
        await asyncio.gather(*(_evenly(readers, sender, to) for sender, to in pairs))
        await readers.has(list(readers.begun))
    told = stage.report.undisturbed = readers.latencies()
    stage.report.show(
        "Từ lúc gửi đến lúc nơi nhận đọc và kiểm tra xong", "From its submission until read and verified",
        seen=str(told), ok=len(told.seconds) == QUIET_SECONDS * QUIET_PER_SECOND * len(pairs),
    )  # fmt: skip


async def _evenly(readers: Following, sender: str, to: str) -> None:
    clock = asyncio.get_running_loop().time
    begun = clock()
    for place in range(QUIET_SECONDS * QUIET_PER_SECOND):
        await asyncio.sleep(max(0.0, begun + place / QUIET_PER_SECOND - clock()))
        await readers.send(sender, to)


async def show_lanes(stage: Stage) -> None:
    """Three agencies send thousands to one; express documents to it pass them, ordinary ones wait their turn."""
    report, total = stage.report, BULK * len(BULK_SENDERS)
    report.chapter(
        f"Văn bản hỏa tốc không phải chờ sau {total} văn bản thường",
        f"Express documents do not wait behind {total} ordinary ones",
    )
    await stage.read(RECIPIENT)
    bulk = [asyncio.create_task(_send_bulk(stage, role)) for role in BULK_SENDERS]
    while await _waiting(stage) < total // 2 and not all(each.done() for each in bulk):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.1)
    waiting, ordinary, urgent = await _waiting(stage), list[UUID](), list[UUID]()
    async with following(stage, (RECIPIENT,)) as readers:
        for _ in range(URGENT):
            ordinary.append((await readers.send(URGENT_SENDER, RECIPIENT)).message_id)
            urgent.append((await readers.send(URGENT_SENDER, RECIPIENT, priority=Priority.EXPRESS)).message_id)
            await readers.has(urgent)
        read = len(readers.came)
        sent = [message for each in bulk for message in await each]
        await readers.has([*sent, *ordinary])
    seen = f"{waiting} chờ trong hộp đến khi bắt đầu đọc / waiting when its recipient begins to read"
    report.show(f"Gửi theo lô {len(sent)} văn bản", "Sent in batches", seen=seen, ok=len(sent) == total)
    passed, waited = (Latencies([readers.seconds(each) for each in group]) for group in (urgent, ordinary))
    seen = f"{_span(passed)}; lúc đó nơi nhận mới đọc {read} mục / of all this {read} had been read then"
    report.show("Hỏa tốc", "Express", seen=seen, ok=max(passed.seconds) < min(waited.seconds))
    seen = f"{_span(waited)}: đến lượt mới được đọc / read in their turn"
    report.show("Văn bản thường gửi cùng lúc", "Ordinary ones sent at the same time", seen=seen, ok=read < total)


async def _send_bulk(stage: Stage, sender: str) -> list[UUID]:
    """By the command line, from a file with a line for each."""
    lines = [json.dumps({"symbol": (draft := stage.material.draft(sender)).symbol, "subject": draft.subject})
             for _ in range(BULK)]  # fmt: skip
    path: Path = stage.material.write(f"{sender}.jsonl", "\n".join(lines).encode())
    told = await stage.command(
        sender, "agency", "send", "--batch", str(path), "--to", CODES[RECIPIENT],
        "--signer", draft.signer, "--position", draft.position,
    )  # fmt: skip
    for line in told:
        stage.note_id(sender, (RECIPIENT,), Lane(line["lane"]), UUID(line["message_id"]))
    return [UUID(line["message_id"]) for line in told]


async def _waiting(stage: Stage) -> int:
    """Ordinary documents in the recipient's inbox that it has not acknowledged, as every sender may ask."""
    (told,) = (await stage.clients[URGENT_SENDER].capabilities([CODES[RECIPIENT]])).recipients
    return next((each.unacknowledged for each in told.inboxes if each.lane == Lane.ORDINARY), 0)


def _span(latencies: Latencies) -> str:
    return f"{min(latencies.seconds) * 1e3:.0f}–{max(latencies.seconds) * 1e3:.0f} ms"
