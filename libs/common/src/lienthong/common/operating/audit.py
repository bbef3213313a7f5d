"""`lienthong ops audit`: whether a service's audit log is whole, on its host; and a copy of it for an auditor.

Exit status of `verify`: 0 whole, 1 something is wrong, 2 cannot tell.
"""

import os
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.audit_check import (
    AuditJudge,
    AuditReport,
    CopyEnd,
    CopyUnreadable,
    EarlierCopy,
    as_json,
    as_lines,
    line_of,
    read_copy,
)
from lienthong.common.audit_log.copying import read_log
from lienthong.common.database import Database
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.local_time import local_time
from lienthong.common.operating import services
from lienthong.common.operating.screen import JsonOption
from lienthong.common.operating.services import Operated, SettingsRefused, operator
from lienthong.common.operating.words import screen_of
from lienthong.common.signing import MaterialRefused, TrustStore

app = typer.Typer(no_args_is_help=True, help="Nhật ký kiểm toán: kiểm tra, sao chép / the audit log: judged, copied")


class AuditCopyThere(LienthongError):
    """The file is there already: a copy of an audit log is never written over."""

    code = "audit_copy_there"
    kind = Kind.CONFLICT
    title = Words("Tệp đã có", "The file is there already")
    advice = Words("Chọn một tệp mới.", "Choose a new file.")


Since = Annotated[
    Path | None,
    typer.Option(
        "--since",
        exists=True,
        dir_okay=False,
        help="Bản sao trước đây để so / an earlier copy: what it holds must still be there",
    ),
]


@app.command()
def verify(context: typer.Context, since: Since = None, json: JsonOption = False) -> None:
    """Kiểm tra nhật ký; mã 0 nguyên vẹn, 1 không, 2 không rõ / Verify the whole log; exit 0 whole, 1 not, 2 unclear."""

    async def work(operated: Operated, database: Database) -> AuditReport:
        try:
            trust = TrustStore.load(operated.audited.anchors)
        except MaterialRefused as refused:
            raise SettingsRefused(Words(f"LIENTHONG_ANCHORS: {refused}", f"LIENTHONG_ANCHORS: {refused}")) from refused
        if since is None:
            return await _judge(AuditJudge(trust), operated, database)
        try:
            with since.open("rb") as file:
                return await _judge(AuditJudge(trust, earlier=EarlierCopy(read_copy(file))), operated, database)
        except CopyUnreadable as error:
            raise typer.BadParameter(f"{since}: {error.words.vi} / {since}: {error.words.en}") from error

    screen = screen_of(context, json)
    report = services.act_with(context.obj, work)
    if json:
        screen.value(as_json(report))
    else:
        for line in as_lines(report, screen.text, local_time):
            screen.say(line, line)
    raise typer.Exit(report.exit_code)


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Tệp mới / a new file", dir_okay=False)],
    json: JsonOption = False,
) -> None:
    """Sao chép nhật ký cho kiểm toán viên, kiểm tra bằng `lienthong audit verify` / A copy for an auditor."""

    async def work(operated: Operated, database: Database) -> CopyEnd:
        if file.exists():
            raise AuditCopyThere
        thing = f"/services/{operated.audited.service}/audit"
        async with database.transaction() as connection:
            await write_audit(
                connection, AuditRecord(operated.clock.now(), operator(), "audit.export", thing, Outcome.DONE)
            )
        return await _write(operated, database, file)

    written = services.act_with(context.obj, work)
    told = {"blocks": written.blocks, "rows": written.records, "waiting": written.waiting, "file": str(file)}
    screen_of(context, json).facts(told)


async def _judge(judge: AuditJudge, operated: Operated, database: Database) -> AuditReport:
    async with aclosing(read_log(database, operated.audited, operated.clock)) as lines:
        async for line in lines:
            judge.take(line)
    return judge.report()


async def _write(operated: Operated, database: Database, file: Path) -> CopyEnd:
    """What is written names people: only its owner may read it."""
    end = CopyEnd(0, 0, 0)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as out:
        async with aclosing(read_log(database, operated.audited, operated.clock)) as lines:
            async for line in lines:
                out.write(line_of(line) + b"\n")
                end = line if isinstance(line, CopyEnd) else end
        out.flush()
        os.fsync(out.fileno())
    return end
