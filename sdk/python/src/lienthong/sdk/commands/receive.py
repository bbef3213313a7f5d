"""`lienthong agency receive`: the main loop of a receiving system as one command.

Each item, in order: verified, saved with its files, reported to its sender, acknowledged, shown. A crash at any moment
leaves it to be done again as a whole, and nothing of that is doubled: files stand where they stood, a report that was
said is not said anew. What its sender has withdrawn is removed again; what waits for an answer is told to the clerk.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong.common.errors import LienthongError, Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.status import StatusCode
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.items import as_members, sender, symbol, title
from lienthong.sdk.commands.options import JsonOption, LaneOption, ProfileOption, lanes_of, output_of, run_agency
from lienthong.sdk.commands.output import Exit, Output, describe, exit_code, lane_name
from lienthong.sdk.commands.saving import save_item
from lienthong.sdk.commands.settling import settle, tell_what_to_do
from lienthong.sdk.errors import BadInput
from lienthong.sdk.items import Letter, StatusNotice, Withheld
from lienthong.sdk.problems import Refused
from lienthong.sdk.reading import InboxItem

AGAIN_SECONDS = 5.0
"""How long a receiver that follows waits after the platform gave no answer, on top of the client's own patience."""

REPORTS = {"01": StatusCode.ARRIVED, "03": StatusCode.RECEIVED, "none": None}


def receive(
    context: typer.Context,
    *,
    save: Annotated[Path, typer.Option(help="Thư mục lưu văn bản, chữ ký, tệp / folder to save into")],
    follow: Annotated[bool, typer.Option("--follow", help="Chạy mãi, chờ văn bản mới / go on for ever")] = False,
    report: Annotated[
        str, typer.Option(help="Tự báo về nơi gửi: 01 | 03 | none / reported to senders: 01 | 03 | none")
    ] = "01",
    lane: LaneOption = None,
    wait: Annotated[float, typer.Option(min=0, max=60, help="Giây chờ văn bản mới / seconds to wait for news")] = 0,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Nhận văn bản: kiểm tra, lưu, báo trạng thái, xác nhận / Receive: verify, save, report, acknowledge."""
    output = output_of(context, json)
    if report not in REPORTS:
        raise BadInput(Words("--report là 01, 03 hoặc none", "--report is 01, 03 or none"))
    lanes = lanes_of(lane)

    async def work(agency: Agency) -> None:
        receiver = Receiver(agency, save, REPORTS[report], output, follow, wait)
        await receiver.run(lanes)
        output.note(receiver.summary)
        if receiver.refused:
            raise typer.Exit(Exit.REFUSED)

    run_agency(profile, output, work)


@dataclass(slots=True)
class Receiver:
    """Receives both lanes at once, an item at a time."""

    agency: Agency
    folder: Path
    code: StatusCode | None
    output: Output
    follow: bool
    wait: float
    letters: int = 0
    notices: int = 0
    others: int = 0
    """What was said of changes."""
    refused: int = 0
    """Reports that the exchange refused; the letters are received all the same."""
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, lanes: list[Lane]) -> None:
        """Until there is nothing new, or for ever. Raises what ended a lane, as `Agency.inbox`."""
        tasks = [asyncio.create_task(self._lane(lane)) for lane in lanes]
        try:
            await asyncio.wait(tasks, return_when="FIRST_EXCEPTION" if self.follow else "ALL_COMPLETED")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()):
                raise error

    @property
    def summary(self) -> Words:
        """What was received."""
        vi = f", {self.others} tin về thay đổi văn bản" if self.others else ""
        en = f", {self.others} messages about changes" if self.others else ""
        return Words(
            f"Đã nhận {self.letters} văn bản, {self.notices} trạng thái báo về{vi}.",
            f"Received {self.letters} documents, {self.notices} status reports{en}.",
        )

    async def _lane(self, lane: Lane) -> None:
        while True:
            try:
                async for item in self.agency.inbox(lane, follow=self.follow, wait=self.wait):
                    async with self._one:  # two lanes, one terminal
                        await self._receive(item)
            except LienthongError as error:
                # A platform that is away for an hour does not end a receiver; what is refused does.
                if not self.follow or exit_code(error) is not Exit.AGAIN:
                    raise
                self.output.error(error)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    async def _receive(self, item: InboxItem) -> None:
        item, place = await save_item(self.agency, item, self.folder, self.output)
        reported = await self._report(item, self.code) if isinstance(item, Letter) and self.code else None
        if isinstance(reported, LienthongError):
            item, place, reported = await self._look_again(item, place, reported)
        settled = await settle(self.agency, item)
        await self.agency.acknowledge(item)
        self.letters += isinstance(item, Letter)
        self.notices += isinstance(item, StatusNotice)
        self.others += not isinstance(item, Letter | StatusNotice)
        self._show(item, place, reported, settled)

    async def _report(self, letter: Letter, code: StatusCode) -> LienthongError | StatusCode | None:
        if letter.change is not None and code is StatusCode.RECEIVED:
            code = StatusCode.ARRIVED  # received is what a clerk says by agreeing
        try:
            await self.agency.report(letter, code)
        except Refused as error:
            return error
        return code

    async def _look_again(
        self, item: InboxItem, place: Path, error: LienthongError
    ) -> tuple[InboxItem, Path, LienthongError | None]:
        """A letter whose report is refused may have been withdrawn since it was read."""
        again = await self.agency.read_again(item.lane, item.n)
        if isinstance(again, Withheld):
            return *(await save_item(self.agency, again, self.folder, self.output)), None
        codes = error.problem.codes if isinstance(error, Refused) else ()
        # Another system of this agency may have said it, or more, before; a newer version may stand already.
        if any(each.startswith("already_") or each == "version_superseded" for each in codes):
            return item, place, None
        self.refused += 1
        return item, place, error

    def _show(
        self,
        item: InboxItem,
        place: Path,
        reported: LienthongError | StatusCode | None,
        settled: dict[str, Any],
    ) -> None:
        error = reported if isinstance(reported, LienthongError) else None
        if self.output.json:
            members = as_members(item) | {"folder": str(place), "reported": None if error else reported} | settled
            if error:
                members["report_error"] = describe(error, self.output.language)
            self.output.line(members)
            return
        parts = [
            f"{self.output.text(lane_name(item.lane).words)} {item.n}",
            symbol(item),
            title(item, self.output),
            sender(item, self.output),
            str(place),
        ]
        self.output.say(" · ".join(part for part in parts if part))
        tell_what_to_do(item, settled, self.output)
        if error:
            self.output.error(error)
