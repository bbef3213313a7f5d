"""The interface as a whole: described, and every route states who may use it."""

from typing import Any

import httpx

from lienthong.accounts.api.app import describe


def operations() -> dict[str, dict[str, Any]]:
    paths = describe().openapi()["paths"]
    return {f"{method.upper()} {path}": each for path, routes in paths.items() for method, each in routes.items()}


def test_the_routes_are_those_of_the_contract() -> None:
    assert set(operations()) == {
        "GET /v1/agencies",
        "GET /v1/agencies/{agency_id}",
        "GET /v1/agencies/{agency_id}/certificates",
        "POST /v1/agencies/{agency_id}/certificates",
        "GET /v1/certificates/{fingerprint}",
        "GET /v1/revocation-lists/{issuer}",
        "GET /v1/token-keys",
        "POST /v1/certificate-requests",
        "POST /v1/certificate-orders",
        "POST /v1/client-requests",
        "POST /v1/client-withdrawals",
        "POST /v1/token",
    }


def test_every_route_says_who_may_use_it() -> None:
    silent = [
        name
        for name, each in operations().items()
        if not any(
            word in each["description"] for word in ("Open to everyone", "Only for", "under its", "a seal of its own")
        )
    ]
    assert silent == []


async def test_malformed_requests_reach_nothing() -> None:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(describe()), base_url="http://accounts")
    for path, status in (
        ("/v1/agencies/1", 400),
        ("/v1/agencies?limit=0", 400),
        ("/v1/agencies?state=dead", 400),
        ("/v1/certificates/x", 400),
        ("/v1/nothing", 404),
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["advice"]
