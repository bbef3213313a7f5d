"""The generated files as one mapping of path to content, written or compared; the same code gives the same bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lienthong.common.schema_tools import pages, services
from lienthong.common.schema_tools.asyncapi import asyncapi_document
from lienthong.common.schema_tools.edxml_page import edxml_page
from lienthong.common.schema_tools.events import event_documents

_FOLDERS = ("schemas/events", "schemas/openapi")


def generate() -> dict[str, str]:
    """Every generated file of the project, by its path from the root."""
    files = {f"schemas/events/{name}.json": _json(document) for name, document in event_documents().items()}
    files |= {f"schemas/openapi/{name}.json": _json(each) for name, each in services.openapi_documents().items()}
    files["schemas/asyncapi.json"] = _json(asyncapi_document())
    files["docs/settings.md"] = pages.settings_page(services.settings_classes())
    files["docs/metrics.md"] = pages.metrics_page(services.every_metric())
    files["docs/errors.md"] = pages.errors_page(services.every_error(), services.every_rule_violation())
    files["docs/edxml.md"] = edxml_page()
    return files


def write(root: Path, files: Mapping[str, str]) -> list[str]:
    """Bring the tree up to date; the paths that were written or removed."""
    changed = stale(root, files)
    for path in changed:
        target = root / path
        if path in files:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[path], encoding="utf-8", newline="\n")
        else:
            target.unlink()
    return changed


def stale(root: Path, files: Mapping[str, str]) -> list[str]:
    """The paths whose file is missing, differs, or is no longer generated."""
    differing = {path for path, content in files.items() if not _is_current(root / path, content)}
    present = {found.relative_to(root).as_posix() for folder in _FOLDERS for found in (root / folder).glob("*.json")}
    return sorted(differing | (present - files.keys()))


def _is_current(path: Path, content: str) -> bool:
    return path.is_file() and path.read_bytes() == content.encode("utf-8")


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
