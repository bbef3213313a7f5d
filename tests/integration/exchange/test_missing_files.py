"""After a loss of the object store: what is missing is named, and comes back by uploading it again."""

import asyncio
import json
import subprocess
import sys
from typing import Any

from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import attachment, fresh_pdf

from lienthong.common.testing.daemon import plain_environment


def missing(province: Province, *options: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "lienthong.sdk", "ops", "--service", "exchange", "files", "missing", *options]
    environment = {**plain_environment(), **province.environment("lost", 0)}
    done = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == (1 if found else 0), done.stderr
    return found


async def test_lost_and_changed_files_are_named_and_come_back_by_another_upload(
    province: Province, exchange: Running
) -> None:
    running = await asyncio.to_thread(province.start("lost").wait_ready)
    async with province.world(running.url, "lost") as world:
        sender, recipient = await world.agencies(2)
        content, other = fresh_pdf(), fresh_pdf()
        told, kept = (await sender.upload(content)).json(), (await sender.upload(other)).json()
        await sender.send(recipient, attachments=[attachment(told)])
        await sender.send(recipient, attachments=[attachment(kept)])
        assert await asyncio.to_thread(missing, province) == []

        folder = province.folder / "lost" / "objects"
        (lost,) = [path for path in folder.rglob("*") if path.name == told["sha256"]]
        lost.unlink()
        (found,) = await asyncio.to_thread(missing, province)
        assert (found["sha256"], found["messages"], found["uploaders"]) == (told["sha256"], 1, [str(sender.id)])
        assert (await recipient.download(told["sha256"])).status_code != 200

        assert (await sender.upload(content)).status_code in (200, 201)
        assert await asyncio.to_thread(missing, province) == []
        assert (await recipient.download(told["sha256"])).content == content

        (changed,) = [path for path in folder.rglob("*") if path.name == kept["sha256"]]
        changed.chmod(0o600)
        changed.write_bytes(bytes(len(other)))
        assert await asyncio.to_thread(missing, province) == [], "sizes alone say nothing of it"
        (found,) = await asyncio.to_thread(missing, province, "--read-all")
        assert found["sha256"] == kept["sha256"]
    await asyncio.to_thread(running.child.terminate)
