"""What is generated is current, speaks both languages, and breaks no published version."""

from pathlib import Path

from lienthong.common.errors import LienthongError
from lienthong.common.schema_tools import published, services, tree
from lienthong.common.schema_tools.events import event_documents


def test_every_generated_file_is_current(root: Path) -> None:
    assert tree.stale(root, tree.generate()) == [], "run: python -m lienthong.common.schema_tools write"


def test_the_same_code_gives_the_same_bytes() -> None:
    assert tree.generate() == tree.generate()


def test_no_published_version_is_broken(root: Path) -> None:
    assert published.find_breaks(root, event_documents()) == []


def test_every_error_tells_both_languages_what_happened_and_what_to_do() -> None:
    errors = services.every_error()
    assert errors
    silent = [error.code for error in errors if not _speaks(error)]
    assert silent == []


def _speaks(error: type[LienthongError]) -> bool:
    both = all(words.vi.strip() and words.en.strip() and words.vi != words.en for words in (error.title, error.advice))
    return both and (error.__doc__ or "").strip().endswith((".", ")"))
