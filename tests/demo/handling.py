"""Recipients handle what they received and say so: statuses 01 to 06 travel back, signed, and the track shows them."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from tests.demo import words
from tests.demo.refusals import error_of
from tests.demo.stage import EXCHANGERS, Accepted, Stage

from lienthong.common.messages.document import Lane
from lienthong.common.messages.status import StatusCode
from lienthong.sdk import Letter

WAY = (StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.ASSIGNED, StatusCode.PROCESSING, StatusCode.DONE)
REASON = "Gửi nhầm: lĩnh vực này thuộc Sở Nội vụ"


@dataclass(frozen=True, slots=True)
class Handled:
    """A document at one of its recipients."""

    role: str
    letter: Letter


async def handle_documents(stage: Stage) -> None:
    """Every document goes through all statuses at every recipient, but for one that is sent back."""
    report = stage.report
    report.chapter("Xử lý và báo trạng thái 01–06", "Handling, and statuses 01 to 06")
    first, *desks = await asyncio.gather(*(_received(stage, role) for role in EXCHANGERS))
    sent_back, late, *others = first
    await _send_back(stage, sent_back)
    await _report_late(stage, late)
    # Agencies work side by side; each says one thing after another.
    await asyncio.gather(*(_finish(stage, desk) for desk in (others, *desks)))
    handled = [*first, *(each for desk in desks for each in desk)]
    said = Counter(stage.said)
    report.show("Đã báo", "Reported", seen=words.statuses(said), ok=said[StatusCode.DONE] == len(handled) - 1)
    await _refused_statuses(stage, others[0])
    await _look_at_tracks(stage, sent_back)


async def _finish(stage: Stage, handled: list[Handled]) -> None:
    for each in handled:
        for status in WAY:
            await _say(stage, each, status)


async def _received(stage: Stage, role: str) -> list[Handled]:
    """What the role received, read again from the exchange and verified anew."""
    agency = stage.clients[role]
    places = [(each.lane, each.n) for each in stage.arrivals if each.recipient == role]
    items = [await agency.read_again(lane, n) for lane, n in places]
    return [Handled(role, item) for item in items if isinstance(item, Letter)]


async def _say(stage: Stage, handled: Handled, status: StatusCode, description: str | None = None) -> None:
    sent = await stage.clients[handled.role].report(handled.letter, status, description=description)
    stage.note_status(handled.role, handled.letter.sender.code, status, sent)


async def _send_back(stage: Stage, handled: Handled) -> None:
    await _say(stage, handled, StatusCode.ARRIVED)
    await _say(stage, handled, StatusCode.REFUSED, description=REASON)
    seen = f"{handled.letter.symbol}: {REASON}"
    stage.report.show(
        "Từ chối tiếp nhận (02) kèm lý do", "Refused by its recipient (02), with the reason", seen=seen, ok=True
    )


async def _report_late(stage: Stage, handled: Handled) -> None:
    """The specialist's 05 reaches the exchange after the clerk's 06: it is kept, in its place, as late."""
    agency, letter = stage.clients[handled.role], handled.letter
    await _say(stage, handled, StatusCode.ARRIVED)
    await _say(stage, handled, StatusCode.RECEIVED)
    await _say(stage, handled, StatusCode.ASSIGNED)
    await _say(stage, handled, StatusCode.DONE)
    track = await agency.track(letter.message_id, letter.sender.code)
    (own,) = track.recipients
    between = own.statuses[-1].said_at - timedelta(milliseconds=1)
    sent = await agency.report(letter, StatusCode.PROCESSING, happened_at=between)
    stage.note_status(handled.role, letter.sender.code, StatusCode.PROCESSING, sent)
    (own,) = (await agency.track(letter.message_id, letter.sender.code)).recipients
    shown = " → ".join(f"{each.status}{' (muộn/late)' if each.late else ''}" for each in own.statuses)
    stage.report.show("Trạng thái đến muộn", "A late status", seen=shown, ok=_is_late(own.statuses[-2].late, own.state))


def _is_late(late: bool, state: str) -> bool:
    return late and state == "done"


async def _refused_statuses(stage: Stage, handled: Handled) -> None:
    """What fits nowhere is refused by name; what is not one's own does not exist."""
    agency, letter, report = stage.clients[handled.role], handled.letter, stage.report
    error = await error_of(agency.report(letter, StatusCode.PROCESSING, description="sau khi đã xong"))
    report.refusal("05 sau 06", "05 after 06", error, expected=frozenset({"already_done"}))
    stranger = stage.clients["interior"]  # it was sent none of these documents
    error = await error_of(stranger.report(letter, StatusCode.RECEIVED))
    expected = frozenset({"delivery_unknown"})
    report.refusal(
        "Báo trạng thái văn bản không gửi cho mình", "A status of another's document", error, expected=expected
    )
    error = await error_of(stranger.track(letter.message_id, letter.sender.code))
    expected = frozenset({"document_not_found"})
    report.refusal("Theo dõi văn bản của cơ quan khác", "The track of another's document", error, expected=expected)


async def _look_at_tracks(stage: Stage, sent_back: Handled) -> None:
    report, states = stage.report, Counter[str]()
    documents = stage.documents
    acknowledged = 0
    for each in documents:
        track = await stage.clients[each.sender].track(each.message_id)
        states.update(recipient.state for recipient in track.recipients)
        acknowledged += sum(recipient.acknowledged_at is not None for recipient in track.recipients)
    deliveries = sum(len(each.to) for each in documents)
    seen = f"{len(documents)} văn bản / documents; {words.states(states)}"
    all_done = states == Counter({"done": deliveries - 1, "refused": 1}) and acknowledged == deliveries
    report.show("Theo dõi văn bản ở nơi gửi", "Tracks at the senders", seen=seen, ok=all_done)
    received = sum([await _count_notices(stage, role) for role in EXCHANGERS])
    report.show(
        "Trạng thái đã về nơi gửi, chữ ký hợp lệ", "Statuses back at the senders, verified",
        seen=str(received), ok=received == len(stage.said),
    )  # fmt: skip
    await _show_by_command(stage, sent_back, documents)


async def _count_notices(stage: Stage, role: str) -> int:
    return sum([await stage.read_lane(role, lane) for lane in Lane])


async def _show_by_command(stage: Stage, sent_back: Handled, documents: list[Accepted]) -> None:
    message_id = sent_back.letter.message_id
    sender = next(each.sender for each in documents if each.message_id == message_id)
    (told,) = await stage.command(sender, "agency", "track", str(message_id))
    reasons = [status["description"] for each in told["recipients"] for status in each["statuses"]]
    stage.report.show(
        "Nơi gửi thấy lý do bằng lệnh lienthong agency track",
        "Its sender sees the reason by that command",
        seen=sent_back.letter.symbol,
        ok=REASON in reasons,
    )
