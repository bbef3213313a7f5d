"""`lienthong agency register`, `registrations` and `late-entries`."""

from pathlib import Path
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.common.messages.document import DocumentKind, Priority, Purpose
from lienthong.common.messages.registration import Channel
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.late import LateAtOption, LateByOption, LateReasonOption, read_late_entry
from lienthong.sdk.commands.letterhead import (
    KIND,
    PRIORITY,
    PURPOSE,
    DateOption,
    PlaceOption,
    PositionOption,
    SealedByOption,
    SignerOption,
    SubjectOption,
)
from lienthong.sdk.commands.options import (
    JsonOption,
    ProfileOption,
    existing_file,
    one_of,
    output_of,
    read_date,
    read_time,
    run_agency,
)
from lienthong.sdk.commands.output import Named, Output
from lienthong.sdk.commands.transfers import transfers
from lienthong.sdk.errors import BadInput
from lienthong.sdk.profile import Profile
from lienthong.sdk.registering import Incoming, LateEntryLine, RegisteredLine
from lienthong.sdk.sending import Sent

CHANNELS = {
    Channel.EMAIL: Words("Thư điện tử", "E-mail"),
    Channel.SOFTWARE: Words("Phần mềm khác", "Other software"),
    Channel.POST: Words("Bưu điện", "Post"),
    Channel.BY_HAND: Words("Trao tay", "By hand"),
    Channel.OTHER: Words("Cách khác", "Another way"),
}

ReceivedOption = Annotated[
    str | None, typer.Option(help="Nhận lúc: '09:30 22/11/2026' / when it came: '09:30 22/11/2026'")
]
ReferenceOption = Annotated[
    str | None,
    typer.Option(help="Message-ID, tên phần mềm, số bưu gửi / Message-ID, software, number of the postal item"),
]


def register(
    context: typer.Context,
    *,
    files: Annotated[list[Path] | None, typer.Argument(help="Tệp nhận được / the files that came")] = None,
    sender: Annotated[str | None, typer.Option("--from", help="Nơi gửi, như họ ghi / who sent it")] = None,
    channel: Annotated[str | None, typer.Option(help="email | software | post | by_hand | other")] = None,
    received: ReceivedOption = None,
    subject: SubjectOption = None,
    symbol: Annotated[str | None, typer.Option(help="Số, ký hiệu, nếu có / number and symbol")] = None,
    kind: Annotated[str, KIND] = "cong_van",
    purpose: Annotated[str, PURPOSE] = "information",
    priority: Annotated[str, PRIORITY] = "normal",
    day: DateOption = None,
    place: PlaceOption = None,
    signer: SignerOption = None,
    position: PositionOption = None,
    sender_code: Annotated[str | None, typer.Option(help="Mã định danh nơi gửi, nếu biết / its code")] = None,
    reference: ReferenceOption = None,
    sealed_by: SealedByOption = None,
    late_entry_at: LateAtOption = None,
    late_entry_by: LateByOption = None,
    late_entry_reason: LateReasonOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Đăng ký văn bản đến bằng thư điện tử, phần mềm khác, bưu điện, trao tay / Register what came another way."""
    output = output_of(context, json)
    paths = [existing_file(path) for path in files or []]

    def incoming(of: Profile) -> Incoming:
        clerk = sealed_by or of.clerk
        needed = {"--from": sender, "--channel": channel, "--received": received, "--subject": subject}
        _require({**needed, "--sealed-by": clerk})
        return Incoming(
            subject=subject or "",
            kind=one_of(DocumentKind, kind, "--kind"),
            purpose=one_of(Purpose, purpose, "--purpose"),
            channel=one_of(Channel, channel or "", "--channel"),
            received_at=read_time(received or "", "--received"),
            sender_name=sender or "",
            sealed_by=clerk or "",
            sender_code=sender_code,
            reference=reference,
            symbol=symbol,
            place=place or of.place,
            promulgated=read_date(day, "--date") if day else None,
            signer=signer,
            position=position,
            priority=one_of(Priority, priority, "--priority"),
            late_entry=read_late_entry(late_entry_at, late_entry_by, late_entry_reason, of),
        )

    async def work(agency: Agency) -> None:
        told = incoming(agency.profile)
        with transfers(output) as bars:
            uploads = [await agency.upload(path, progress=bars.add(path.name, path.stat().st_size)) for path in paths]
        _show(await agency.register(told, files=uploads), told, output)

    run_agency(profile, output, work)


def registrations(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Một trăm văn bản đăng ký gần nhất / The hundred documents registered last."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        title = Words("Văn bản đăng ký", "Registered documents")
        output.listing(title, _REGISTERED, await agency.registrations(), _registered, whole=(0, 1))

    run_agency(profile, output, work)


def late_entries(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Một trăm lần nhập bù gần nhất / The hundred late entries made last."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        title = Words("Nhập bù", "Late entries")
        output.listing(title, _ENTERED, await agency.late_entries(), _entered, whole=(0, 1))

    run_agency(profile, output, work)


_REGISTERED = (
    Words("Đăng ký lúc", "Registered"),
    Words("Nhận lúc", "Received"),
    Words("Bằng", "By"),
    Words("Nơi gửi", "From"),
    Words("Số, ký hiệu", "Symbol"),
    Words("Trích yếu", "Subject"),
)
_ENTERED = (
    Words("Xảy ra lúc", "Happened"),
    Words("Nhập lúc", "Entered"),
    Words("Người nhập", "By"),
    Words("Lý do", "Why"),
    Words("Sự cố", "Outage"),
)


def _registered(each: RegisteredLine, output: Output) -> list[str]:
    return [
        output.time(each.registered_at),
        output.time(each.received_at),
        output.text(_channel(each.channel)),
        each.sender_name,
        each.symbol or "",
        each.title,
    ]


def _entered(each: LateEntryLine, output: Output) -> list[str]:
    return [
        output.time(each.occurred_at),
        output.time(each.entered_at),
        each.by,
        each.reason,
        str(each.outage) if each.outage else output.text(Words("không ghi nhận", "none known")),
    ]


def _require(needed: dict[str, str | None]) -> None:
    missing = ", ".join(option for option, value in needed.items() if not value)
    if missing:
        raise BadInput(Words(f"Còn thiếu: {missing}", f"Missing: {missing}"))


def _show(sent: Sent, incoming: Incoming, output: Output) -> None:
    output.facts(
        Words("Đã đăng ký văn bản đến", "The document is registered"),
        {
            "message_id": (Words("Mã thông điệp", "Message"), str(sent.message_id)),
            "subject": (Words("Mã văn bản", "Document"), str(sent.receipt.subject)),
            "channel": (Words("Bằng", "By"), Named(incoming.channel.value, CHANNELS[incoming.channel])),
            "from": (Words("Nơi gửi", "From"), incoming.sender_name),
            "received_at": (Words("Nhận lúc", "Received"), output.time(incoming.received_at)),
            "accepted_at": (Words("Đăng ký lúc", "Registered"), output.time(sent.receipt.accepted_at)),
            "repeated": (Words("Đã đăng ký từ trước", "Had been registered before"), sent.repeated),
        },
        sent.warnings,
    )


def _channel(channel: str) -> Words:
    return CHANNELS[Channel(channel)] if channel in list(Channel) else Words(channel, channel)
