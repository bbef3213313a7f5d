"""The command line of the generators."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from lienthong.common.schema_tools import published, tree
from lienthong.common.schema_tools.events import event_documents


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if something is stale or incompatible."""
    parser = argparse.ArgumentParser(prog="python -m lienthong.common.schema_tools", description=__doc__)
    parser.add_argument("command", choices=("write", "check", "publish"))
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the project's folder")
    given = parser.parse_args(arguments)
    commands = {"write": _write, "check": _check, "publish": _publish}
    return commands[given.command](given.root)


def _write(root: Path) -> int:
    for path in tree.write(root, tree.generate()):
        print(f"written: {path}")
    return _report_breaks(root)


def _check(root: Path) -> int:
    stale = tree.stale(root, tree.generate())
    for path in stale:
        print(f"not current: {path} (run: python -m lienthong.common.schema_tools write)")
    return _report_breaks(root) or bool(stale)


def _publish(root: Path) -> int:
    if _report_breaks(root):
        return 1
    for path in published.publish(root, event_documents()):
        print(f"published: {path}")
    return 0


def _report_breaks(root: Path) -> int:
    breaks = published.find_breaks(root, event_documents())
    for each in breaks:
        print(f"incompatible: {each}")
    return bool(breaks)
