"""`lienthong certificates`: the register of certificates and other authorities' revocation lists."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lienthong.accounts.commands.operator import Because, JsonOption, act, agency_named, operator, screen_of
from lienthong.accounts.store import certificates
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.load_revocation_list import load_revocation_list
from lienthong.accounts.usecases.order_certificate import order_as_operator
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import CertificateOrder, CertificateRecord, CertificateState
from lienthong.common.operating.screen import time_given

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Sổ chứng thư số / register of certificates")

_COLUMNS = (
    Words("Dấu vân tay", "Fingerprint"),
    Words("Chủ thể", "Holder"),
    Words("Trạng thái", "State"),
    Words("Từ", "Since"),
    Words("Hết hạn", "Not after"),
)
_MOST = 100_000
_DASHES = {"ignore_unknown_options": True}
"""One fingerprint in 64 begins with a hyphen and is no option."""

Fingerprint = Annotated[str, typer.Argument(help="SHA-256 base64url (x5t#S256)")]


@app.command("list")
def list_(
    context: typer.Context,
    agency: Annotated[
        str | None, typer.Option(help="Mã định danh hoặc id của cơ quan / code or id of an agency")
    ] = None,
    state: Annotated[CertificateState | None, typer.Option(help="Trạng thái / state")] = None,
    json: JsonOption = False,
) -> None:
    """Liệt kê chứng thư số / list certificates."""
    screen = screen_of(context, json)
    found = act(lambda parts: _load(parts, agency, state))
    if json:
        screen.value([record.model_dump(mode="json", exclude_none=True, exclude={"x5c"}) for record in found])
        return
    screen.table(_COLUMNS, [_row(record) for record in found])


@app.command(context_settings=_DASHES)
def suspend(context: typer.Context, fingerprint: Fingerprint, reason: Because, json: JsonOption = False) -> None:
    """Tạm dừng một chứng thư / suspend a certificate."""
    _order(context, fingerprint, CertificateOrder.SUSPEND, reason=reason, since=None, json=json)


@app.command(context_settings=_DASHES)
def resume(context: typer.Context, fingerprint: Fingerprint, reason: Because, json: JsonOption = False) -> None:
    """Khôi phục một chứng thư đang tạm dừng / resume a suspended certificate."""
    _order(context, fingerprint, CertificateOrder.RESUME, reason=reason, since=None, json=json)


@app.command(context_settings=_DASHES)
def revoke(
    context: typer.Context,
    fingerprint: Fingerprint,
    reason: Because,
    since: Annotated[
        str | None, typer.Option(help="Từ thời điểm: 09:30 22/11/2026 / from this time on: 09:30 22/11/2026")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Thu hồi vĩnh viễn một chứng thư / revoke a certificate for good."""
    _order(context, fingerprint, CertificateOrder.REVOKE, reason=reason, since=time_given(since), json=json)


@app.command()
def crl(
    context: typer.Context,
    file: Annotated[Path, typer.Option("--file", help="CRL (PEM hoặc DER) / list in PEM or DER", exists=True)],
    json: JsonOption = False,
) -> None:
    """Nạp danh sách thu hồi của CA khác / take over another authority's revocation list."""
    data = file.read_bytes()
    published = act(lambda parts: load_revocation_list(parts, data, who=operator()))
    screen = screen_of(context, json)
    if published is None:
        screen.facts({"published": False})
        return
    screen.facts(
        {
            "published": True,
            "issuer": published.issuer,
            "number": published.version,
            "this_update": published.this_update,
            "next_update": published.next_update,
        }
    )


def _order(
    context: typer.Context,
    fingerprint: str,
    order: CertificateOrder,
    *,
    reason: str,
    since: datetime | None,
    json: bool,
) -> None:
    after = act(lambda parts: order_as_operator(parts, fingerprint, order, reason=reason, since=since, who=operator()))
    screen_of(context, json).facts(
        {"fingerprint": after.fingerprint, "state": after.state, "since": after.history[-1].since}
    )


async def _load(context: Context, agency: str | None, state: CertificateState | None) -> list[CertificateRecord]:
    agency_id = None if agency is None else await agency_named(context, agency)
    async with context.database.connection() as connection:
        if agency_id is None:
            return await certificates.page(connection, state=state, after=None, limit=_MOST)
        found = await certificates.of_agency(connection, agency_id)
    return [record for record in found if state in (None, record.state)]


def _row(record: CertificateRecord) -> tuple[object, ...]:
    holder = record.holder.agency_id or record.holder.service or record.holder.kind
    return (record.fingerprint, holder, record.state, record.history[-1].since, record.not_after)
