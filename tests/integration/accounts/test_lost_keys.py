"""The folder of token keys is lost: the keys that cannot sign any more end, and clients get tokens again."""

import asyncio
from collections.abc import Generator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from tests.integration.accounts.installation import (
    Installation,
    MachineClient,
    ask_token,
    client_event,
    post,
    sign,
    until_answered,
)

from lienthong.common.testing.failures import private_servers
from lienthong.common.testing.processes import Processes


@pytest.fixture
def alone(tmp_path: Path) -> Generator[Installation]:
    """An installation of its own: topics have fixed names."""
    processes = Processes(tmp_path / "logs")
    with private_servers(tmp_path / "servers") as private:
        yield Installation.make(private.addresses, tmp_path / "accounts", processes)
        processes.end()


async def test_tokens_are_given_again_after_the_loss_of_all_token_keys(alone: Installation) -> None:
    accounts = alone
    child = await asyncio.to_thread(accounts.start)
    await asyncio.to_thread(accounts.import_sample)
    async with accounts.http() as http:
        seal, client = await accounts.enrol(http, "000.00.14.H53"), MachineClient()
        assert (await post(http, "/v1/client-requests", sign(seal, client_event(seal, client)))).status_code == 201
        await until_answered(lambda: is_given(http, client, seal.agency_id))
        (before,) = await accounts.fetch("SELECT key_id FROM token_key WHERE state = 'active'")
        await asyncio.to_thread(child.kill)
        for file in (accounts.folder / "keys").iterdir():
            file.unlink()
        await asyncio.to_thread(accounts.start)
        await until_answered(lambda: is_given(http, client, seal.agency_id))
        rows = await accounts.fetch("SELECT key_id, state FROM token_key")
    states = {row["key_id"]: row["state"] for row in rows}
    assert states[before["key_id"]] == "ended"
    assert [state for key_id, state in states.items() if key_id != before["key_id"]].count("active") == 1


async def is_given(http: httpx.AsyncClient, client: MachineClient, agency_id: UUID) -> bool:
    answer = await ask_token(http, client.sign(client.claims()), agency_id)
    return answer.status_code == 200
