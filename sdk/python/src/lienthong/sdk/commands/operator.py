"""`lienthong operator`: an operator who is not on the hosts. Who is one: `lienthong operators`, on accounts' host."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from lienthong.common.errors import Words
from lienthong.sdk.commands.options import JsonOption, output_of
from lienthong.sdk.operator import fetch_operator_token, make_operator_key

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Người vận hành làm việc từ xa: khóa, mã truy cập / An operator from elsewhere: key, tokens",
)


@app.command()
def key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Tệp khóa sẽ tạo: operator.pem / file of the new key: operator.pem")],
    json: JsonOption = False,
) -> None:
    """Tạo khóa; gửi nửa công khai cho người quản trị accounts / Make a key; its public half goes to accounts' host."""
    output = output_of(context, json)
    public = make_operator_key(file)
    output.facts(
        Words("Khóa của người vận hành", "The operator's key"),
        {
            "key": (Words("Khóa, không gửi đi đâu", "Key, for nobody else"), str(file)),
            "public": (Words("Gửi cho máy chủ accounts", "For accounts' host"), str(public)),
            "next": (Words("Chạy tại đó", "Run there"), f"lienthong operators add … --key {public.name}"),
        },
    )


@app.command()
def token(
    context: typer.Context,
    *,
    client: Annotated[
        UUID,
        typer.Option(
            envvar="LIENTHONG_OPERATOR",
            help="Id mà `lienthong operators add` in ra / id that `lienthong operators add` printed",
        ),
    ],
    key: Annotated[Path, typer.Option(envvar="LIENTHONG_OPERATOR_KEY", help="Khóa riêng / private key")],
    accounts: Annotated[str, typer.Option(envvar="LIENTHONG_ACCOUNTS_URL", help="Địa chỉ accounts / its address")],
    json: JsonOption = False,
) -> None:
    """In mã truy cập cho /v1/operations/, dùng được vài phút / Print a token for /v1/operations/, good for minutes."""
    output = output_of(context, json)
    given = asyncio.run(fetch_operator_token(accounts, client, key, language=output.language))
    if json:
        output.line({"access_token": given.value, "expires_in": given.seconds})
    else:
        typer.echo(given.value)
