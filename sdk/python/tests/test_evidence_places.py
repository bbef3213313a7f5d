"""Where evidence is written: what others called a document leads nowhere, and no file is written over another's."""

from pathlib import Path
from shutil import copyfile
from uuid import UUID

import pytest

from lienthong.common.ids import new_id
from lienthong.sdk.commands.evidence import free_place
from lienthong.sdk.files import safe_name

VECTORS = Path(__file__).parents[3] / "tests/vectors/evidence"


@pytest.mark.parametrize(
    "named",
    ["../../etc/passwd", "/etc/passwd", "a\\b", "a\x00b", "con\nfig", "\u202egnp.exe", "15/STC-QLNS", "ế" * 250],
)
def test_names_of_others_are_parts_of_one_name(named: str, tmp_path: Path) -> None:
    name = f"{safe_name(named)}-{safe_name(named)}.zip"
    assert (tmp_path / name).parent == tmp_path
    (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_evidence_of_another_version_is_kept(tmp_path: Path) -> None:
    path, other = tmp_path / "15_STC-QLNS-H53.zip", new_id()
    assert free_place(path, other) == path
    copyfile(VECTORS / "good.zip", path)
    manifest = (VECTORS / "good.zip").read_bytes()
    held = UUID(manifest[manifest.index(b'"message_id":"') + 14 :][:36].decode())
    assert free_place(path, held) == path, "the same, anew"
    assert free_place(path, other) == tmp_path / f"15_STC-QLNS-H53-{other}.zip"
    path.write_bytes(b"something else of mine")
    assert free_place(path, held) != path
