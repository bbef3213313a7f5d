"""Topics for tests: made, waited for, removed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

_TIMEOUT = 20.0


async def create_topic(
    bootstrap: str, name: str, *, partitions: int = 1, settings: Mapping[str, str] | None = None
) -> None:
    """Make a topic and wait until its partitions have leaders. Raises if it exists or the broker refuses."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=dict(settings or {}))])
        for topic, code, *why in cast("Any", answer).topic_errors:
            if code != 0:
                raise RuntimeError(f"topic {topic} was not made: error {code} {why}")
        await _wait_for_leaders(admin, name, partitions)
    finally:
        await admin.close()


async def delete_topics(bootstrap: str, names: Sequence[str]) -> None:
    """Remove topics; those that do not exist are passed over."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
    finally:
        await admin.close()


async def _wait_for_leaders(admin: AIOKafkaAdminClient, name: str, partitions: int) -> None:
    # The broker answers the creation before its own metadata shows the topic (about 100 ms).
    deadline = time.monotonic() + _TIMEOUT
    while True:
        for topic in await admin.describe_topics([name]):
            leaders = [part["leader"] for part in topic.get("partitions", ())]
            if len(leaders) == partitions and all(leader >= 0 for leader in leaders):
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"topic {name} has no leaders after {_TIMEOUT:.0f} s")
        await asyncio.sleep(0.02)
