"""Options that several commands share."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from lienthong.common.errors import Words
from lienthong.common.local_time import read_local_day, read_local_time
from lienthong.common.messages.document import Lane
from lienthong.common.signing import MaterialRefused, RevocationList, TrustStore, explain
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.output import Output
from lienthong.sdk.errors import BadInput

E = TypeVar("E", bound=Enum)

ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        envvar="LIENTHONG_PROFILE",
        help="Thư mục hồ sơ, hoặc tên trong ~/.config/lienthong / profile folder, or name in ~/.config/lienthong",
    ),
]
LaneOption = Annotated[
    str | None, typer.Option("--lane", help="urgent | ordinary; mặc định cả hai / urgent | ordinary; both by default")
]
JsonOption = Annotated[bool, typer.Option("--json", help="In JSON, mỗi dòng một đối tượng / JSON, one object a line")]


def output_of(context: typer.Context, json: bool) -> Output:
    """How this command speaks."""
    lang = context.find_root().params.get("lang")
    return Output("en" if lang == "en" else "vi", json)


def read_date(text: str, option: str) -> date:
    """A day as 2026-11-22 or as Vietnamese documents write it, 22/11/2026. Raises BadInput."""
    try:
        return read_local_day(text)
    except ValueError as error:
        words = Words(
            f"{option}: ngày {text!r} không đúng dạng 22/11/2026", f"{option}: {text!r} is no date such as 22/11/2026"
        )
        raise BadInput(words) from error


def read_time(text: str, option: str) -> datetime:
    """A time as people write it, in Vietnam unless it says another zone. Raises BadInput."""
    try:
        return read_local_time(text)
    except ValueError as error:
        words = Words(
            f"{option}: {text!r} không đúng dạng '09:30 22/11/2026'",
            f"{option}: {text!r} is no time such as '09:30 22/11/2026'",
        )
        raise BadInput(words) from error


def one_of(kind: type[E], text: str, option: str) -> E:
    """A member by its value or name. Raises BadInput listing what there is."""
    for member in kind:
        if text.lower() in (str(member.value), member.name.lower()):
            return member
    names = ", ".join(member.name.lower() for member in kind)
    raise BadInput(Words(f"{option} {text!r}: chọn một trong {names}", f"{option} {text!r}: choose one of {names}"))


def lanes_of(lane: str | None) -> list[Lane]:
    """The lane named, or both, the urgent one first. Raises BadInput."""
    return [one_of(Lane, lane, "--lane")] if lane else [Lane.URGENT, Lane.ORDINARY]


def existing_file(path: Path) -> Path:
    """A readable file. Raises BadInput."""
    if not path.is_file():
        raise BadInput(Words(f"Không có tệp {path}", f"There is no file {path}"))
    if not os.access(path, os.R_OK):
        raise BadInput(Words(f"Không đọc được tệp {path}", f"The file {path} cannot be read"))
    return path


def read_anchors(path: Path) -> TrustStore:
    """The anchors of a file or folder. Raises BadInput."""
    try:
        return TrustStore.load(path)
    except MaterialRefused as refused:
        raise _unreadable(path, refused) from refused


def read_list(path: Path) -> bytes:
    """A revocation list. Raises BadInput."""
    content = existing_file(path).read_bytes()
    try:
        RevocationList.from_bytes(content)
    except MaterialRefused as refused:
        raise _unreadable(path, refused) from refused
    return content


def _unreadable(path: Path, refused: MaterialRefused) -> BadInput:
    told, detail = explain(refused.reason), refused.detail.removeprefix(f"{path}: ")
    return BadInput(Words(f"{path}: {told.vi} ({detail})", f"{path}: {told.en} ({detail})"))


def run_agency(profile: str | None, output: Output, work: Callable[[Agency], Awaitable[Any]]) -> None:
    """Open the profile and do the work in an event loop."""

    async def running() -> None:
        async with Agency.open(profile, language=output.language) as agency:
            await work(agency)

    asyncio.run(running())
