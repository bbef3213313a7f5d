"""What all commands share: who acts, the service's parts, and what is shown."""

import asyncio
import getpass
import json
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lienthong.accounts.bootstrap import open_context
from lienthong.accounts.domain.errors import AgencyNotRegistered
from lienthong.accounts.settings import AccountsSettings
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.import_agencies import find_agency
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.settings import SettingsError
from lienthong.common.text import find_text_faults

T = TypeVar("T")
_WIDTH = 140
_LABELS = {
    "agency_id": "Id cơ quan",
    "anchor": "Chứng thư gốc",
    "client_id": "Id máy khách",
    "codes": "Mã định danh",
    "contact_officer": "Đầu mối liên hệ",
    "crl": "Danh sách thu hồi",
    "ended_on": "Ngày kết thúc",
    "enrolment_code": "Mã đăng ký",
    "expires_at": "Hết hiệu lực",
    "fingerprint": "Dấu vân tay",
    "issuer": "Bên cấp",
    "issuing": "CA cấp",
    "kind": "Loại",
    "level": "Cấp",
    "names": "Tên",
    "next_update": "Cập nhật tiếp theo",
    "not_after": "Hết hạn",
    "number": "Số",
    "parent": "Cấp trên",
    "published": "Đã công bố",
    "root": "CA gốc",
    "serial": "Số sê-ri",
    "since": "Từ",
    "state": "Trạng thái",
    "subject": "Chủ thể",
    "successors": "Kế thừa",
    "this_update": "Cập nhật",
    "version": "Phiên bản",
}
"""Names of values for people who read Vietnamese; programs and English keep the names of the messages."""

_LONGEST_REASON = 2000


def _reason(given: str) -> str:
    if not given.strip() or len(given) > _LONGEST_REASON or find_text_faults(given):
        raise typer.BadParameter(
            f"1–{_LONGEST_REASON} ký tự, văn bản sạch / 1 to {_LONGEST_REASON} letters, clean text"
        )
    return given


Because = Annotated[
    str, typer.Option("--reason", callback=_reason, help="Lý do, lưu trong sổ / reason, kept in the register")
]
JsonOption = Annotated[bool, typer.Option("--json", help="In JSON / print JSON")]
AgencyArgument = Annotated[str, typer.Argument(help="Mã định danh hoặc mã cơ quan / id or any code of the agency")]


class SettingsRefused(LienthongError):
    """The command cannot act for the service with these settings: it reads the same LIENTHONG_… as the service."""

    code = "settings_refused"
    kind = Kind.INVALID
    title = Words("Cấu hình dịch vụ không dùng được", "The service's settings cannot be used")
    advice = Words(
        "Chạy trên máy chủ accounts với cùng biến LIENTHONG_… như dịch vụ; sau `make up`: `. .lienthong/operator.env`.",
        "Run it on accounts' host with the service's LIENTHONG_…; after `make up`: `. .lienthong/operator.env`.",
    )


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a command speaks: tables and sentences for people, one JSON value for programs."""

    language: str
    json: bool

    @classmethod
    def of(cls, context: typer.Context, json: bool) -> "Screen":
        """As the command line asks for it: Vietnamese unless `--lang en`."""
        return cls("en" if context.find_root().params.get("lang") == "en" else "vi", json)

    def text(self, words: Words) -> str:
        return words.en if self.language == "en" else words.vi

    def value(self, value: object) -> None:
        """The result for programs."""
        typer.echo(json.dumps(value, ensure_ascii=False, default=str))

    def say(self, vi: str, en: str) -> None:
        """A sentence for people; nothing where JSON is wanted."""
        if not self.json:
            typer.echo(en if self.language == "en" else vi)

    def table(self, columns: Sequence[Words], rows: Sequence[Sequence[object]]) -> None:
        """A table for people."""
        table = Table()
        for column in columns:
            table.add_column(self.text(column), overflow="fold")
        for row in rows:
            table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
        Console(highlight=False, width=None if Console().is_terminal else _WIDTH).print(table)

    def facts(self, facts: Mapping[str, Any]) -> None:
        """Named values, as lines or as one JSON object."""
        if self.json:
            self.value(facts)
            return
        for name, value in facts.items():
            label = name if self.language == "en" else _LABELS.get(name, name)
            nested = isinstance(value, list | dict)
            typer.echo(f"{label}: {json.dumps(value, ensure_ascii=False) if nested else value}")


def operator() -> str:
    """Who acts, as the audit names it."""
    return f"/operators/{getpass.getuser()}@{socket.gethostname()}"


def act(work: Callable[[Context], Awaitable[T]]) -> T:
    """Open the service's parts, do the work, close them. Raises SettingsRefused, and what the work does."""

    async def acting() -> T:
        async with open_context(settings) as (context, _):
            return await work(context)

    try:
        settings = AccountsSettings.load()
        return asyncio.run(acting())
    except SettingsError as error:
        raise SettingsRefused(Words(str(error), str(error))) from error


async def agency_named(context: Context, named: str) -> UUID:
    """The agency an operator means. Raises AgencyNotRegistered."""
    async with context.database.connection() as connection:
        agency_id = await find_agency(connection, named)
    if agency_id is None:
        words = Words(f"Không có cơ quan {named!r}", f"There is no agency {named!r}")
        raise AgencyNotRegistered(words)
    return agency_id
