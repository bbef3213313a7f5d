"""A file comes whole and as it was signed, over as many connections as it takes, or not at all."""

import hashlib
import os
from pathlib import Path

import httpx
import pytest
from counterpart import IMPATIENT, Counterpart

from lienthong.common.messages.document import Attachment, AttachmentRole
from lienthong.sdk import Agency, DownloadChanged, Unreachable

CONTENT = os.urandom(1 << 20)
HASH = hashlib.sha256(CONTENT).hexdigest()
PATH = f"/v1/attachments/{HASH}"
FILE = Attachment(
    id="file-1",
    name="ke-hoach.pdf",
    media_type="application/pdf",
    role=AttachmentRole.MAIN,
    size=len(CONTENT),
    sha256=HASH,
)


def ranges(counterpart: Counterpart) -> list[str | None]:
    return [request.headers.get("range") for request in counterpart.asked("GET", PATH)]


async def test_a_broken_download_goes_on_where_it_stopped(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    counterpart.files[HASH] = CONTENT
    counterpart.break_files_after = [300_000, 200_000]
    told: list[tuple[int, int]] = []
    saved = await agency.download(FILE, tmp_path / "files", progress=lambda done, size: told.append((done, size)))
    assert saved.read_bytes() == CONTENT
    assert ranges(counterpart) == [None, "bytes=300000-", "bytes=500000-"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


async def test_a_server_that_knows_no_ranges_is_read_from_the_start(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    counterpart.files[HASH] = CONTENT
    counterpart.break_files_after = [300_000]

    async def download() -> Path:
        return await agency.download(FILE, tmp_path / "files")

    original = counterpart._file
    counterpart._file = lambda request, content: original(  # type: ignore[method-assign]
        httpx.Request("GET", request.url), content
    )
    assert (await download()).read_bytes() == CONTENT


async def test_an_expired_token_is_renewed_in_the_middle_of_a_file(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    counterpart.files[HASH] = CONTENT
    counterpart.fail(PATH, lambda _: httpx.Response(401, json={"code": "token_expired"}))
    assert (await agency.download(FILE, tmp_path / "files")).read_bytes() == CONTENT
    assert len(counterpart.asked("POST", "/v1/token")) == 2


async def test_a_download_that_brings_nothing_any_more_ends_and_leaves_nothing(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    counterpart.files[HASH] = CONTENT
    counterpart.break_files_after = [300_000, *[0] * 50]
    with pytest.raises(Unreachable):
        await agency.download(FILE, tmp_path / "files")
    assert len(ranges(counterpart)) == 1 + IMPATIENT.attempts
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"?", CONTENT[:-1], CONTENT + b"?"])
async def test_other_bytes_than_were_signed_are_not_kept(
    content: bytes, agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    counterpart.files[HASH] = content
    with pytest.raises(DownloadChanged):
        await agency.download(FILE, tmp_path / "files")
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["\U00020000" * 62 + ".pdf", "ế" * 83 + ".pdf", "a" * 251 + ".pdf"],
    ids=["four bytes", "three bytes", "one byte"],
)
async def test_a_file_with_the_longest_name_is_saved_beside_another_of_that_name(
    agency: Agency, counterpart: Counterpart, tmp_path: Path, name: str
) -> None:
    """Whoever sends decides on the name: one that cannot be written would keep a receiver from going on for ever."""
    counterpart.files[HASH] = CONTENT
    (tmp_path / name).write_bytes(b"another")
    saved = await agency.download(FILE.model_copy(update={"name": name}), tmp_path)
    assert saved.read_bytes() == CONTENT
    first = await agency.download(FILE.model_copy(update={"name": name}), tmp_path / "elsewhere")
    assert first.name == name
