"""The form of the token request, before anything is looked up (RFC 6749 sections 3.2, 4.4, 5.2)."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from lienthong.accounts.api.app import describe
from lienthong.accounts.api.token import ASSERTION_TYPE

FORM = "application/x-www-form-urlencoded"
GOOD = {
    "grant_type": "client_credentials",
    "client_assertion_type": ASSERTION_TYPE,
    "client_assertion": "a.b.c",
    "agency": "01a20153-4e04-7899-9c11-867fdfe88da6",
}


async def post(body: str, content_type: str = FORM, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(describe()), base_url="http://accounts") as client:
        return await client.post("/v1/token", content=body, headers={"content-type": content_type, **headers})


def form(**changes: str | None) -> str:
    return urlencode({name: value for name, value in (GOOD | changes).items() if value is not None})


@pytest.mark.parametrize(
    ("body", "error", "status"),
    [
        ("", "invalid_request", 400),
        ("grant_type", "invalid_request", 400),
        ("grant_type=%ff", "invalid_request", 400),
        (form() + "&grant_type=client_credentials", "invalid_request", 400),
        (form(grant_type=None), "invalid_request", 400),
        (form(grant_type=""), "invalid_request", 400),
        (form(grant_type="password"), "unsupported_grant_type", 400),
        (form(client_assertion=None), "invalid_request", 400),
        (form(client_assertion_type=None), "invalid_request", 400),
        (form(client_assertion_type="urn:other"), "invalid_client", 401),
        (form(client_secret="s"), "invalid_client", 401),
        (form(agency=None), "invalid_request", 400),
        (form(agency="000.00.02.H53"), "invalid_request", 400),
        (form(client_id="x"), "invalid_request", 400),
        (form(scope="admin"), "invalid_scope", 400),
        (form(scope="exchange operate"), "invalid_scope", 400),
        (form(scope="operate"), "invalid_request", 400),
        ("&".join(f"p{n}=1" for n in range(30)), "invalid_request", 400),
    ],
)
async def test_a_form_out_of_order_is_refused_in_the_words_of_the_standard(body: str, error: str, status: int) -> None:
    answer = await post(body)
    told: dict[str, Any] = answer.json()
    assert (told["error"], answer.status_code) == (error, status)
    assert told["error_description"].isascii()
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


async def test_people_read_the_cause_in_their_language() -> None:
    assert "thiếu agency" in (await post(form(agency=None))).json()["detail"]
    assert "missing" in (await post(form(agency=None), **{"accept-language": "en"})).json()["detail"]


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "text/plain"])
async def test_only_a_form_is_read(content_type: str) -> None:
    assert (await post(form(), content_type)).status_code == 415


async def test_a_form_without_bounds_is_not_read() -> None:
    assert (await post("a=" + "x" * (1 << 15))).status_code == 413
