"""The front door: every way to be refused is a problem, in the language the caller reads."""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.http import make_app, make_router, read_body, stream_body
from lienthong.common.telemetry import Telemetry, make_telemetry


class OutOfOffice(LienthongError):
    """Nobody is there."""

    code = "out_of_office_test"
    kind = Kind.OVERLOADED
    title = Words("Ngoài giờ làm việc", "Out of office")
    advice = Words("Gửi lại sau.", "Send again later.")


class Letter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subject: str
    pages: int


def routes() -> APIRouter:
    router = make_router(prefix="/v1", tags=["test"])

    @router.post("/letters")
    async def post(letter: Letter) -> dict[str, Any]:
        return letter.model_dump()

    @router.get("/letters/{number}")
    async def get(number: int) -> dict[str, int]:
        return {"number": number}

    @router.get("/closed")
    async def closed() -> None:
        raise OutOfOffice(retry_after=7)

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("password is hunter2")

    @router.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        body = await read_body(request, limit=1000, accept=["application/cloudevents+json"])
        return {"size": len(body)}

    @router.post("/upload")
    async def upload(request: Request) -> dict[str, int]:
        return {"size": sum([len(piece) async for piece in stream_body(request, limit=5_000_000)])}

    return router


@pytest.fixture
def telemetry() -> Telemetry:
    return make_telemetry("test")


