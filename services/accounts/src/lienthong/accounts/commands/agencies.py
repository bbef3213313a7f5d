"""`lienthong agencies`: the register of agencies."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from lienthong.accounts.commands.operator import (
    AgencyArgument,
    JsonOption,
    Screen,
    act,
    agency_named,
    operator,
    screen_of,
)
from lienthong.accounts.domain.errors import AgencyNotRegistered
from lienthong.accounts.domain.import_changes import Change, Plan
from lienthong.accounts.domain.import_file import Finding
from lienthong.accounts.store import agencies
from lienthong.accounts.store.agencies import Search
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.import_agencies import import_agencies, preview_import
from lienthong.accounts.usecases.issue_enrolment_code import issue_enrolment_code
from lienthong.accounts.usecases.name_contact_officer import name_contact_officer
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import Agency, AgencyCode, AgencyLife, AgencyName, ContactOfficer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Danh bạ cơ quan / register of agencies (accounts host)"
)

_COLUMNS = (Words("Mã", "Code"), Words("Tên", "Name"), Words("Cấp", "Level"), Words("Trạng thái", "State"))


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Tệp JSON; bỏ trống: dữ liệu mẫu / JSON file; unset: sample data")
    ] = None,
    preview: Annotated[bool, typer.Option(help="Chỉ xem trước / show only, change nothing")] = False,
    json: JsonOption = False,
) -> None:
    """Nhập danh bạ: thêm, sửa, kết thúc; nhập lại không đổi gì / add, change and end agencies; idempotent."""
    screen = screen_of(context, json)
    sample = files("lienthong.accounts").joinpath("sample_data", "agencies.json")
    data = sample.read_bytes() if file is None else file.read_bytes()
    plan = act(lambda parts: preview_import(parts, data) if preview else _import(parts, data))
    _show_plan(screen, plan, preview=preview)
    if plan.errors:
        raise typer.Exit(1)


@app.command("list")
def list_(
    context: typer.Context,
    words: Annotated[str | None, typer.Argument(help="Tên hoặc mã, không cần dấu / words of name or code")] = None,
    state: Annotated[AgencyLife | None, typer.Option(help="Trạng thái / state")] = None,
    json: JsonOption = False,
) -> None:
    """Liệt kê cơ quan / list agencies."""
    screen = screen_of(context, json)
    found = act(lambda parts: _load(parts, Search(words=words, state=state, limit=10_000)))
    if json:
        screen.value([agency.model_dump(mode="json", exclude_none=True) for agency in found])
        return
    screen.table(_COLUMNS, [(_code(agency), agency.names[-1].name, agency.level, agency.state) for agency in found])


@app.command()
def show(context: typer.Context, agency: AgencyArgument, json: JsonOption = False) -> None:
    """Xem một cơ quan / show one agency."""
    found = act(lambda parts: _find(parts, agency))
    members = found.model_dump(mode="json", exclude_none=True)
    screen_of(context, json).facts(members if json else members | _for_people(found))


@app.command("enrolment-code")
def enrolment_code(context: typer.Context, agency: AgencyArgument, json: JsonOption = False) -> None:
    """Cấp mã đăng ký dùng một lần, hiệu lực 7 ngày / make the one-time enrolment code, good for 7 days."""

    async def issue(parts: Context) -> dict[str, object]:
        issued = await issue_enrolment_code(parts, await agency_named(parts, agency), who=operator())
        return {
            "agency_id": str(issued.agency_id),
            "enrolment_code": issued.code,
            "expires_at": issued.expires_at,
        }

    screen_of(context, json).facts(act(issue))


@app.command()
def contact(
    context: typer.Context,
    agency: AgencyArgument,
    *,
    full_name: Annotated[str, typer.Option(help="Họ và tên / full name")],
    position: Annotated[str | None, typer.Option(help="Chức vụ / position")] = None,
    email: Annotated[str | None, typer.Option(help="Thư điện tử công vụ / official e-mail")] = None,
    telephone: Annotated[str | None, typer.Option(help="Điện thoại / telephone")] = None,
    json: JsonOption = False,
) -> None:
    """Đặt đầu mối liên hệ (N9) / name the contact officer for incidents (N9)."""
    officer = ContactOfficer(full_name=full_name, position=position, email=email, telephone=telephone)

    async def name(parts: Context) -> Agency:
        return await name_contact_officer(parts, await agency_named(parts, agency), officer, who=operator())

    named = act(name)
    screen_of(context, json).facts({"agency_id": named.agency_id, "contact_officer": officer.full_name})


async def _import(context: Context, data: bytes) -> Plan:
    # The preview tells all faults with their lines; the import itself would raise at them.
    plan = await preview_import(context, data)
    return plan if plan.errors else await import_agencies(context, data, who=operator())


async def _load(context: Context, search: Search) -> list[Agency]:
    async with context.database.connection() as connection:
        return await agencies.page(connection, search)


async def _find(context: Context, named: str) -> Agency:
    agency_id = await agency_named(context, named)
    async with context.database.connection() as connection:
        found = await agencies.find(connection, agency_id)
    if found is None:
        raise AgencyNotRegistered
    return found


def _for_people(agency: Agency) -> dict[str, object]:
    officer = agency.contact_officer
    return {
        "state": agency.state,
        "names": "; ".join(each.name + _period(each) for each in agency.names),
        "codes": "; ".join(each.code + _period(each) for each in agency.codes),
        "successors": "; ".join(map(str, agency.successors)),
        "ended_on": agency.ended_on and f"{agency.ended_on:%d/%m/%Y}",
        "contact_officer": officer and "; ".join(filter(None, officer.model_dump().values())),
    }


def _period(named: AgencyName | AgencyCode) -> str:
    days = [day and f"{day:%d/%m/%Y}" for day in (named.valid_from, named.valid_to)]
    return f" ({days[0] or '…'} – {days[1] or '…'})" if any(days) else ""


def _code(agency: Agency) -> str:
    return agency.codes[0].code


def _show_plan(screen: Screen, plan: Plan, *, preview: bool) -> None:
    if screen.json:
        screen.value(_plan_members(screen, plan, preview=preview))
        return
    for finding in (*plan.errors, *plan.warnings):
        mark = "✗" if finding in plan.errors else "!"
        where = " ".join(part for part in (finding.code, finding.pointer) if part)
        typer.echo(f"{mark} {finding.line}: {where}{': ' if where else ''}{screen.text(finding.detail)}")
        typer.echo(f"    → {screen.text(finding.advice)}")
    for sign, changes in (("+", plan.added), ("~", plan.changed), ("×", plan.ended)):
        for change in changes:
            fields = "" if change.before is None else " (" + ", ".join(change.fields) + ")"
            typer.echo(f"{sign} {_code(change.after)} {change.after.names[-1].name}{fields}")
    counts = len(plan.added), len(plan.changed), len(plan.ended), plan.unchanged, len(plan.errors)
    vi = "thêm {}, sửa {}, kết thúc {}, không đổi {}, lỗi {}".format(*counts)
    en = "{} added, {} changed, {} ended, {} unchanged, {} faults".format(*counts)
    if preview or plan.errors:
        screen.say(f"Chưa ghi gì: {vi}", f"Nothing was written: {en}")
    else:
        screen.say(f"Đã nhập: {vi}", f"Imported: {en}")


def _plan_members(screen: Screen, plan: Plan, *, preview: bool) -> dict[str, object]:
    return {
        "written": not (preview or plan.errors),
        "added": [_change_members(change) for change in plan.added],
        "changed": [_change_members(change) for change in plan.changed],
        "ended": [_change_members(change) for change in plan.ended],
        "unchanged": plan.unchanged,
        "errors": [_finding_members(screen, finding) for finding in plan.errors],
        "warnings": [_finding_members(screen, finding) for finding in plan.warnings],
    }


def _change_members(change: Change) -> dict[str, object]:
    return {
        "line": change.line,
        "agency_id": change.after.agency_id,
        "code": _code(change.after),
        "name": change.after.names[-1].name,
        "state": change.after.state,
        "fields": change.fields,
    }


def _finding_members(screen: Screen, finding: Finding) -> dict[str, object]:
    return {
        "line": finding.line,
        "code": finding.code,
        "fault": finding.fault,
        "pointer": finding.pointer,
        "detail": screen.text(finding.detail),
        "advice": screen.text(finding.advice),
    }
