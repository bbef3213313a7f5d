"""Whatever answers under the platform's address, the client ends with an error that has a name."""

from collections.abc import Mapping

import httpx
import pytest
from counterpart import Counterpart, Fault

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
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


def answering(told: Mapping[str, object]) -> Fault:
    """An answer that says this."""
    return lambda _: httpx.Response(200, json=told)


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


async def test_a_number_in_words_is_no_number(agency: Agency, counterpart: Counterpart) -> None:
    topic = {"lane": "ordinary", "topic": f"agency.{agency.profile.agency_id}.inbox.ordinary.v1", "state": "open"}
    topic |= {"principal": "?", "group_prefix": "?", "asked_at": "2026-11-22T08:00:00.000Z"}
    webhook = {"lane": "ordinary", "url": "https://?", "state": "active", "circuit": "closed", "taken": 0, "last": 0}
    webhook |= {"registered_at": "2026-11-22T08:00:00.000Z"}
    for number, good in ((7, True), ("7", False)):
        told = {**topic, "from_n": number, "retention_days": 30}
        counterpart.faults["/v1/inbox/ordinary/topic"] = [answering(told)]
        counterpart.faults["/v1/inbox/ordinary/webhook"] = [answering({**webhook, "failures": number})]
        for ask in (agency.topic, agency.webhooks.show):
            if good:
                await ask(Lane.ORDINARY)
            else:
                with pytest.raises(UnexpectedAnswer):
                    await ask(Lane.ORDINARY)
