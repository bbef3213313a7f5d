"""Whatever is changed in an evidence file is found."""

import io
import os
import random
import zipfile

import pytest

from lienthong.common.evidence import Container, ContainerWriter, Report, read_container, verify_evidence
from lienthong.common.testing.evidence import Notary

pytestmark = pytest.mark.requirement("N5")

CHANGES = int(os.environ.get("LIENTHONG_EVIDENCE_CHANGES", "100"))


def verify(notary: Notary, file: bytes) -> Report:
    return verify_evidence(io.BytesIO(file), notary.voice.store)


def rewritten(container: Container, entries: dict[str, bytes]) -> bytes:
    """A file that is written as it should be, around other entries."""
    out = io.BytesIO()
    writer = ContainerWriter(out)
    for name, content in entries.items():
        writer.add(name, content)
    writer.finish()
    return out.getvalue()


def test_an_unchanged_file_holds(notary: Notary, good: bytes) -> None:
    report = verify(notary, good)
    assert report.exit_code == 0, report.taken
    assert rewritten(read_container(io.BytesIO(good)), dict(read_container(io.BytesIO(good)).entries)) == good


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_byte_anywhere_is_found(notary: Notary, good: bytes, seed: int) -> None:
    chance = random.Random(f"{seed} {CHANGES}")
    for _ in range(CHANGES // 4):
        changed = bytearray(good)
        changed[chance.randrange(len(good))] ^= chance.randrange(1, 256)
        assert verify(notary, bytes(changed)).exit_code == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_byte_of_an_entry_is_found_by_what_is_signed_not_by_checksums(
    notary: Notary, good: bytes, seed: int
) -> None:
    chance, container = random.Random(f"{seed} {CHANGES}"), read_container(io.BytesIO(good))
    for _ in range(CHANGES // 4):
        name = chance.choice(list(container.entries))
        content = bytearray(container.entries[name])
        content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
        file = rewritten(container, {**container.entries, name: bytes(content)})
        assert verify(notary, file).exit_code == 1, name


def test_every_entry_that_is_missing_doubled_or_exchanged_is_found(notary: Notary, good: bytes) -> None:
    container = read_container(io.BytesIO(good))
    names = list(container.entries)
    for place, name in enumerate(names):
        without = {each: content for each, content in container.entries.items() if each != name}
        assert verify(notary, rewritten(container, without)).exit_code == 1, name
        other = names[place - 1]
        swapped = {**container.entries, name: container.entries[other], other: container.entries[name]}
        assert verify(notary, rewritten(container, swapped)).exit_code == 1, name
    assert verify(notary, rewritten(container, {**container.entries, "note.txt": b"added"})).exit_code == 1


@pytest.mark.parametrize("cut", [0, 1, 21, 1000])
def test_a_file_that_is_cut_or_longer_is_refused(notary: Notary, good: bytes, cut: int) -> None:
    for file in (good[: len(good) - cut - 1], good + b"\0" * (cut + 1), b"\0" * (cut + 1) + good, good[cut + 1 :]):
        report = verify(notary, file)
        assert (report.exit_code, report.taken[-1].reason) == (1, "evidence.container")


def test_a_zip_of_another_program_is_refused_whatever_it_says(notary: Notary, good: bytes) -> None:
    entries = read_container(io.BytesIO(good)).entries
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as other:
            for name, content in entries.items():
                other.writestr(name, content)
        assert verify(notary, out.getvalue()).taken[-1].reason == "evidence.container"


def test_a_bomb_costs_nothing(notary: Notary) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("manifest.json", b"\0" * (64 << 20))
    assert verify(notary, out.getvalue()).exit_code == 1
    claims = io.BytesIO()
    writer = ContainerWriter(claims)
    writer.add("manifest.json", b"x" * ((4 << 20) + 1))
    assert verify(notary, claims.getvalue()).taken[-1].reason == "evidence.container"


def test_everybody_can_open_it(good: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(good)) as opened:
        assert opened.testzip() is None
        page = opened.read("summary.html").decode()
    assert "<script" not in page
    assert "&lt;Quy chế&gt;" in page
    assert "<Quy chế>" not in page
