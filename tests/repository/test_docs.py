"""What the pages for people name is there: links, commands with their options, targets, settings, metrics, routes."""

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from lienthong.sdk.commands.root import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("services/*/README.md"),
        *ROOT.glob("sdk/*/README.md"),
        *ROOT.glob("deploy/**/README.md"),
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(lienthong [^`]+)`")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SPOKEN_EVERYWHERE = {"--help", "--json", "--lang", "--version"}


def page_of(path: Path) -> str:
    return path.read_text("utf-8")


def anchors_of(path: Path) -> set[str]:
    """Anchors as code hosts make them of headings."""
    titles = HEADING.findall(FENCED.sub("", page_of(path)))
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    dead: list[str] = []
    for link in LINK.findall(FENCED.sub("", page_of(page))):
        if "://" in link or link.startswith("mailto:"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors_of(target)):
            dead.append(link)
    assert dead == []


def commands_in(text: str) -> Iterator[str]:
    """Command lines in blocks, continued lines joined, and those that stand in sentences with words of their own."""
    for block in re.findall(r"^```\w*\n(.*?)^```|((?:^    .*\n)+)", text, re.MULTILINE | re.DOTALL):
        for line in "".join(block).replace("\\\n", " ").splitlines():
            if (found := re.match(r"\s*(?:\$ )?(?:docker compose exec \w+ )?(lienthong .*)", line)) is not None:
                yield found[1]
    yield from INLINE.findall(FENCED.sub("", text))


def words_of(command: str) -> list[str]:
    """The words of one command: without what follows a pipe, a redirection or a remark, and without brackets."""
    lexer = shlex.shlex(command.replace("\\|", "/"), posix=True, punctuation_chars="|<>;")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("|<>;"):
            break
        words.append(word.strip("[],.:"))
    return words


@cache
def command_tree() -> Any:
    return typer.main.get_command(app)


def faults_of(command: str) -> str | None:
    """What of a command line does not exist: a sub-command or an option."""
    here, words = [command_tree()], words_of(command)[1:]
    while words and hasattr(here[0], "list_commands"):
        if words[0].startswith("-") or words[0] in {"…", "..."}:
            return None
        named = [here[0].get_command(None, name) for name in words[0].split("/")]  # one, or several to choose from
        if None in named:
            return f"{command}: no command {words[0]}"
        here, words = named, words[1:]
    known = {
        name for each in here for option in each.params for name in (*option.opts, *option.secondary_opts)
    } | SPOKEN_EVERYWHERE
    said = [word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)]
    unknown = sorted(set(said) - known)
    return f"{command}: {unknown}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_there_with_its_options(page: Path) -> None:
    assert [fault for command in commands_in(page_of(page)) if (fault := faults_of(command))] == []


def test_a_command_that_is_not_there_is_seen() -> None:
    assert faults_of("lienthong agency fetch --all")
    assert faults_of('lienthong agency send any.pdf --too 000.00.14.H53 --symbol "1/STC"')
    assert not faults_of("lienthong agency send any.pdf --to 000.00.14.H53 … > file")
    assert faults_of(r"lienthong agency groups list\|shw")
    [joined] = commands_in("```\nlienthong agency inbox \\\n  --lane urgent\n```")
    assert joined.split() == ["lienthong", "agency", "inbox", "--lane", "urgent"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", page_of(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", page_of(page))) <= targets


@cache
def known_names() -> tuple[str, str, frozenset[str]]:
    """Where settings stand; where metrics do; and the routes, whatever their parameters are called."""
    programs = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("sdk/*/src/**/*.py")]
    settings = [ROOT / "docs/settings.md", ROOT / "docker-compose.yml", ROOT / "Makefile", *programs]
    described = [json.loads(page_of(path))["paths"] for path in ROOT.glob("schemas/openapi/*.json")]
    routes = frozenset(re.sub(r"{\w+}", "{}", route) for paths in described for route in paths)
    return "\n".join(map(page_of, settings)), page_of(ROOT / "docs/metrics.md"), routes


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_metric_and_route_is_there(page: Path) -> None:
    text, (settings, metrics, routes) = page_of(page), known_names()
    unknown = [name for name in re.findall(r"\bLIENTHONG_[A-Z_]+[A-Z]\b", text) if name not in settings]
    unknown += [name for name in re.findall(r"\blienthong_\w+_\w+\b", text) if name not in metrics + settings]
    for route in re.findall(r"(?:GET|POST|PUT|DELETE) (/v1/[\w/{}-]+)|`(/v1/[\w/{}-]+)`", text):
        said = re.sub(r"{\w+}", "{}", "".join(route)).rstrip("/")
        if said not in routes and not any(each.startswith(f"{said}/") for each in routes):
            unknown.append("".join(route))
    assert unknown == []
