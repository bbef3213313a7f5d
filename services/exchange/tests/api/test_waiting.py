"""Who waits for an answer sends nothing meanwhile; what it does send ends its waiting as it would end any request."""

import asyncio

import httpx
import pytest
from fastapi import Request, Response

from lienthong.common.http import make_app, make_router
from lienthong.common.telemetry import make_telemetry
from lienthong.exchange.api.waiting import unless_gone


@pytest.fixture
def client() -> httpx.AsyncClient:
    """Of a service that answers after half a second."""
    router = make_router(prefix="/v1", bare=True)

    @router.get("/later")
    async def later(request: Request) -> Response:
        answer = await unless_gone(request, asyncio.sleep(0.5, "late"))
        return Response(status_code=204) if answer is None else Response(answer)

    app = make_app("Test", "1", [router], telemetry=make_telemetry("test"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_a_body_that_nobody_asked_for_is_thrown_away(client: httpx.AsyncClient) -> None:
    answer = await client.request("GET", "/v1/later", content=b"x" * 1000)
    assert (answer.status_code, answer.text) == (200, "late")


async def test_one_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.request("GET", "/v1/later", content=bytes(2 << 20))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
