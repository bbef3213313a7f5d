"""`lienthong clients`: machine clients, when a key is in doubt."""

from typing import Annotated
from uuid import UUID

import typer

from lienthong.accounts.commands.operator import Because, JsonOption, act, operator, screen_of
from lienthong.accounts.domain.clients import ORDERS
from lienthong.accounts.store import clients
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.order_client import order_client
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import Client

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Hệ thống máy khách / machine clients")

_COLUMNS = (
    Words("Id máy khách", "Id"),
    Words("Tên", "Name"),
    Words("Trạng thái", "State"),
    Words("Cơ quan", "Agencies"),
)
_MOST = 100_000

ClientArgument = Annotated[UUID, typer.Argument(help="Id máy khách / id of the client")]


@app.command("list")
def list_(context: typer.Context, json: JsonOption = False) -> None:
    """Liệt kê máy khách / list clients."""
    screen = screen_of(context, json)
    found = act(_load)
    if json:
        screen.value([client.model_dump(mode="json", exclude_none=True) for client in found])
        return
    screen.table(_COLUMNS, [(each.client_id, each.name, each.state, len(each.grants)) for each in found])


@app.command()
def suspend(context: typer.Context, client: ClientArgument, reason: Because, json: JsonOption = False) -> None:
    """Tạm dừng / suspend."""
    _order(context, client, "suspend", reason, json=json)


@app.command()
def resume(context: typer.Context, client: ClientArgument, reason: Because, json: JsonOption = False) -> None:
    """Khôi phục / resume."""
    _order(context, client, "resume", reason, json=json)


@app.command()
def end(context: typer.Context, client: ClientArgument, reason: Because, json: JsonOption = False) -> None:
    """Kết thúc vĩnh viễn / end for good."""
    _order(context, client, "end", reason, json=json)


def _order(context: typer.Context, client: UUID, order: str, reason: str, *, json: bool) -> None:
    after = act(lambda parts: order_client(parts, client, ORDERS[order], reason=reason, who=operator()))
    screen_of(context, json).facts({"client_id": after.client_id, "state": after.state})


async def _load(context: Context) -> list[Client]:
    async with context.database.connection() as connection:
        return await clients.page(connection, after=None, limit=_MOST)
