"""`lienthong operators`: who operates the platform from elsewhere than its hosts, by which keys."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from lienthong.accounts.commands.operator import Because, JsonOption, act, operator, screen_of
from lienthong.accounts.domain.client_jwts import ClientKey, public_key_of, public_members
from lienthong.accounts.domain.errors import ClientKeyRefused
from lienthong.accounts.store import clients
from lienthong.accounts.usecases.add_operator import add_operator
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.remove_operator import remove_operator
from lienthong.common.errors import Words
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import Client
from lienthong.common.operating.screen import text_of_at_most

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Người vận hành nền tảng / operators of the platform"
)

_LONGEST_NAME = 200
_COLUMNS = {
    "client_id": Words("Id máy khách", "Id"),
    "name": Words("Tên", "Name"),
    "state": Words("Trạng thái", "State"),
    "key_thumbprint": Words("Dấu vân tay khóa", "Key thumbprint"),
}


@app.command()
def add(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(callback=text_of_at_most(_LONGEST_NAME), help="Họ tên người vận hành / the operator's name")
    ],
    key: Annotated[Path, typer.Option(help="Khóa công khai P-256 hoặc RSA, PEM / the public key")],
    json: JsonOption = False,
) -> None:
    """Đăng ký khóa công khai của người vận hành / register an operator's public key."""
    public = _read_key(key)
    added = act(lambda parts: add_operator(parts, new_id(), name, public, who=operator()))
    screen_of(context, json).facts(_facts(added))


@app.command("list")
def list_(context: typer.Context, json: JsonOption = False) -> None:
    """Liệt kê người vận hành / list operators."""
    screen_of(context, json).rows([_facts(client) for client in act(_load)], _COLUMNS)


@app.command()
def remove(
    context: typer.Context,
    client: Annotated[UUID, typer.Argument(help="Id trong danh sách / id in the list")],
    reason: Because,
    json: JsonOption = False,
) -> None:
    """Thôi vận hành: mã truy cập của người này mất hiệu lực ngay / remove an operator: the tokens are void at once."""
    removed = act(lambda parts: remove_operator(parts, client, reason=reason, who=operator()))
    screen_of(context, json).facts(_facts(removed))


def _read_key(path: Path) -> ClientKey:
    """The public key in a file. Raises ClientKeyRefused, also for a private one: it is nobody's but the operator's."""
    text = path.read_bytes()
    for kind in (ECKey, RSAKey):
        try:
            key = kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
        if key.is_private:
            raise ClientKeyRefused(Words(f"{path}: là khóa riêng", f"{path} is a private key"))
        return public_key_of(public_members(key))
    raise ClientKeyRefused(Words(f"{path}: không đọc được khóa", f"{path} cannot be read as a key"))


def _facts(client: Client) -> dict[str, object]:
    return {
        "client_id": client.client_id,
        "name": client.name,
        "state": client.state,
        "key_thumbprint": client.key_thumbprint,
    }


async def _load(context: Context) -> list[Client]:
    async with context.database.connection() as connection:
        return await clients.operators(connection)
