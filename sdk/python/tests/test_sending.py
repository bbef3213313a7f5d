"""A message is signed once and sent until its receipt is there; it never becomes two."""

import json
from pathlib import Path

import httpx
import pytest
from counterpart import MESSAGES, Counterpart
from letters import document, opened

from lienthong.common.messages.envelope import MalformedEvent
from lienthong.sdk import Agency, OutcomeUnknown, Refused, StatementRefused, Unreachable
from lienthong.sdk.problems import NotAuthenticated
from lienthong.sdk.transport import MOST_TOKENS


async def test_a_sent_message_has_a_verified_receipt_and_both_are_kept(
    agency: Agency, counterpart: Counterpart
) -> None:
    sent = await agency.send(document(counterpart))
    kept = json.loads((agency.profile.folder / "sent" / f"{sent.message_id}.json").read_text())
    assert not sent.repeated
    assert kept["receipt"] == sent.receipt_signed.to_line()
    assert agency.pending() == []


async def test_a_lost_answer_is_asked_for_again_with_the_same_bytes_and_signature(
    agency: Agency, counterpart: Counterpart
) -> None:
    def take_and_lose(request: httpx.Request) -> httpx.Response:
        counterpart.accept(request)
        raise httpx.ReadTimeout("the answer was lost", request=request)

    counterpart.fail(MESSAGES, take_and_lose)
    sent = await agency.send(document(counterpart))
    posts = counterpart.asked("POST", MESSAGES)
    assert len(posts) == 2
    assert {(post.content, post.headers["x-jws-signature"]) for post in posts} == {
        (posts[0].content, posts[0].headers["x-jws-signature"])
    }
    assert len(counterpart.messages) == 1
    assert sent.repeated


async def test_a_time_out_is_unknown_and_the_message_waits_until_it_is_sent_again(
    counterpart: Counterpart, tmp_path: Path
) -> None:
    def silence(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("silence", request=request)

    counterpart.fail(MESSAGES, silence, times=4)
    async with opened(counterpart, tmp_path / "p") as agency:
        with pytest.raises(OutcomeUnknown):
            await agency.send(document(counterpart))
    async with opened(counterpart, tmp_path / "p") as agency:
        (sealed,) = agency.pending()
        await agency.submit(sealed)
        assert agency.pending() == []
    assert counterpart.messages == [sealed.signed]


async def test_a_refused_connection_says_that_nothing_was_sent(agency: Agency, counterpart: Counterpart) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    counterpart.fail(MESSAGES, refuse, times=4)
    with pytest.raises(Unreachable):
        await agency.send(document(counterpart))


async def test_a_refusal_is_typed_names_its_rules_and_leaves_nothing_waiting(
    agency: Agency, counterpart: Counterpart
) -> None:
    problem = {
        "code": "message_refused",
        "title": "Không tiếp nhận",
        "rule": "N3",
        "violations": [{"code": "secret_document", "rule": "N3", "pointer": "/data/secrecy", "detail": "…"}],
    }

    counterpart.fail(MESSAGES, lambda _: httpx.Response(422, json=problem))
    with pytest.raises(Refused) as caught:
        await agency.send(document(counterpart))
    assert caught.value.rule == "N3"
    assert "secret_document" in caught.value.problem.codes
    assert agency.pending() == []


@pytest.mark.parametrize("status", [408, 429, 503])
async def test_an_overloaded_platform_is_asked_again_after_the_time_it_names(
    status: int, agency: Agency, counterpart: Counterpart
) -> None:
    answer = httpx.Response(status, headers={"retry-after": "0"}, json={"code": "trust_not_current"})
    counterpart.fail(MESSAGES, lambda _: answer)
    await agency.send(document(counterpart))
    assert len(counterpart.asked("POST", MESSAGES)) == 2


async def test_an_expired_token_is_renewed_once(agency: Agency, counterpart: Counterpart) -> None:
    counterpart.fail(MESSAGES, lambda _: httpx.Response(401, json={"code": "token_expired"}))
    await agency.send(document(counterpart))
    assert len(counterpart.asked("POST", "/v1/token")) == 2


async def test_one_token_serves_many_messages(agency: Agency, counterpart: Counterpart) -> None:
    for number in range(3):
        await agency.send(document(counterpart, symbol=f"{number + 1}/STC-QLNS"))
    assert len(counterpart.asked("POST", "/v1/token")) == 1


async def test_a_receipt_with_a_member_of_a_later_version_is_read(agency: Agency, counterpart: Counterpart) -> None:
    counterpart.invented_later = {"scan": "clean"}
    assert (await agency.send(document(counterpart))).receipt.accepted_at


async def test_a_receipt_for_other_bytes_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    first = agency.seal(document(counterpart))
    await agency.submit(first)

    other = {"receipt": counterpart.receipt(first.signed).to_line()}
    counterpart.fail(MESSAGES, lambda _: httpx.Response(201, json=other))
    with pytest.raises(StatementRefused):
        await agency.send(document(counterpart))
    assert len(agency.pending()) == 1


async def test_a_receipt_signed_by_an_agency_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    counterpart.exchange = counterpart.other
    with pytest.raises(StatementRefused):
        await agency.send(document(counterpart))


async def test_a_receipt_of_a_foreign_authority_is_refused(agency: Agency, counterpart: Counterpart) -> None:
    counterpart.ca = Counterpart().ca
    counterpart.exchange = counterpart.service("exchange")
    counterpart.known[counterpart.exchange.certificate.fingerprint] = counterpart.exchange
    with pytest.raises(StatementRefused):
        await agency.send(document(counterpart))


async def test_decomposed_text_is_refused_before_it_is_signed(agency: Agency, counterpart: Counterpart) -> None:
    bad = document(counterpart).model_copy(update={"subject": "Quy che\u0302\u0301"})
    with pytest.raises(MalformedEvent):
        agency.seal(bad)


async def test_a_caller_who_stays_unknown_is_told_so_after_a_few_tokens(
    agency: Agency, counterpart: Counterpart
) -> None:
    counterpart.fail(MESSAGES, lambda _: httpx.Response(401, json={"code": "token_refused"}), times=50)
    with pytest.raises(NotAuthenticated):
        await agency.send(document(counterpart))
    assert len(counterpart.asked("POST", "/v1/token")) == len(counterpart.asked("POST", MESSAGES)) <= MOST_TOKENS + 1
