"""What a request for a change wants of this agency: told where it is read; what it has ended already is removed."""

from typing import Any

from lienthong.common.errors import Words
from lienthong.sdk.answering import GIVES_BACK
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.output import Output
from lienthong.sdk.items import Letter
from lienthong.sdk.notices import TakeBackNotice
from lienthong.sdk.reading import InboxItem


async def settle(agency: Agency, item: InboxItem) -> dict[str, Any]:
    """For programs: whether an answer is awaited, and the folders whose content went; nothing for other items.

    Raises as `Agency.settle`.
    """
    if isinstance(item, TakeBackNotice) or (isinstance(item, Letter) and item.change in GIVES_BACK):
        settled = await agency.settle(item)
        return {"awaits_answer": settled.awaits, "removed": [str(place) for place in settled.removed or ()]}
    if isinstance(item, Letter) and item.change is not None:
        return {"awaits_answer": await _is_asked(agency, item), "removed": []}
    return {}


async def _is_asked(agency: Agency, letter: Letter) -> bool:
    """Whether a letter waits for its answer: one that found nothing to change is an ordinary document."""
    told = await agency.track(letter.message_id, letter.source.rpartition("/")[2])
    return any(each.is_asked_by(letter.message_id) for each in told.recipients)


def tell_what_to_do(item: InboxItem, settled: dict[str, Any], output: Output) -> None:
    """For people: how to answer, or that nothing is left to do."""
    if not settled:
        return
    for place in settled["removed"]:
        output.note(Words(f"  Đã xóa nội dung trong {place}; giữ lại thông tin mô tả.", f"  Removed from {place}."))
    if settled["awaits_answer"] is False:
        output.note(Words("  Đã có hiệu lực, không phải trả lời.", "  It is in effect; no answer is asked for."))
        return
    name = f"{item.lane}:{item.n}"
    output.note(
        Words(
            f'  Trả lời: lienthong agency agree {name}, hoặc: lienthong agency refuse {name} --reason "…"',
            f'  Answer it: lienthong agency agree {name}, or: lienthong agency refuse {name} --reason "…"',
        )
    )
