"""Figures as CSV (RFC 4180): UTF-8 with a byte order mark, because spreadsheets take it for an old encoding without.

Columns are named as in JSON, so that programs read both alike; the last line is the whole period.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Final
from uuid import UUID

from lienthong.exchange.domain.figures import NAMES, Figures, Report

MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
TOTAL: Final = "total"

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def own_csv(report: Report, agency_id: UUID) -> bytes:
    """One agency's figures: a line for each part."""
    period = report.period
    lines = [[period.label(part), *_cells(report.of(agency_id, part))] for part in period.parts()]
    return _write(["period", *NAMES], [*lines, [TOTAL, *_cells(report.of(agency_id))]])


def all_csv(report: Report, names: Mapping[UUID, str]) -> bytes:
    """Every agency's figures of the whole period, the last line those of all together."""
    lines = [[str(each), _harmless(names.get(each, "")), *_cells(report.of(each))] for each in report.agencies()]
    return _write(["agency_id", "name", *NAMES], [*lines, [TOTAL, "", *_cells(report.of(None))]])


def _cells(figures: Figures) -> list[str]:
    return ["" if value is None else str(value) for value in astuple(figures)]


def _harmless(text: str) -> str:
    """A name that a spreadsheet would take for a formula is shown as text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write(header: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig")
