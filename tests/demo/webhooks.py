"""An agency's own endpoint is down and comes back: everything comes, in order, once."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.demo.stage import Stage
from tests.demo.words import time_of
from tests.integration.journeys.endpoint import served, until_taken

from lienthong.common.messages.document import Lane
from lienthong.sdk import Agency, InboxItem, WebhookRefused

SENDER, RECIPIENT = "inspectorate", "construction"
WHILE_UP, WHILE_DOWN = 3, 12
_PATIENCE_SECONDS = 30.0


@dataclass
class Receiver:
    """The agency's system: verifies what comes and keeps it."""

    agency: Agency
    kept: list[InboxItem] = field(default_factory=list[InboxItem])
    requests: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        await send({"type": "http.response.start", "status": await self._take(headers, body)})
        await send({"type": "http.response.body"})

    async def _take(self, headers: dict[str, str], body: bytes) -> int:
        self.requests += 1
        try:
            pushed = await self.agency.webhooks.receive(headers, body)
        except WebhookRefused:
            return 400
        self.kept += pushed.items
        self.agency.webhooks.done(pushed)
        return 204


async def show_webhooks(stage: Stage) -> None:
    """Set up, tested, down, seen as failing by the sender, back."""
    report, agency = stage.report, stage.clients[RECIPIENT]
    report.chapter("Webhook: điểm nhận hỏng rồi hồi phục", "A webhook's endpoint is down and comes back")
    await stage.read(RECIPIENT)
    receiver = Receiver(agency)
    async with served(receiver) as url:
        await agency.webhooks.set(Lane.ORDINARY, url)
        test = await agency.webhooks.test(Lane.ORDINARY)
        seen = f"HTTP {test.status}, {test.milliseconds} ms"
        report.show("Gửi thử yêu cầu đã ký", "A signed test", seen=seen, ok=test.outcome == "taken")
        await _send(stage, WHILE_UP)
        await until_taken(agency)
    await _show_way(stage, await _send(stage, WHILE_DOWN))
    requests = receiver.requests
    async with served(receiver, int(url.rpartition(":")[2].partition("/")[0])):
        await agency.webhooks.resume(Lane.ORDINARY)
        await until_taken(agency, seconds=_PATIENCE_SECONDS)
    numbers, expected = [item.n for item in receiver.kept], WHILE_UP + WHILE_DOWN
    in_order = numbers == list(range(numbers[0], numbers[0] + expected)) if numbers else False
    seen = f"{len(numbers)} văn bản / documents, {receiver.requests - requests} yêu cầu / requests"
    report.show("Điểm nhận trở lại: đủ, đúng thứ tự", "It is back: all of it, in order", seen=seen, ok=in_order)
    await agency.webhooks.remove(Lane.ORDINARY)


async def _show_way(stage: Stage, last: UUID) -> None:
    """The sender sees that the recipient's webhook fails, and when it is tried next."""
    sender = stage.clients[SENDER]
    deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while True:
        (line,) = (await sender.track(last)).recipients
        if line.way or asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.2)
    since = line.way.failing_since if line.way else None
    report = stage.report
    seen = f"{line.name}: webhook lỗi từ / failing since {time_of(since)}" if since else "?"
    report.show("Nơi gửi thấy khi theo dõi văn bản", "The sender sees it in the track", seen=seen, ok=since is not None)


async def _send(stage: Stage, number: int) -> UUID:
    """So many documents; gives the last one."""
    return [(await stage.send(SENDER, RECIPIENT)).message_id for _ in range(number)][-1]
