"""A seal is revoked in the middle of a flow: from then on it seals nothing, and what it has sealed stays good."""

import asyncio
from datetime import datetime

from tests.demo.following import Following, following
from tests.demo.refusals import error_of
from tests.demo.stage import CODES, Stage
from tests.demo.words import time_of

from lienthong.common.clock import SystemClock, from_text
from lienthong.common.errors import LienthongError
from lienthong.common.messages.document import Lane

SENDER, RECIPIENT = "interior", "education"
PER_SECOND = 20
BEFORE = 20
"""So many documents are accepted before the operator revokes the seal."""
REVOCATION_SECONDS = 2.0
"""Within this a revocation bites everywhere (docs/decisions/0009, docs/promises.md)."""


async def revoke_midway(stage: Stage) -> None:
    """The operator revokes while documents flow; the flow ends by itself, and its recipient verifies all of it anew."""
    report = stage.report
    report.chapter("Chứng thư bị thu hồi giữa luồng gửi", "A certificate is revoked in the middle of a flow")
    await stage.read(RECIPIENT)
    (active,) = await stage.operator("certificates", "list", "--agency", CODES[SENDER], "--state", "active")
    async with following(stage, (RECIPIENT,)) as reader:
        flow = asyncio.create_task(_flow(reader))
        while len(reader.begun) <= BEFORE and not flow.done():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        told = await stage.operator(
            "certificates", "revoke", active["fingerprint"], "--reason", "Lộ khóa bí mật (diễn tập)"
        )
        error, refused_at = await flow
        accepted = [each.message_id for each in stage.documents if each.message_id in reader.begun]
        await reader.has(accepted)
    expected = frozenset({"certificate.revoked"})
    report.refusal("Gửi tiếp sau khi thu hồi", "Sent on after the revocation", error, expected=expected)
    since = from_text(told["since"])
    seconds = (refused_at - since).total_seconds()
    report.show(
        f"Hiệu lực từ {time_of(since)}, cùng lúc ở mọi nơi", "In effect everywhere at once, from that time on",
        seen=f"từ chối đầu tiên sau / first refusal after {seconds:.2f} s", ok=0 <= seconds < REVOCATION_SECONDS,
    )  # fmt: skip
    numbers = [each.n for each in stage.arrivals if each.recipient == RECIPIENT and each.message_id in accepted]
    again = [await stage.clients[RECIPIENT].read_again(Lane.ORDINARY, n) for n in numbers]
    report.show(
        "Văn bản đã tiếp nhận trước đó vẫn hợp lệ, kiểm tra lại từ đầu",
        "What was accepted before stays good, verified anew",
        seen=f"{len(again)}/{len(accepted)} văn bản / documents",
        ok=BEFORE < len(accepted) == len(again),
    )


async def _flow(reader: Following) -> tuple[LienthongError, datetime]:
    """Send until the exchange takes no more; why not, and when."""
    async with asyncio.timeout(120):
        while (error := await error_of(reader.send(SENDER, RECIPIENT))) is None:  # noqa: ASYNC110 - the pace
            await asyncio.sleep(1 / PER_SECOND)
    return error, SystemClock().now()
