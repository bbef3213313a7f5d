"""`lienthong agency`: everything one agency's system does at the platform."""

import asyncio
from pathlib import Path
from typing import Annotated

import httpx
import typer

from lienthong.common.clock import SystemClock
from lienthong.common.errors import Words
from lienthong.common.signing.certificate import load_chain
from lienthong.sdk.client import Agency
from lienthong.sdk.commands import reconcile, webhook
from lienthong.sdk.commands.answers import agree, refuse, removed
from lienthong.sdk.commands.changes import replace, revoke, take_back, update
from lienthong.sdk.commands.check import check
from lienthong.sdk.commands.figures import figures
from lienthong.sdk.commands.groups import groups
from lienthong.sdk.commands.inbox import inbox, pass_over
from lienthong.sdk.commands.options import JsonOption, ProfileOption, existing_file, output_of, run_agency
from lienthong.sdk.commands.output import Named, Output
from lienthong.sdk.commands.overdue import overdue
from lienthong.sdk.commands.receive import receive
from lienthong.sdk.commands.register import late_entries, register, registrations
from lienthong.sdk.commands.send import resume, send
from lienthong.sdk.commands.status import status
from lienthong.sdk.commands.support import contact, hotline, outages
from lienthong.sdk.commands.topic import topic
from lienthong.sdk.commands.track import track
from lienthong.sdk.enrolment import Wish, enrol
from lienthong.sdk.errors import BadInput
from lienthong.sdk.profile import SEAL_CERTIFICATE, Environment, Profile, profile_folder
from lienthong.sdk.transport import Patience, Transport

_ENVIRONMENTS: dict[Environment, Words] = {
    "training": Words("Đào tạo", "training"),
    "production": Words("Chính thức", "production"),
}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Hệ thống của một cơ quan: đăng ký, gửi, nhận / An agency's system: enrol, send, receive",
)
app.command()(send)
app.command()(inbox)
app.command()(receive)
app.command()(status)
app.command()(track)
app.command()(overdue)
app.command("take-back")(take_back)
app.command()(revoke)
app.command()(update)
app.command()(replace)
app.command()(agree)
app.command()(refuse)
app.command()(removed)
app.command()(resume)
app.command("pass")(pass_over)
app.add_typer(webhook.app, name="webhook")
app.command()(check)
app.command()(register)
app.command()(registrations)
app.command("late-entries")(late_entries)
app.command()(figures)
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(groups, name="groups")
app.add_typer(topic, name="topic")
app.add_typer(hotline, name="hotline")
app.command()(outages)
app.command()(contact)


@app.command()
def init(
    context: typer.Context,
    *,
    agency: Annotated[str, typer.Option(help="Mã định danh hoặc id của cơ quan / the agency's code or id")],
    accounts: Annotated[
        str, typer.Option(envvar="LIENTHONG_ACCOUNTS_URL", help="Địa chỉ accounts / address of accounts")
    ],
    exchange: Annotated[
        str, typer.Option(envvar="LIENTHONG_EXCHANGE_URL", help="Địa chỉ exchange / address of exchange")
    ],
    anchors: Annotated[Path, typer.Option(help="Chứng thư CA gốc tin cậy (PEM) / trusted roots")],
    enrolment_code: Annotated[
        str | None,
        typer.Option(
            envvar="LIENTHONG_ENROLMENT_CODE",
            help="Mã đăng ký, dùng một lần; không nêu thì được hỏi / one-time code; asked for if not given",
        ),
    ] = None,
    profile: ProfileOption = None,
    environment: Annotated[str, typer.Option(help="training | production")] = "training",
    client_name: Annotated[str, typer.Option(help="Tên hệ thống kết nối / name of this system")] = "lienthong SDK",
    clerk: Annotated[str | None, typer.Option(help="Văn thư đóng dấu / who uses the seal")] = None,
    place: Annotated[str | None, typer.Option(help="Địa danh ban hành / place of issue")] = None,
    seal: Annotated[
        str | None, typer.Option(help="URI của khóa con dấu do CA khác cấp / key URI of a seal from another authority")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Đăng ký cơ quan và hệ thống này; chạy lại để tiếp tục / Enrol the agency and this system; run again to go on."""
    output = output_of(context, json)
    if environment not in ("training", "production"):
        raise BadInput(Words("--environment là training hoặc production", "--environment is training or production"))
    folder = profile_folder(profile)
    wish = Wish(
        accounts=accounts,
        exchange=exchange,
        environment="production" if environment == "production" else "training",
        anchors=existing_file(anchors).read_bytes(),
        agency=agency,
        code=enrolment_code or _ask_code(folder, output),
        client_name=client_name,
        clerk=clerk,
        place=place,
        seal=seal,
    )
    _show(asyncio.run(_enrol(folder, wish, output)), output)


def _ask_code(folder: Path, output: Output) -> str:
    # A seal that has its certificate needs no code: the command is run again to correct something else.
    if (folder / SEAL_CERTIFICATE).exists():
        return ""
    asked: str = typer.prompt(output.text(Words("Mã đăng ký", "Enrolment code")), err=True)
    return asked


async def _enrol(folder: Path, wish: Wish, output: Output) -> Profile:
    async with httpx.AsyncClient() as client:
        return await enrol(folder, wish, Transport(client, Patience(), output.language), SystemClock())


@app.command()
def whoami(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Cơ quan, con dấu, kết nối; thử đăng nhập / The agency, its seal and its connection; logs in to try."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        await agency.whoami()
        _show(agency.profile, output)

    run_agency(profile, output, work)


@app.command()
def renew(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Gia hạn con dấu trước khi hết hạn; chạy lại để tiếp tục / Renew the seal before it ends; run again to go on."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        renewal = await agency.renew_seal()
        output.facts(
            Words("Con dấu đã được gia hạn", "The seal is renewed"),
            {
                "seal": (Words("Con dấu mới", "New seal"), renewal.seal.fingerprint),
                "not_after": (Words("Có giá trị đến", "Valid until"), output.time(renewal.seal.not_after)),
                "before_ends": (
                    Words("Con dấu cũ còn dùng đến", "The old one is good until"),
                    output.time(renewal.before_ends) if renewal.before_ends else "",
                ),
            },
        )

    run_agency(profile, output, work)


def _show(profile: Profile, output: Output) -> None:
    seal = load_chain(profile.seal_certificate.read_bytes())[0] if profile.seal_certificate.exists() else None
    output.facts(
        Words("Hồ sơ kết nối", "Profile"),
        {
            "name": (Words("Cơ quan", "Agency"), profile.name),
            "code": (Words("Mã định danh", "Code"), profile.code),
            "agency_id": (Words("Id cơ quan", "Agency id"), str(profile.agency_id)),
            "client_id": (Words("Id hệ thống", "Client id"), str(profile.client_id)),
            "environment": (
                Words("Môi trường", "Environment"),
                Named(profile.environment, _ENVIRONMENTS[profile.environment]),
            ),
            "seal": (Words("Con dấu điện tử", "Seal"), seal.fingerprint if seal else profile.seal or ""),
            "not_after": (Words("Có giá trị đến", "Valid until"), output.time(seal.not_after) if seal else ""),
            "accounts": (Words("Dịch vụ tài khoản", "Accounts"), profile.accounts),
            "exchange": (Words("Trục liên thông", "Exchange"), profile.exchange),
            "folder": (Words("Thư mục", "Folder"), str(profile.folder)),
        },
    )
