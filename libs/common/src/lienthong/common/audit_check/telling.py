"""A report as a program reads it, and in sentences for people."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from lienthong.common.audit_check.report import AuditFinding, AuditReport
from lienthong.common.clock import to_text
from lienthong.common.errors import Words

_SHOWN: Final = 50
_RESULTS: Final = {
    0: Words("NGUYÊN VẸN", "WHOLE"),
    1: Words("KHÔNG NGUYÊN VẸN", "NOT WHOLE"),
    2: Words("KHÔNG THỂ KẾT LUẬN", "CANNOT TELL"),
}


def as_json(report: AuditReport) -> dict[str, Any]:
    """All of it, by stable names."""
    return {
        "valid": report.exit_code == 0,
        "exit_code": report.exit_code,
        "service": report.service,
        "environment": report.environment,
        "at": to_text(report.at),
        "blocks": report.blocks,
        "records": report.records,
        "waiting": report.waiting,
        "stamped_block": report.stamped_block,
        "stamped_at": _time(report.stamped_at),
        "compared_to": _time(report.compared_to),
        "findings": [_finding(each) for each in report.findings],
        "remarks": [_finding(each) for each in report.remarks],
        "left_out": report.left_out,
    }


def as_lines(report: AuditReport, text: Callable[[Words], str], time: Callable[[datetime], str]) -> list[str]:
    """The result, how far it reaches, then every finding with its block and record."""
    result = _RESULTS[report.exit_code]
    told = [
        Words(
            f"Nhật ký của {report.service}: {result.vi}. {report.blocks} khối, {report.records} bản ghi.",
            f"The audit log of {report.service}: {result.en}. {report.blocks} blocks, {report.records} records.",
        )
    ]
    if report.stamped_at is not None:
        at = time(report.stamped_at)
        told.append(
            Words(
                f"Dấu thời gian bao trùm đến khối {report.stamped_block}, {at}.",
                f"Time stamps cover it up to block {report.stamped_block}, {at}.",
            )
        )
    if report.compared_to is not None:
        at = time(report.compared_to)
        told.append(Words(f"So với bản sao lúc {at}.", f"Compared with the copy of {at}."))
    if report.waiting:
        told.append(
            Words(
                f"{report.waiting} bản ghi chưa vào khối: chưa có gì bảo vệ chúng.",
                f"{report.waiting} records are in no block yet: nothing speaks for them so far.",
            )
        )
    lines = [text(each) for each in told]
    lines += _listed(report.findings, "✗", "?", text)
    lines += _listed(report.remarks, "!", "!", text)
    if report.left_out:
        lines.append(text(Words(f"… và {report.left_out} điều nữa", f"… and {report.left_out} more")))
    return lines


def _listed(found: tuple[AuditFinding, ...], bad: str, unknown: str, text: Callable[[Words], str]) -> list[str]:
    lines = [f"  {unknown if each.unknown else bad} {_where(each, text)}{text(each.words)}" for each in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(text(Words(f"  … (--json: cả {len(found)})", f"  … (--json: all {len(found)})")))
    return lines


def _where(finding: AuditFinding, text: Callable[[Words], str]) -> str:
    places: list[str] = []
    if finding.block is not None:
        places.append(text(Words(f"khối {finding.block}", f"block {finding.block}")))
    if finding.record is not None:
        places.append(text(Words(f"bản ghi {finding.record}", f"record {finding.record}")))
    return f"{', '.join(places)}: " if places else ""


def _finding(finding: AuditFinding) -> dict[str, Any]:
    return {
        "fault": finding.fault.value,
        "block": finding.block,
        "record": finding.record,
        "reason": finding.reason,
        "unknown": finding.unknown,
        "vi": finding.words.vi,
        "en": finding.words.en,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
