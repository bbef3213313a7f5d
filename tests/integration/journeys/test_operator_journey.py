"""An operator elsewhere: makes a key, is registered on accounts' host, gets tokens, works; then is one no more."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from lienthong.common.testing.platform import Platform
from lienthong.sdk.commands.root import main

pytestmark = [pytest.mark.xdist_group("platform"), pytest.mark.requirement("A7")]


def test_an_operator_works_with_the_key_it_made_until_it_is_removed(
    platform: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def operator(*arguments: object, code: int = 0) -> str:
        assert main(["operator", *map(str, arguments)]) == code
        return capsys.readouterr().out

    key = tmp_path / "operator.pem"
    made = json.loads(operator("key", key, "--json"))
    assert (key.stat().st_mode & 0o777, "PRIVATE" in Path(made["public"]).read_text("ascii")) == (0o600, False)
    operator("key", key, code=2)
    added = on_host(platform, "add", "Nguyễn Văn Vận", "--key", made["public"])
    login = ("token", "--client", added["client_id"], "--key", key, "--accounts", platform.accounts_url)

    token = operator(*login).strip()
    assert json.loads(operator(*login, "--json"))["expires_in"] == 300
    with httpx.Client(base_url=platform.exchange_url, headers={"authorization": f"Bearer {token}"}) as http:
        assert http.get("/v1/operations/hotline").status_code == 200
        assert http.get("/v1/inbox/ordinary").status_code == 403, "of no agency"
    operator("token", "--client", added["client_id"], "--key", made["public"], "--accounts", "http://x", code=2)

    on_host(platform, "remove", added["client_id"], "--reason", "chuyển công tác")
    operator(*login, code=1)


def on_host(platform: Platform, *arguments: str) -> Any:
    return json.loads(platform.operator("operators", *arguments, "--json").stdout)
