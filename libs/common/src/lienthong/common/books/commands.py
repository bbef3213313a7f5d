"""`lienthong books export|check`: on the host of the services, with their settings."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong.common.books.check import check_books
from lienthong.common.books.export import MANIFEST, Manifest, export_books
from lienthong.common.database import Database
from lienthong.common.errors import Words
from lienthong.common.operating import Operated
from lienthong.common.operating.screen import JsonOption, Screen
from lienthong.common.operating.services import act_with, installed, operator

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Sổ sách của dịch vụ, xuất ra tệp / the services' books, as files"
)

_COLUMNS = {
    "service": Words("Dịch vụ", "Service"),
    "tables": Words("Bảng", "Tables"),
    "rows": Words("Bản ghi", "Rows"),
    "bytes": Words("Số byte", "Bytes"),
    "at": Words("Lúc", "At"),
    "folder": Words("Thư mục", "Folder"),
}
_FAULT_COLUMNS = {"folder": Words("Thư mục", "Folder"), "fault": Words("Lỗi", "Fault")}

_NONE = Words("Không có sổ sách ở đây", "There are no books here")


@app.command()
def export(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="Thư mục mới: DIR/<dịch vụ>/… / a new folder: DIR/<service>/…", file_okay=False)
    ],
    service: Annotated[
        list[str] | None, typer.Option(help="Dịch vụ; bỏ trống: mọi dịch vụ ở đây / service; unset: all installed here")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Xuất sổ sách tại một thời điểm; có cả nội dung / books of one moment, content of documents among them."""
    exported: list[dict[str, Any]] = []
    for name in service or installed():
        place = folder / name

        async def work(operated: Operated, database: Database, name: str = name, place: Path = place) -> Manifest:
            return await export_books(database, operated.clock, name, place, who=operator())

        exported.append(_facts(act_with(name, work), place))
    Screen.of(context, json, {}).rows(exported, _COLUMNS)


@app.command()
def check(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Thư mục đã xuất / what was exported", file_okay=False, exists=True)],
    json: JsonOption = False,
) -> None:
    """Kiểm tra bản xuất còn nguyên vẹn / whether exported books are whole."""
    screen = Screen.of(context, json, {})
    services = [folder] if (folder / MANIFEST).exists() else sorted(path for path in folder.iterdir() if path.is_dir())
    found = [(place, *check_books(place)) for place in services] or [(folder, None, [_NONE])]
    faults = [{"folder": str(place), "fault": screen.text(fault)} for place, _, told in found for fault in told]
    if faults:
        screen.rows(faults, _FAULT_COLUMNS)
        raise typer.Exit(1)
    screen.rows([_facts(manifest, place) for place, manifest, _ in found if manifest is not None], _COLUMNS)


def _facts(manifest: Manifest, folder: Path) -> dict[str, Any]:
    return {
        "service": manifest.service,
        "tables": len(manifest.books),
        "rows": sum(book.rows for book in manifest.books),
        "bytes": sum(book.bytes for book in manifest.books),
        "at": manifest.at,
        "generation": manifest.generation,
        "folder": str(folder),
    }
