"""An agency's system is called instead of asking: set up by command, down for a while, nothing lost, nothing twice."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.journeys.endpoint import served, until_taken
from tests.integration.journeys.province import JUSTICE, opened, read_all, send

from lienthong.common.testing.daemon import plain_environment
from lienthong.sdk import Agency, InboxItem, Lane, Letter, WebhookRefused

pytestmark = pytest.mark.xdist_group("platform")


class Receiver:
    """An ASGI application that keeps what comes; it may be told to fail."""

    def __init__(self, agency: Agency) -> None:
        self.agency = agency
        self.kept: list[InboxItem] = []
        self.judge: Callable[[], int | None] = lambda: None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        await send({"type": "http.response.start", "status": await self._take(headers, body)})
        await send({"type": "http.response.body"})

    async def _take(self, headers: dict[str, str], body: bytes) -> int:
        try:
            pushed = await self.agency.webhooks.receive(headers, body)
        except WebhookRefused:
            return 400
        self.kept += pushed.items
        self.agency.webhooks.done(pushed)
        return self.judge() or 204


async def command(profile: Path, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """`lienthong agency webhook …` as typed: exit code, JSON lines, what people are told."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lienthong.sdk", "agency", "webhook", *arguments),
        *("--profile", str(profile), "--json", "--lang", "en"),
        env=plain_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, [json.loads(line) for line in out.decode().splitlines()], err.decode()


async def test_an_endpoint_that_was_down_and_answered_wrongly_has_everything_once(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        receiver = Receiver(recipient)
        async with served(receiver) as url:
            code, (told,), _ = await command(justice, "set", url, "--lane", "ordinary")
            assert (code, told["url"], told["circuit"]) == (0, url, "closed")
            sent = [(await send(sender, JUSTICE)).message_id]
            await until_taken(recipient)
        code, (told,), _ = await command(justice, "test")
        assert (code, told["cause"], told["lane"]) == (1, "connection_failed", "ordinary")
        sent += [(await send(sender, JUSTICE)).message_id for _ in range(5)]
        track = await _track_with_way(sender, sent[-1])
        assert (track.by, track.state) == ("webhook", "failing")
        answers = [500, None]
        receiver.judge = lambda: answers.pop(0) if answers else None
        async with served(receiver, int(url.split(":")[2].split("/")[0])):
            code, (told,), _ = await command(justice, "resume")
            assert (code, told["circuit"]) == (0, "closed")
            await until_taken(recipient)
        come = [item.message_id for item in receiver.kept if isinstance(item, Letter)]
        assert come == sent, "taken, answered 500, and not taken twice"
        _, tried, _ = await command(justice, "attempts", "--most", "100")
        assert {each["cause"] for each in tried} == {None, "connection_failed", "status"}
        await recipient.acknowledge(receiver.kept[-1])
        assert (await command(justice, "remove"))[0] == 0
        code, (told,), _ = await command(justice, "test")
        assert (code, told["error"]["code"]) == (1, "webhook_not_found")
        assert await read_all(recipient) == []


async def test_the_screen_speaks_vietnamese(justice: Path) -> None:
    async with opened(justice) as recipient:
        await recipient.webhooks.set(Lane.URGENT, "http://127.0.0.1:9/lienthong")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "lienthong.sdk", "agency", "webhook", "test", "--profile", str(justice)),
            env=plain_environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        await recipient.webhooks.remove(Lane.URGENT)
    assert "không kết nối được" in out.decode()
    assert process.returncode == 1


async def _track_with_way(sender: Agency, message_id: Any) -> Any:
    async with asyncio.timeout(20):
        while (way := (await sender.track(message_id)).recipients[0].way) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return way
