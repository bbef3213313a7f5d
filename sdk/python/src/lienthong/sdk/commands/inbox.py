"""`lienthong agency inbox` and `pass`."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from lienthong.common.clock import to_text
from lienthong.common.errors import LienthongError, Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import DeliveryReceipt
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.items import COLUMNS, as_members, as_row
from lienthong.sdk.commands.naming import read_number
from lienthong.sdk.commands.options import JsonOption, LaneOption, ProfileOption, lanes_of, output_of, run_agency
from lienthong.sdk.commands.output import Output, lane_name
from lienthong.sdk.commands.saving import save_item
from lienthong.sdk.commands.settling import settle
from lienthong.sdk.errors import BadInput
from lienthong.sdk.items import Letter, StatusNotice
from lienthong.sdk.reading import InboxItem


@dataclass(slots=True)
class Read:
    """What one lane gave, and the error that ended it, if any."""

    lane: Lane
    items: list[InboxItem] = field(default_factory=list[InboxItem])
    error: LienthongError | None = None


def inbox(
    context: typer.Context,
    *,
    lane: LaneOption = None,
    save: Annotated[Path | None, typer.Option(help="Lưu văn bản, chữ ký, tệp vào thư mục / save into a folder")] = None,
    ack: Annotated[bool, typer.Option("--ack", help="Xác nhận đã nhận / acknowledge what was read")] = False,
    wait: Annotated[float, typer.Option(min=0, max=60, help="Giây chờ văn bản mới / seconds to wait for news")] = 0,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Văn bản đến, trạng thái báo về chưa xác nhận, đã kiểm tra / What was not acknowledged yet, each verified."""
    output = output_of(context, json)
    reads = [Read(each) for each in lanes_of(lane)]
    saving = asyncio.Lock()

    async def work(agency: Agency) -> None:
        await asyncio.gather(
            *(_read(agency, read, save=save, wait=wait, output=output, saving=saving) for read in reads)
        )
        _show([item for read in reads for item in read.items], output)
        for read in reads:
            if ack and read.items:
                show_receipt(await agency.acknowledge(read.items[-1]), output)
        for read in reads:
            if read.error:
                raise read.error

    run_agency(profile, output, work)


def pass_over(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="ordinary:12")],
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Bỏ qua một số bị từ chối vì chữ ký / Acknowledge one entry whose seal is refused, so that reading goes on."""
    output = output_of(context, json)
    number = read_number(item)
    if number is None:
        raise BadInput(Words(f"{item!r}: nêu số như ordinary:12", f"{item!r}: name a number as ordinary:12"))
    run_agency(profile, output, lambda agency: _pass_over(agency, *number, output))


async def _pass_over(agency: Agency, lane: Lane, n: int, output: Output) -> None:
    show_receipt(await agency.pass_over(lane, n), output)


async def _read(
    agency: Agency, read: Read, *, save: Path | None, wait: float, output: Output, saving: asyncio.Lock
) -> None:
    # What came before a broken entry is good and is shown; the error comes after it.
    try:
        async for item in agency.inbox(read.lane, wait=wait):
            if save:
                async with saving:  # two lanes, one terminal
                    item, _ = await save_item(agency, item, save, output)  # noqa: PLW2901 - as it was saved
                    await settle(agency, item)
            read.items.append(item)
    except LienthongError as error:
        read.error = error


def _show(items: list[InboxItem], output: Output) -> None:
    if output.json:
        for item in items:
            output.line(as_members(item))
        return
    if not items:
        output.note(Words("Không có gì chưa xác nhận trong hộp đến.", "Nothing waits for an acknowledgement."))
        return
    output.table(_title(items), COLUMNS, [as_row(item, output) for item in items])


def _title(items: list[InboxItem]) -> Words:
    letters, reports = (sum(isinstance(item, kind) for item in items) for kind in (Letter, StatusNotice))
    others = len(items) - letters - reports
    vi = f"Văn bản đến: {letters}" + (f", trạng thái báo về: {reports}" if reports else "")
    en = f"Documents received: {letters}" + (f", status reports: {reports}" if reports else "")
    vi += f", tin về thay đổi văn bản: {others}" if others else ""
    en += f", about changes: {others}" if others else ""
    return Words(f"{vi}, chữ ký hợp lệ", f"{en}, seals verified")


def show_receipt(receipt: DeliveryReceipt, output: Output) -> None:
    """What is acknowledged from now on."""
    if output.json:
        at = to_text(receipt.acknowledged_at)
        output.line({"acknowledged": receipt.n, "lane": receipt.lane.value, "acknowledged_at": at})
    lane = lane_name(receipt.lane).words
    output.note(
        Words(
            f"Đã xác nhận luồng {lane.vi.lower()} đến số {receipt.n}.",
            f"Acknowledged the {lane.en.lower()} lane up to {receipt.n}.",
        )
    )
