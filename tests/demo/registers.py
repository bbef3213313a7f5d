"""Beside the way: a check before sending, a group of recipients, a registration, a late entry, the figures."""

from datetime import timedelta

from tests.demo.stage import CODES, Stage
from tests.demo.words import time_of

from lienthong.common.clock import SystemClock, local_day
from lienthong.common.messages.document import Lane
from lienthong.sdk import Channel, DocumentKind, Incoming, LateEntry, Purpose

GROUP = "Các cơ quan tham mưu"
MEMBERS = ("justice", "office")
ARRIVES = {"yes": "có / yes", "late": "muộn / late", "no": "không / no"}


async def show_registers(stage: Stage) -> None:
    """What agencies do beside sending and receiving, and what is counted of it."""
    stage.report.chapter("Kiểm tra trước, nhóm, đăng ký, nhập bù, số liệu", "Pre-flight, groups, N7, N4, figures")
    await _check(stage)
    await _send_to_group(stage)
    await _register(stage)
    await _enter_late(stage)
    await _count(stage)


async def _check(stage: Stage) -> None:
    told = await stage.clients["finance"].capabilities([CODES[role] for role in MEMBERS])
    shown = "; ".join(f"{each.name}: {ARRIVES[each.arrives]}" for each in told.recipients)
    good = all(each.arrives == "yes" and each.seal.good for each in told.recipients)
    stage.report.show("Hỏi trước: gửi có đến không", "Will it arrive?", seen=shown, ok=good)


async def _send_to_group(stage: Stage) -> None:
    agency = stage.clients["finance"]
    await stage.command("finance", "agency", "groups", "set", GROUP, *(CODES[role] for role in MEMBERS))
    group = await agency.group(GROUP)
    sent = await agency.send(await agency.compose(stage.material.draft("finance"), to=group.to))
    stage.note("finance", MEMBERS, sent)
    for role in MEMBERS:
        await stage.read_lane(role, Lane.ORDINARY)
    arrived = {each.recipient for each in stage.arrivals if each.message_id == sent.message_id}
    names = ", ".join(each.name for each in group.recipients)
    stage.report.show(f"Gửi nhóm “{GROUP}”", "Sent to a group", seen=names, ok=arrived == set(MEMBERS))


async def _register(stage: Stage) -> None:
    came = Incoming(
        subject="V/v lịch ngừng cung cấp điện tháng 12",
        kind=DocumentKind.CONG_VAN,
        purpose=Purpose.INFORMATION,
        channel=Channel.EMAIL,
        received_at=SystemClock().now() - timedelta(hours=1),
        sender_name="Công ty Điện lực Tây Ninh",
        sealed_by="Trần Thị Hòa",
        symbol="845/PCTN-KD",
        reference="<20261122.1@pctn.example>",
    )
    agency = stage.clients["finance"]
    sent = await agency.register(came)
    listed = [each for each in await agency.registrations(limit=1) if each.message_id == sent.message_id]
    seen = f"{came.sender_name}, {came.symbol}: biên nhận lúc / receipted at {time_of(sent.receipt.accepted_at)}"
    stage.report.show("Đăng ký văn bản đến qua thư điện tử (N7)", "Registered: e-mail", seen=seen, ok=bool(listed))


async def _enter_late(stage: Stage) -> None:
    """The clerk stamped it on paper while the line was cut, and enters it now."""
    agency = stage.clients["office"]
    happened = SystemClock().now() - timedelta(minutes=50)
    late = LateEntry(occurred_at=happened, by="Võ Thị Sáu", reason="Đứt cáp quang")
    document = await agency.compose(stage.material.draft("office"), to=[CODES["justice"]])
    sent = await agency.send(document.model_copy(update={"late_entry": late}))
    stage.note("office", ("justice",), sent)
    await stage.read_lane("justice", Lane.ORDINARY)
    (kept,) = await agency.late_entries(limit=1)
    warned = "outage_unknown" in [each.code for each in sent.warnings]
    track = await agency.track(sent.message_id)
    true_time = kept.occurred_at == happened and track.late_entry is not None
    linked = kept.outage is not None or warned
    seen = f"{late.reason}: xảy ra / happened {time_of(kept.occurred_at)}, nhập / entered {time_of(kept.entered_at)}"
    stage.report.show("Nhập bù giữ thời điểm thật (N4)", "A late entry", seen=seen, ok=true_time and linked)


async def _count(stage: Stage) -> None:
    today = local_day(SystemClock().now())
    report = await stage.clients["finance"].figures(today, today)
    sent = sum(each.sender == "finance" for each in stage.documents)
    figures = report.total
    names = ("sent_documents", "received_documents", "registrations")
    seen = "gửi, nhận, đăng ký / sent, got, registered: " + ", ".join(str(figures[name]) for name in names)
    # A platform that was reused has sent documents before, today.
    counted = figures["sent_documents"] or 0
    stage.report.show("Số liệu trong ngày (N10)", "The day's figures", seen=seen, ok=counted >= sent)
