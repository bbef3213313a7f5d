"""`lienthong agency groups`: names for several recipients, kept at the exchange, expanded when something is sent."""

from collections.abc import Sequence
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.options import JsonOption, ProfileOption, output_of, run_agency
from lienthong.sdk.commands.output import Output
from lienthong.sdk.groups import ExpandedGroup, Group

groups = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Nhóm nơi nhận của cơ quan / the agency's groups of recipients"
)

_Name = Annotated[str, typer.Argument(help="Tên nhóm / name of the group")]
_Codes = Annotated[list[str], typer.Argument(help="Mã hoặc id cơ quan / codes or ids of agencies")]


@groups.command("list")
def list_groups(context: typer.Context, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Các nhóm của cơ quan / The agency's groups."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        columns = [Words("Nhóm", "Group"), Words("Số cơ quan", "Members"), Words("Sửa lúc", "Changed")]
        output.listing(Words("Nhóm nơi nhận", "Groups of recipients"), columns, await agency.groups.all(), _row)

    run_agency(profile, output, work)


@groups.command()
def show(context: typer.Context, name: _Name, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Nhóm gồm những ai vào lúc này / Whom a group means now."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        _show(await agency.group(name), output)

    run_agency(profile, output, work)


@groups.command("set")
def set_group(
    context: typer.Context, name: _Name, codes: _Codes, profile: ProfileOption = None, json: JsonOption = False
) -> None:
    """Lập nhóm, hoặc thay toàn bộ thành viên / Make a group, or replace its members."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        _kept(await agency.groups.put(name, codes), output)

    run_agency(profile, output, work)


@groups.command()
def add(
    context: typer.Context, name: _Name, codes: _Codes, profile: ProfileOption = None, json: JsonOption = False
) -> None:
    """Thêm cơ quan vào nhóm / Add agencies to a group."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        group = await agency.groups.find(name)
        _kept(await agency.groups.put(name, [*map(str, group.members), *codes]), output)

    run_agency(profile, output, work)


@groups.command()
def drop(
    context: typer.Context, name: _Name, codes: _Codes, profile: ProfileOption = None, json: JsonOption = False
) -> None:
    """Bỏ cơ quan khỏi nhóm / Take agencies out of a group."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        group = await agency.groups.find(name)
        gone = {(await agency.directory.find(code)).agency_id for code in codes}
        _kept(await agency.groups.put(name, [str(each) for each in group.members if each not in gone]), output)

    run_agency(profile, output, work)


@groups.command()
def delete(context: typer.Context, name: _Name, profile: ProfileOption = None, json: JsonOption = False) -> None:
    """Xóa nhóm; văn bản đã gửi không đổi / Remove a group; nothing that was sent changes."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        await agency.groups.remove(name)
        output.facts(Words("Đã xóa nhóm", "Group removed"), {"name": (Words("Nhóm", "Group"), name)})

    run_agency(profile, output, work)


async def addressed(agency: Agency, to: Sequence[str], named: Sequence[str], output: Output) -> list[str]:
    """Recipients named one by one and by groups, each once; who is left out of a group is told."""
    found = [await agency.group(name) for name in named]
    if not found:
        return list(to)
    recipients = {str((await agency.directory.find(code)).agency_id): None for code in to}
    for group in found:
        recipients |= dict.fromkeys(group.to)
        for each in group.left_out:
            output.note(
                Words(
                    f"! Nhóm {group.name}: bỏ qua {each.name} (đã chấm dứt hoạt động)",
                    f"! Group {group.name}: {each.name} is left out (it has ended)",
                )
            )
    return list(recipients)


def _kept(group: Group, output: Output) -> None:
    output.facts(
        Words("Đã lưu nhóm", "Group kept"),
        {
            "name": (Words("Nhóm", "Group"), group.name),
            "members": (Words("Số cơ quan", "Members"), str(len(group.members))),
            "changed_at": (Words("Sửa lúc", "Changed"), output.time(group.changed_at)),
        },
    )


def _row(group: Group, output: Output) -> list[str]:
    return [group.name, str(len(group.members)), output.time(group.changed_at)]


def _show(group: ExpandedGroup, output: Output) -> None:
    if output.json:
        output.line(group.model_dump(mode="json"))
        return
    merged = {heir.agency_id: each.name for each in group.merged for heir in each.successors}
    active, left = output.text(Words("Nhận", "receives")), output.text(Words("Bỏ qua: đã chấm dứt", "left out: ended"))
    stands_for = output.text(Words("kế thừa", "stands for"))
    rows = [
        [each.name, f"{active} ({stands_for} {merged[each.agency_id]})" if each.agency_id in merged else active]
        for each in group.recipients
    ]
    rows += [[each.name, left] for each in group.left_out]
    output.table(
        Words(f"Nhóm {group.name}", f"Group {group.name}"),
        [Words("Cơ quan", "Agency"), Words("Hiện nay", "Now")],
        rows,
    )
