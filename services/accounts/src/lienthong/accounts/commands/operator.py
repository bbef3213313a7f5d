"""What all commands share: who acts, the service's parts, and what is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from lienthong.accounts.bootstrap.context import open_context
from lienthong.accounts.domain.errors import AgencyNotRegistered
from lienthong.accounts.settings import AccountsSettings
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.import_agencies import find_agency
from lienthong.common.errors import Words
from lienthong.common.operating import SettingsRefused
from lienthong.common.operating.screen import JsonOption, Screen, text_of_at_most
from lienthong.common.operating.services import operator
from lienthong.common.settings import SettingsError

__all__ = ["AgencyArgument", "Because", "JsonOption", "Screen", "act", "agency_named", "operator", "screen_of"]

T = TypeVar("T")
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
    "key_thumbprint": "Dấu vân tay khóa",
    "kind": "Loại",
    "level": "Cấp",
    "name": "Tên",
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

_STATES = {
    "active": Words("hoạt động", "active"),
    "ended": Words("đã kết thúc", "ended"),
    "merged": Words("đã sáp nhập", "merged"),
    "revoked": Words("đã thu hồi", "revoked"),
    "superseded": Words("đã có chứng thư mới", "superseded"),
    "suspended": Words("tạm dừng", "suspended"),
}


Because = Annotated[
    str,
    typer.Option("--reason", callback=text_of_at_most(2000), help="Lý do, lưu trong sổ / reason, kept in the register"),
]
AgencyArgument = Annotated[
    str, typer.Argument(help="Mã định danh hoặc id của cơ quan / any code of the agency, or its id")
]


def screen_of(context: typer.Context, json: bool) -> Screen:
    """Where this command speaks."""
    return Screen.of(context, json, _LABELS, _STATES)


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
