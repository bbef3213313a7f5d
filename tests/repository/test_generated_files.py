"""What is generated is current, speaks both languages, and breaks no published version."""

from pathlib import Path

import pytest

from lienthong.common.errors import LienthongError
from lienthong.common.schema_tools import published, services, tree
from lienthong.common.schema_tools.events import event_documents


def test_every_generated_file_is_current(root: Path) -> None:
    assert tree.stale(root, tree.generate()) == [], "run: python -m lienthong.common.schema_tools write"


def test_the_same_code_gives_the_same_bytes() -> None:
    assert tree.generate() == tree.generate()


def test_no_published_version_is_broken(root: Path) -> None:
    assert published.find_breaks(root, event_documents()) == []


@pytest.mark.parametrize("error", services.every_error(), ids=lambda error: error.code)
def test_every_error_tells_both_languages_what_happened_and_what_to_do(error: type[LienthongError]) -> None:
    for words in (error.title, error.advice):
        assert words.vi.strip()
        assert words.en.strip()
        assert words.vi != words.en
    assert (error.__doc__ or "").strip().endswith((".", ")"))
