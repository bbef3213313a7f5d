"""Operators of the platform who are not on its host: what they see and do below /v1/operations."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from tests.integration.exchange.world import World

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import Duty


@dataclass(frozen=True, slots=True)
class OperatorClient:
    """An operator with a token of its own."""

    world: World
    client_id: UUID

    @property
    def headers(self) -> dict[str, str]:
        token = self.world.any_token(sub=str(self.client_id), scope="operate")
        return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Look at something below /v1/operations."""
        return await self.world.http.get(f"/v1/operations/{path}", params=query, headers=self.headers)

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Do something below /v1/operations."""
        return await self.world.http.post(f"/v1/operations/{path}", json=body, headers=self.headers)


async def new_operator(world: World) -> OperatorClient:
    """A new operator, known to the exchange."""
    made = OperatorClient(world, new_id())
    await world.tell([world.voice.client(made.client_id, [], duties=[Duty.OPERATE])])

    async def is_known() -> bool:
        return (await made.get("outages")).status_code == 200

    await world.until(is_known, "the operator's client is known")
    return made
