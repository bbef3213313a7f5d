"""`lienthong ops files`: whether the object store has what the tables count on."""

from typing import Annotated, Any

import typer

from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.objects import open_objects
from lienthong.common.operating.screen import JsonOption
from lienthong.common.settings import SettingsError
from lienthong.exchange.commands.words import act, screen_of
from lienthong.exchange.settings import ExchangeSettings
from lienthong.exchange.usecases.find_missing_files import find_missing_files

app = typer.Typer(no_args_is_help=True, help="Tệp đính kèm trong kho tệp / attached files in the object store")

_COLUMNS = {
    "sha256": Words("SHA-256", "SHA-256"),
    "size": Words("Số byte", "Bytes"),
    "messages": Words("Văn bản kèm", "Messages"),
    "uploaders": Words("Cơ quan đã tải lên", "Uploaded by"),
}


@app.callback()
def files() -> None:
    """Tệp đính kèm trong kho tệp / attached files in the object store."""


@app.command()
def missing(
    context: typer.Context,
    *,
    read_all: Annotated[bool, typer.Option("--read-all", help="Đọc cả nội dung / read every byte")] = False,
    json: JsonOption = False,
) -> None:
    """Tệp mà sổ có nhưng kho không có đúng / files that the tables count on and the store does not have right."""

    async def work(database: Database, _: Clock) -> list[dict[str, Any]]:
        objects = ExchangeSettings.load().objects
        if objects is None:
            raise SettingsError("LIENTHONG_OBJECTS: the exchange needs an object store")
        found = find_missing_files(database, open_objects(objects), read_all=read_all)
        return [
            {
                "sha256": each.sha256.hex(),
                "size": each.size,
                "messages": each.messages,
                "uploaders": [str(agency) for agency in each.uploaders],
            }
            async for each in found
        ]

    lost = act(work)
    screen_of(context, json).rows(lost, _COLUMNS)
    if lost:
        raise typer.Exit(1)