@pytest.fixture
async def client(telemetry: Telemetry) -> AsyncGenerator[httpx.AsyncClient]:
    app = make_app("Test", "1", [routes()], telemetry=telemetry, body_limit=2000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"urn:lienthong:error:{code}"
    assert problem["trace_id"] == answer.headers["x-trace-id"]
    return problem


class TestProblems:
    async def test_a_known_error(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/closed")
        problem = check_problem(answer, 429, "out_of_office_test")
        assert problem["title"] == "Ngoài giờ làm việc"
        assert problem["instance"] == "/v1/closed"
        assert answer.headers["retry-after"] == "7"
        assert answer.headers["content-language"] == "vi"

    async def test_in_english_on_demand(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/closed", headers={"accept-language": "en-GB"})
        assert answer.json()["title"] == "Out of office"
        assert answer.headers["content-language"] == "en"

    async def test_an_unknown_path(self, client: httpx.AsyncClient) -> None:
        check_problem(await client.get("/v1/nowhere"), 404, "route_unknown")

    async def test_another_method(self, client: httpx.AsyncClient) -> None:
        answer = await client.delete("/v1/closed")
        check_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET"

    async def test_an_invalid_body_names_every_fault_and_quotes_nothing(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/letters", json={"pages": "secret words", "extra": 1})
        problem = check_problem(answer, 400, "malformed_request")
        assert {each["pointer"] for each in problem["violations"]} == {"/subject", "/pages", "/extra"}
        assert "secret words" not in answer.text

    async def test_an_invalid_path_parameter(self, client: httpx.AsyncClient) -> None:
        problem = check_problem(await client.get("/v1/letters/abc"), 400, "malformed_request")
        assert problem["violations"][0]["pointer"] == "path:number"

    async def test_a_body_that_is_no_json(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/letters", content=b"{", headers={"content-type": "application/json"})
        check_problem(answer, 400, "malformed_json")

    async def test_a_member_twice(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/v1/letters",
            content=b'{"subject":"a","subject":"b","pages":1}',
            headers={"content-type": "application/json"},
        )
        check_problem(answer, 400, "malformed_json")

    async def test_what_nobody_expected_leaks_nothing(self, client: httpx.AsyncClient, telemetry: Telemetry) -> None:
        answer = await client.get("/v1/broken")
        check_problem(answer, 500, "unexpected_fault")
        assert "hunter2" not in answer.text
        counted = 'lienthong_http_requests_total{method="GET",route="/v1/broken",status="500"} 1.0'
        assert counted in telemetry.metrics.exposition().decode()


class TestBodies:
    async def test_a_model_within_the_limit(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/letters", json={"subject": "Công văn", "pages": 2})
        assert answer.json() == {"subject": "Công văn", "pages": 2}

    async def test_a_model_beyond_the_limit(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/letters", json={"subject": "x" * 3000, "pages": 2})
        check_problem(answer, 413, "body_too_large")

    async def test_a_body_without_length_ends_at_the_limit(self, client: httpx.AsyncClient) -> None:
        async def pieces() -> AsyncGenerator[bytes]:
            for _ in range(100):
                yield b"x" * 100

        headers = {"content-type": "application/cloudevents+json"}
        answer = await client.post("/v1/raw", content=pieces(), headers=headers)
        check_problem(answer, 413, "body_too_large")

    async def test_a_raw_body_keeps_its_bytes(self, client: httpx.AsyncClient) -> None:
        headers = {"content-type": "application/cloudevents+json; charset=UTF-8"}
        answer = await client.post("/v1/raw", content=b" {} ", headers=headers)
        assert answer.json() == {"size": 4}

    @pytest.mark.parametrize(
        "content_type", [None, "text/plain", "application/json", "application/cloudevents+json; charset=utf-16"]
    )
    async def test_another_content_type(self, client: httpx.AsyncClient, content_type: str | None) -> None:
        headers = {} if content_type is None else {"content-type": content_type}
        problem = check_problem(
            await client.post("/v1/raw", content=b"{}", headers=headers), 415, "content_type_unsupported"
        )
        assert "application/cloudevents+json" in problem["detail"]

    async def test_an_upload_may_be_larger_than_the_default(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/upload", content=b"x" * 4_000_000)
        assert answer.json() == {"size": 4_000_000}
        check_problem(await client.post("/v1/upload", content=b"x" * 6_000_000), 413, "body_too_large")


class TestHealthAndTraces:
    async def test_live_and_ready(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).json() == {"status": "ready"}

    async def test_what_is_missing_is_named(self, telemetry: Telemetry) -> None:
        async def trust() -> str | None:
            return "trust: not everything has been read yet"

        app = make_app("Test", "1", [], telemetry=telemetry, readiness=[trust])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["missing"] == ["trust: not everything has been read yet"]

    async def test_metrics(self, client: httpx.AsyncClient) -> None:
        await client.get("/v1/letters/5")
        shown = (await client.get("/metrics")).text
        assert 'route="/v1/letters/{number}",status="200"' in shown
        assert "process_resident_memory_bytes" in shown

    async def test_who_asks_for_metrics_without_end_gets_those_of_a_moment_ago(
        self, client: httpx.AsyncClient, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[float] = []

        def write_slowly() -> bytes:
            written.append(time.monotonic())
            time.sleep(0.05)
            return b"%d" % len(written)

        monkeypatch.setattr(telemetry.metrics, "exposition", write_slowly)
        begun = time.monotonic()
        while time.monotonic() < begun + 1.5:
            assert (await client.get("/metrics")).content == b"%d" % len(written)
        assert 2 <= len(written) <= 15, "a burst, then a quarter of the time"

    async def test_a_given_trace_goes_on(self, client: httpx.AsyncClient) -> None:
        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
        answer = await client.get("/v1/closed", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
        assert answer.json()["trace_id"] == trace_id

    @pytest.mark.parametrize("given", ["", "00-0-0-00", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "x" * 4000])
    async def test_a_malformed_trace_begins_a_new_one(self, client: httpx.AsyncClient, given: str) -> None:
        answer = await client.get("/v1/closed", headers={"traceparent": given})
        assert len(answer.headers["x-trace-id"]) == 32
        assert int(answer.headers["x-trace-id"], 16) != 0


async def test_beyond_the_limit_requests_are_told_to_come_again(telemetry: Telemetry) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    router = make_router(prefix="/v1")

    @router.get("/slow")
    async def slow() -> None:
        entered.set()
        await leave.wait()

    app = make_app("Test", "1", [router], telemetry=telemetry, most_requests=1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        first = asyncio.create_task(client.get("/v1/slow"))
        await entered.wait()
        second = await client.get("/v1/slow")
        check_problem(second, 429, "too_many_requests")
        assert second.headers["retry-after"] == "1"
        assert (await client.get("/health/live")).status_code == 200
        leave.set()
        assert (await first).status_code == 200
        assert (await client.get("/v1/slow")).status_code == 200


def test_a_lenient_router_is_refused(telemetry: Telemetry) -> None:
    router = APIRouter()
    router.add_api_route("/v1/x", lambda: None)
    with pytest.raises(TypeError, match="make_router"):
        make_app("Test", "1", [router], telemetry=telemetry)


def test_the_description_tells_of_problems_only(telemetry: Telemetry) -> None:
    app = make_app("Test", "1", [routes()], telemetry=telemetry)
    described = app.openapi()["paths"]["/v1/letters"]["post"]["responses"]
    assert set(described) == {"200", "default"}
    assert "application/problem+json" in described["default"]["content"]
