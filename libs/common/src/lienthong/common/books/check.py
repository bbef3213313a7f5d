"""Whether books are whole: every file is there as the manifest says, and nothing else is."""

import hashlib
from pathlib import Path

from pydantic import ValidationError

from lienthong.common.books.export import FORMAT, MANIFEST, Book, Manifest
from lienthong.common.errors import Words

_CHUNK = 1 << 20


def check_books(folder: Path) -> tuple[Manifest | None, list[Words]]:
    """The manifest, and what does not agree with it. Without a manifest the export is unfinished."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes(), strict=True)
    except OSError:
        return None, [
            Words(f"Thiếu {MANIFEST}: bản xuất chưa xong", f"{MANIFEST} is missing: the export is unfinished")
        ]
    except ValidationError:
        return None, [Words(f"{MANIFEST} không đọc được", f"{MANIFEST} cannot be read")]
    if manifest.format != FORMAT:
        return None, [Words(f"Không biết dạng {manifest.format}", f"The format {manifest.format} is not known")]
    faults = [fault for book in manifest.books for fault in _check(folder, book)]
    named = {book.file for book in manifest.books} | {MANIFEST}
    strange = sorted(path.name for path in folder.iterdir() if path.name not in named)
    faults += [Words(f"{name}: không có trong {MANIFEST}", f"{name} is not in {MANIFEST}") for name in strange]
    return manifest, faults


def _check(folder: Path, book: Book) -> list[Words]:
    digest, rows, size = hashlib.sha256(), 0, 0
    try:
        with (folder / Path(book.file).name).open("rb") as file:
            while data := file.read(_CHUNK):
                digest.update(data)
                rows += data.count(b"\n")
                size += len(data)
    except OSError:
        return [Words(f"{book.file}: thiếu tệp", f"{book.file} is missing")]
    if (digest.hexdigest(), rows, size) != (book.sha256, book.rows, book.bytes):
        return [Words(f"{book.file}: nội dung đã khác", f"{book.file} is not as it was written")]
    return []
