"""`lienthong audit verify`: judge a copy of a service's audit log, offline, with the anchors alone.

Exit status: 0 whole, 1 something is wrong, 2 cannot tell (a file cannot be read, a list or a certificate is wanting).
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from lienthong.common.audit_check import (
    AuditJudge,
    AuditReport,
    CopyUnreadable,
    EarlierCopy,
    as_json,
    as_lines,
    read_copy,
)
from lienthong.sdk.commands.options import JsonOption, existing_file, output_of, read_anchors, read_list
from lienthong.sdk.errors import BadInput

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Nhật ký kiểm toán của nền tảng / audit logs of the platform",
)


@app.callback()
def root() -> None:
    """Nhật ký kiểm toán của nền tảng / audit logs of the platform."""


@app.command()
def verify(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="Bản sao nhật ký (lienthong ops audit export) / copy of a log (lienthong ops audit export)"
        ),
    ],
    *,
    trust: Annotated[Path, typer.Option(help="Chứng thư gốc: tệp hoặc thư mục / anchors: file or folder")],
    since: Annotated[
        Path | None, typer.Option(help="Bản sao trước đây để so / an earlier copy: what it holds must still be there")
    ] = None,
    crl: Annotated[
        list[Path] | None, typer.Option(help="Thêm danh sách thu hồi, lặp lại được / more revocation lists, repeatable")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Kiểm tra nhật ký; mã 0 nguyên vẹn, 1 không, 2 không rõ / Verify a log offline; exit 0 whole, 1 not, 2 unclear."""
    output = output_of(context, json)
    report = _judge(existing_file(file), trust, None if since is None else existing_file(since), crl or [])
    if output.json:
        output.line(as_json(report))
    else:
        for line in as_lines(report, output.text, output.time):
            output.say(line)
    raise typer.Exit(report.exit_code)


def _judge(file: Path, trust: Path, since: Path | None, crl: list[Path]) -> AuditReport:
    anchors, brought = read_anchors(trust), [read_list(path) for path in crl]
    with ExitStack() as opened:
        try:
            earlier = None if since is None else EarlierCopy(read_copy(opened.enter_context(since.open("rb"))))
            judge = AuditJudge(anchors, more_lists=brought, earlier=earlier)
            for line in read_copy(opened.enter_context(file.open("rb"))):
                judge.take(line)
            return judge.report()
        except CopyUnreadable as refused:
            raise BadInput(refused.words) from refused
