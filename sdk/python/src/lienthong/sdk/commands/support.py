"""`lienthong agency hotline`, `outages`, `contact`: when something goes wrong."""

from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.options import JsonOption, ProfileOption, one_of, output_of, run_agency
from lienthong.sdk.commands.output import Output
from lienthong.sdk.support import HotlineEntry, HotlineKind, Outage

hotline = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Phản ánh tới đơn vị vận hành / tell the platform's operators"
)

_WORDS = {
    "incident": Words("sự cố", "incident"),
    "suggestion": Words("góp ý", "suggestion"),
    "question": Words("câu hỏi", "question"),
    "open": Words("chưa trả lời", "open"),
    "answered": Words("đã trả lời", "answered"),
    "closed": Words("đã đóng", "closed"),
    "detected": Words("hệ thống phát hiện", "detected"),
    "declared": Words("đơn vị vận hành ghi", "declared"),
}


@hotline.command()
def report(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Nội dung / what you have to say")],
    *,
    contact: Annotated[str, typer.Option(help="Ai nhận trả lời: tên, điện thoại, e-mail / whom to answer")],
    kind: Annotated[str, typer.Option(help="incident | suggestion | question")] = "incident",
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Gửi phản ánh / Tell operators something."""
    output, chosen = output_of(context, json), one_of(HotlineKind, kind, "--kind")

    async def work(agency: Agency) -> None:
        entry = await agency.support.report(chosen, text, contact=contact)
        if output.json:
            output.line(entry.model_dump(mode="json"))
            return
        output.facts(
            Words("Đã gửi tới đơn vị vận hành", "Told the operators"),
            {
                "number": (Words("Số phản ánh", "Number"), str(entry.number)),
                "reported_at": (Words("Gửi lúc", "Reported"), output.time(entry.reported_at)),
            },
        )

    run_agency(profile, output, work)


@hotline.command("list")
def list_entries(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Phản ánh của cơ quan và câu trả lời / The agency's entries and their answers."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        columns = [
            Words("Số", "No."),
            Words("Loại", "Kind"),
            Words("Gửi lúc", "Reported"),
            Words("Nội dung", "Text"),
            Words("Trạng thái", "State"),
            Words("Trả lời", "Answer"),
        ]
        output.listing(Words("Phản ánh", "Hotline"), columns, await agency.support.reports(), _row)

    run_agency(profile, output, work)


def outages(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Khi nào không liên thông được / When documents could not be exchanged."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        columns = [
            Words("Số", "No."),
            Words("Từ", "From"),
            Words("Đến", "To"),
            Words("Nguồn", "Origin"),
            Words("Nguyên nhân", "Cause"),
        ]
        output.listing(Words("Sổ sự cố", "Outages"), columns, await agency.support.outages(), _outage)

    run_agency(profile, output, work)


def contact(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="Mã hoặc id cơ quan / code or id of the agency")],
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Đầu mối liên hệ của một cơ quan khi có sự cố / Whom to call at an agency about an incident."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        officer = await agency.support.contact(code)
        if output.json:
            output.line({"contact_officer": None if officer is None else officer.model_dump(mode="json")})
            return
        if officer is None:
            output.note(Words("Cơ quan chưa cử đầu mối liên hệ.", "The agency has named nobody."))
            return
        named = {
            "full_name": (Words("Họ tên", "Name"), officer.full_name),
            "position": (Words("Chức vụ", "Position"), officer.position),
            "telephone": (Words("Điện thoại", "Telephone"), officer.telephone),
            "email": (Words("E-mail", "E-mail"), officer.email),
        }
        output.facts(
            Words("Đầu mối liên hệ", "Contact officer"),
            {name: (label, told) for name, (label, told) in named.items() if told is not None},
        )

    run_agency(profile, output, work)


def _row(entry: HotlineEntry, output: Output) -> list[str]:
    return [
        str(entry.number),
        _word(entry.kind, output),
        output.time(entry.reported_at),
        entry.text,
        _word(entry.state, output),
        "\n".join(each.text for each in entry.answers),
    ]


def _outage(each: Outage, output: Output) -> list[str]:
    return [
        str(each.number),
        output.time(each.began_at),
        output.text(Words("đang diễn ra", "goes on")) if each.ended_at is None else output.time(each.ended_at),
        _word(each.origin, output),
        each.cause or "",
    ]


def _word(value: str, output: Output) -> str:
    words = _WORDS.get(value)
    return value if words is None else output.text(words)
