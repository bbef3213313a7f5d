"""Rules of the house that no other tool checks."""

import ast
import re
import subprocess
import sys
from pathlib import Path

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

MACHINE_PATH = re.compile(r"(?<![\w.~>}-])/(?:home|Users|root|work)/[\w.-]")
PACKAGE_SOURCE = re.compile(
    r"index-url|index_url|find-links|npm_config_registry|^\s*registry\s*=|\[\[(?:tool\.uv\.)?index\]\]|<mirror>", re.M
)
LOCKS = {"uv.lock", "package-lock.json"}

WORDS_OF_OTHERS = {
    "libs/common": {
        "SignerInfo",  # edXML's word for a person, and RFC 5652's for one signature
        "RevocationList",  # the file that an authority signed, and what accounts says about it
        "Holder",  # of a certificate, and of a shard
    },
}
"""Names of classes that may stand more than once in a distribution."""


def text_of(path: Path) -> str:
    """The content of a text file; nothing of a binary one."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def python_files(tracked: list[Path]) -> list[Path]:
    return [path for path in tracked if path.suffix == ".py"]


def test_no_file_is_longer_than_four_hundred_lines(root: Path, tracked: list[Path]) -> None:
    lengths = {
        path: len(text_of(path).splitlines()) for path in tracked if path.suffix in {".py", ".sql", ".ts", ".css"}
    }
    assert [f"{path.relative_to(root)}: {length}" for path, length in lengths.items() if length > MAX_FILE_LINES] == []


def test_no_function_is_longer_than_sixty_lines(root: Path, tracked: list[Path]) -> None:
    long = [
        f"{path.relative_to(root)}:{node.lineno} {node.name}: {length}"
        for path in python_files(tracked)
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_no_file_names_a_place_on_one_machine(root: Path, tracked: list[Path]) -> None:
    found = {
        f"{path.relative_to(root)}: {match[0]}"
        for path in tracked
        if path.name not in LOCKS
        for match in MACHINE_PATH.finditer(text_of(path))
    }
    assert sorted(found) == []


def test_no_file_says_where_packages_come_from(root: Path, tracked: list[Path]) -> None:
    found = [
        str(path.relative_to(root))
        for path in tracked
        if path.name not in LOCKS and path != Path(__file__) and PACKAGE_SOURCE.search(text_of(path))
    ]
    assert found == []


def test_every_public_module_says_what_it_is_for(root: Path, tracked: list[Path]) -> None:
    silent = [
        str(path.relative_to(root))
        for path in python_files(tracked)
        if text_of(path).strip() and not ast.get_docstring(ast.parse(text_of(path)))
    ]
    assert silent == []


def test_a_name_of_a_class_means_one_thing(root: Path, tracked: list[Path]) -> None:
    places: dict[tuple[str, str], list[str]] = {}
    for path in python_files(tracked):
        inside = path.relative_to(root)
        if inside.parts[2:3] != ("src",):
            continue
        for node in ast.parse(text_of(path)).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(("/".join(inside.parts[:2]), node.name), []).append(str(inside))
    several = {key: found for key, found in places.items() if len(found) > 1}
    assert {key: found for key, found in several.items() if key[1] not in WORDS_OF_OTHERS.get(key[0], ())} == {}
    assert {(part, name) for part, names in WORDS_OF_OTHERS.items() for name in names} == set(several), "needed no more"


def test_rooms_and_services_import_only_what_they_may(root: Path) -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_can_fail() -> None:
    assert MACHINE_PATH.search("see " + "/ho" + "me/someone/file")
    assert not MACHINE_PATH.search("https://host/work/item and ../work/item")
    assert PACKAGE_SOURCE.search("pip install --" + "index-url x")
