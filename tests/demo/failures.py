"""Services die as by a power cut: accounts, and the exchange goes on; the exchange, and nothing is lost or doubled."""

import asyncio
from dataclasses import dataclass

from tests.demo.stage import TRIO, Stage

from lienthong.sdk import Sent

STREAM = 30
"""Documents that each of the three agencies sends while the exchange is killed."""
KILLS = 2
KILL_AFTER = 25
"""The exchange is killed each time so many more documents were accepted."""
LEAD = 10
"""How far the streams run ahead of a kill; they would be through before the exchange is back and killed again."""


async def kill_accounts(stage: Stage) -> None:
    """Accounts is killed; documents are sent, read and verified all the same."""
    report = stage.report
    report.chapter("Dịch vụ accounts bị tắt đột ngột (kill -9)", "Accounts is killed (-9)")
    for role in TRIO:
        await stage.read(role)
    await asyncio.to_thread(stage.platform.kill, "accounts")
    for sender, to in (("finance", "justice"), ("justice", "office"), ("office", "finance")):
        await stage.send(sender, to)
    read = sum([await stage.read(role) for role in TRIO])
    gone = not stage.platform.services["accounts"].is_ready()
    seen = f"{read} văn bản đã gửi, đọc và kiểm tra / documents sent, read and verified"
    report.show("Trục vẫn tiếp nhận và giao", "The exchange goes on", seen=seen, ok=gone and read == 3)
    await asyncio.to_thread(stage.platform.restart, "accounts")
    ready = stage.platform.services["accounts"].is_ready()
    report.show("accounts chạy lại", "accounts is back", seen=f"ready={str(ready).lower()}", ok=ready)


async def kill_exchange(stage: Stage) -> None:
    """The exchange is killed in the middle of three streams; the clients send again what had no answer."""
    report = stage.report
    report.chapter("Trục exchange bị tắt đột ngột giữa luồng gửi", "The exchange is killed in a stream of sends")
    sent: list[Sent] = []
    pairs = (("finance", "justice"), ("justice", "finance"), ("office", "justice"))
    gate = _Gate(most=KILL_AFTER + LEAD)
    streams = [asyncio.create_task(_stream(stage, sender, to, sent, gate)) for sender, to in pairs]
    killed_after = [await _kill_after(turn * KILL_AFTER, stage, sent, gate) for turn in range(1, KILLS + 1)]
    gate.most = STREAM * len(pairs)
    await asyncio.gather(*streams)
    repeated = sum(each.repeated for each in sent)
    kills = ", ".join(map(str, killed_after))
    seen = f"{len(sent)} tiếp nhận / accepted; kill -9 sau / after {kills}; trả lời lặp / repeated {repeated}"
    report.show(
        "Gửi qua những lần trục bị tắt", "Sent across the kills", seen=seen, ok=len(sent) == STREAM * len(pairs)
    )
    ids = {each.message_id for each in sent}
    waiting = sum(len(stage.clients[role].pending()) for role in TRIO)
    report.show(
        "Không còn thông điệp chờ biên nhận", "No message waits for its receipt", seen=str(waiting),
        ok=waiting == 0 and len(ids) == len(sent),
    )  # fmt: skip


@dataclass
class _Gate:
    """How many documents may be accepted for now."""

    most: int


async def _stream(stage: Stage, sender: str, to: str, sent: list[Sent], gate: _Gate) -> None:
    for _ in range(STREAM):
        while len(sent) >= gate.most:  # noqa: ASYNC110 - as below
            await asyncio.sleep(0.002)
        receipt = await stage.send(sender, to)
        sent.append(receipt)


async def _kill_after(count: int, stage: Stage, sent: list[Sent], gate: _Gate) -> int:
    gate.most = count + LEAD
    while len(sent) < count:  # noqa: ASYNC110 - a kill should fall into the middle of a request, so look often
        await asyncio.sleep(0.002)
    accepted = len(sent)
    await asyncio.to_thread(stage.platform.kill, "exchange")
    await asyncio.to_thread(stage.platform.restart, "exchange")
    return accepted
