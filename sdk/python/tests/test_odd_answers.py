"""Whatever answers under the platform's address, the client ends with an error that has a name."""

import httpx
import pytest
from counterpart import Counterpart

from lienthong.common.ids import new_id
from lienthong.sdk import Agency, UnexpectedAnswer, transport
from lienthong.sdk.problems import PlatformError, error_of, error_of_line

_ODD = [
    b"[" * 100_000,
    b'{"violations":7}',
    b'{"violations":[1,{"code":[]}],"code":7,"title":{}}',
    b'{"violations":' + b"[" * 50_000,
    b"\xff\xfe",
    b"null",
    b"",
]


@pytest.mark.parametrize("body", _ODD, ids=range(len(_ODD)))
@pytest.mark.parametrize("status", [400, 403, 422, 503])
def test_a_problem_that_is_none_is_told_by_its_status(body: bytes, status: int) -> None:
    error = error_of(httpx.Response(status), body)
    assert isinstance(error, PlatformError)
    assert error.problem.code == f"http_{status}"


def test_a_line_of_a_batch_may_be_as_odd() -> None:
    assert error_of_line(422, {"violations": {"a": 1}, "retry_after": "x"}).problem.faults == ()


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"access_token":"a","expires_in":Infinity}', b"[]", b"7"])
async def test_a_token_that_is_none_is_told_by_name(agency: Agency, counterpart: Counterpart, body: bytes) -> None:
    counterpart.faults["/v1/token"] = [lambda _: httpx.Response(200, content=body)]
    with pytest.raises(UnexpectedAnswer):
        await agency.track(new_id())


async def test_an_answer_without_an_end_is_not_held(
    agency: Agency, counterpart: Counterpart, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = new_id()
    path = f"/v1/tracks/{agency.profile.agency_id}/{message_id}"
    monkeypatch.setattr(transport, "MOST_BYTES", 1000)
    counterpart.faults[path] = [lambda _: httpx.Response(200, content=b"{" * 1001)]
    with pytest.raises(UnexpectedAnswer, match="too long"):
        await agency.track(message_id)
