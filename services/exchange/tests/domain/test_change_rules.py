"""Each rule about changes by itself: what passes, what it says of what does not, and where."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from services.exchange.tests.builders import NOW, OTHER, RECIPIENT, SENDER, event, organization, submission
from services.exchange.tests.changing import (
    ASK,
    CODE,
    Exchange,
    answer,
    first_document,
    removal,
    replacing,
    revoke,
    status,
    take_back,
    update,
)

from lienthong.common.ids import new_id, parse_id
from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import (
    Business,
    BusinessType,
    Lane,
    LateEntry,
    OtherInfo,
    Priority,
    Replacement,
    ResponseFor,
)
from lienthong.common.messages.exchange import DocumentSent
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.admission import judge
from lienthong.exchange.domain.changes import ChangeKind
from lienthong.exchange.domain.page import split_page
from lienthong.exchange.domain.rules import changes
from lienthong.exchange.domain.states import DeliveryState, History
from lienthong.exchange.domain.submission import Submission

pytestmark = pytest.mark.requirement("QD28-8/9")


def told(exchange: Exchange, said: Submission) -> list[tuple[str, str | None, str]]:
    exchange.look()
    return [(each.code, each.rule, each.pointer) for each in judge(said, exchange.known).violations]


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_good_request_breaks_no_rule(exchange: Exchange, kind: ChangeKind) -> None:
    assert told(exchange, ASK[kind](first_document(exchange))) == []


class TestNaming:
    @pytest.mark.parametrize(
        ("business", "references", "pointer"),
        [
            (Business(type=BusinessType.REVOKE), (), "/data/response_for"),
            (Business(type=BusinessType.REVOKE), (ResponseFor(code="7/QĐ"),), "/data/response_for"),
            (Business(type=BusinessType.REVOKE), (ResponseFor(subject=new_id()),) * 2, "/data/response_for"),
            (Business(type=BusinessType.UPDATE), (), "/data/business/document_id"),
            (Business(type=BusinessType.REPLACE), (), "/data/business/replacements"),
            (
                Business(type=BusinessType.REPLACE, replacements=(Replacement(document_id="x", organ_ids=(CODE,)),)),
                (),
                "/data/business/replacements",
            ),
        ],
    )
    def test_each_kind_names_what_it_changes_in_its_way(
        self, exchange: Exchange, business: Business, references: tuple[ResponseFor, ...], pointer: str
    ) -> None:
        said = submission(event(business=business, response_for=references))
        assert ("target_missing", "R-CHANGE", pointer) in told(exchange, said)

    def test_a_document_is_named_once_and_never_as_itself(self, exchange: Exchange) -> None:
        document = first_document(exchange)
        assert [code for code, *_ in told(exchange, replacing(document, document))] == ["target_twice"]
        for ask in (revoke, replacing):
            itself = ask(document, subject_id=document.subject)
            assert told(exchange, itself) == [("target_is_itself", "R-CHANGE", "/subject")]

    def test_a_replacement_is_for_its_recipients(self, exchange: Exchange) -> None:
        document = first_document(exchange)
        named = Replacement(
            document_id=document.data.document_id,
            subject=parse_id(document.subject or ""),
            organ_ids=(CODE, "000.00.99.H53"),
        )
        business = Business(type=BusinessType.REPLACE, replacements=(named,))
        pointer = "/data/business/replacements/0/organ_ids/1"
        assert told(exchange, submission(event(business=business))) == [("replaced_for_nobody", "R-CHANGE", pointer)]

    def test_the_documents_id_is_its_own(self, exchange: Exchange) -> None:
        document = first_document(exchange)
        wrong = Business(type=BusinessType.UPDATE, document_id="000.00.01.H53,2026/11/22,99/BC-SNV")
        assert told(exchange, update(document, business=wrong)) == [("target_mismatch", "R-CHANGE", "/data/business")]
        other = ResponseFor(document_id="000.00.01.H53,2026/11/22,99/BC-SNV")
        assert told(exchange, take_back(document, response_for=other)) == [
            ("target_mismatch", "R-CHANGE", "/data/message_id")
        ]

    def test_so_much_at_once_is_not_even_looked_up(self, exchange: Exchange) -> None:
        codes = tuple(f"000.00.{number:04}.H53" for number in range(999))
        to = [organization(new_id(), code) for code in codes]
        replaced = tuple(Replacement(document_id="x", subject=new_id(), organ_ids=codes) for _ in range(3))
        said = submission(event(to=to, business=Business(type=BusinessType.REPLACE, replacements=replaced)))
        assert changes.exceeds_limits(said, frozenset())
        found = [code for code, rule, _ in told(exchange, said) if rule in ("R-CHANGE", "N5")]
        assert found == ["changes_too_many"]


@pytest.mark.requirement("N5")
class TestSeparation:
    @pytest.mark.parametrize("kind", ChangeKind)
    def test_what_is_not_there_and_what_is_anothers_look_alike(self, exchange: Exchange, kind: ChangeKind) -> None:
        document = first_document(exchange)
        nowhere = event(to=(organization(),))
        outsider = replace(ASK[kind](document), agency_id=OTHER, holder=f"/agencies/{OTHER}")
        there = [each for each in told(exchange, outsider) if each[0] != "sender_mismatch"]
        assert there == [("document_unknown", "N5", "/data/to/0/agency_id")]
        assert told(exchange, ASK[kind](nowhere)) == there

    def test_nothing_is_taken_back_from_who_never_had_it(self, exchange: Exchange) -> None:
        document = first_document(exchange)
        to = (organization(), organization(OTHER, "000.00.77.H53"))
        for ask in (take_back, revoke):
            assert told(exchange, ask(document, to=to)) == [("document_unknown", "N5", "/data/to/1/agency_id")]

    def test_a_newer_version_may_go_to_others_too(self, exchange: Exchange) -> None:
        document = first_document(exchange)
        assert told(exchange, update(document, to=(organization(), organization(OTHER, "000.00.77.H53")))) == []

    @pytest.mark.parametrize("changed", [{"lane": Lane.URGENT}, {"subject": str(new_id())}], ids=["lane", "subject"])
    def test_a_take_back_fits_the_document(self, exchange: Exchange, changed: dict[str, Any]) -> None:
        document = first_document(exchange)
        assert ("document_unknown", "N5", "/data/to/0/agency_id") in told(exchange, take_back(document, **changed))

    def test_only_the_asked_may_answer_and_only_to_who_asked(self, exchange: Exchange) -> None:
        document = first_document(exchange, acknowledged=True)
        asked = take_back(document)
        assert exchange.say(asked) == []
        unknown = [("request_unknown", "N5", "/data/message_id")]
        for changed in (
            {"message_id": new_id()},
            {"to": (organization(OTHER),)},
            {"lane": Lane.URGENT},
            {"subject": str(new_id())},
            {"response_for": ResponseFor(subject=new_id())},
        ):
            assert told(exchange, answer(asked, Answer.AGREED, **changed)) == unknown
            assert told(exchange, removal(asked, **changed)) == unknown
        for said in (answer(asked, Answer.AGREED), removal(asked)):
            outsider = replace(said, agency_id=OTHER, holder=f"/agencies/{OTHER}")
            found = [each for each in told(exchange, outsider) if each[0] != "sender_mismatch"]
            assert found == unknown


class TestLane:
    @pytest.mark.parametrize("ask", [revoke, update, replacing])
    def test_whatever_concerns_a_document_stays_in_its_lane(
        self, exchange: Exchange, ask: Callable[..., Submission]
    ) -> None:
        document = first_document(exchange)
        urgent = ask(document, other=OtherInfo(priority=Priority.EXPRESS))
        assert told(exchange, urgent) == [("lane_differs", "R-CHANGE", "/data/to/0/agency_id")]


class TestReasonAndTime:
    def test_a_take_back_gives_its_reason(self, exchange: Exchange) -> None:
        said = take_back(first_document(exchange), reason=" \n")
        assert told(exchange, said) == [("reason_missing", "R-CHANGE", "/data/reason")]

    @pytest.mark.parametrize("description", [None, "  "])
    def test_a_refusal_gives_its_reason_an_agreement_need_not(
        self, exchange: Exchange, description: str | None
    ) -> None:
        asked = take_back(first_document(exchange, acknowledged=True))
        assert exchange.say(asked) == []
        refused = answer(asked, Answer.REFUSED, description=description)
        assert told(exchange, refused) == [("reason_missing", "R-CHANGE", "/data/description")]
        assert told(exchange, answer(asked, Answer.AGREED, description=description)) == []

    def test_times_have_come_and_lie_behind_what_was_asked(self, exchange: Exchange) -> None:
        asked = take_back(first_document(exchange, acknowledged=True))
        ahead = NOW + timedelta(minutes=5, milliseconds=1)
        assert told(exchange, take_back(exchange.documents[0], time=ahead)) == [("time_ahead", "R-CHANGE", "/time")]
        assert exchange.say(asked) == []
        assert told(exchange, answer(asked, Answer.AGREED, time=ahead)) == [("time_ahead", "R-CHANGE", "/time")]
        early = exchange.known.requests[exchange.key(asked)].accepted_at - timedelta(minutes=5, milliseconds=1)
        assert told(exchange, answer(asked, Answer.AGREED, time=early)) == [("said_too_early", "R-CHANGE", "/time")]

    def test_late_entries_are_judged_like_others(self, exchange: Exchange) -> None:
        late = LateEntry(occurred_at=NOW + timedelta(hours=1), by="Trần Thị Lan", reason="Mất mạng")
        found = told(exchange, take_back(first_document(exchange), late_entry=late))
        assert [code for code, *_ in found] == ["late_entry_ahead"]


def test_lines_of_one_page_build_on_each_other(exchange: Exchange) -> None:
    """Each line is judged with what those before it bring about."""
    document = first_document(exchange, acknowledged=True)
    first, second = take_back(document), update(document)
    assert exchange.say(first) == []
    assert exchange.say(status(document, StatusCode.RECEIVED)) == []
    assert exchange.say(second) == ["change_pending"]
    assert exchange.say(answer(first, Answer.AGREED)) == []
    assert exchange.say(status(document, StatusCode.DONE)) == ["already_taken_back"]
    assert exchange.say(answer(first, Answer.REFUSED)) == ["already_answered"]
    assert exchange.say(removal(first)) == []
    assert exchange.say(removal(first)) == ["already_removed"]
    assert exchange.say(second) == []
    assert (exchange.state(document), exchange.state(second)) == (DeliveryState.TAKEN_BACK, DeliveryState.SENT)


@pytest.mark.parametrize("kind", ChangeKind)
def test_an_expired_document_that_was_received_in_truth_is_asked_back_as_such(
    exchange: Exchange, kind: ChangeKind
) -> None:
    document = first_document(exchange, history=History(end=DeliveryState.EXPIRED))
    key = exchange.key(document)
    exchange.known.deliveries[key] = replace(exchange.at(document), expired_at=NOW - timedelta(minutes=1))
    asked = ASK[kind](document)
    assert exchange.say(asked) == []
    expected = DeliveryState.WITHDRAWN if kind in (ChangeKind.TAKE_BACK, ChangeKind.REVOKE) else DeliveryState.EXPIRED
    assert exchange.state(document) is expected
    assert exchange.at(document).expired_at is None or expected is DeliveryState.EXPIRED


def test_a_page_is_split_where_a_change_is_about_what_the_page_brings() -> None:
    document, other = event(), event()
    page = [
        submission(other),
        submission(document),
        submission(status(document, StatusCode.ARRIVED).event, agency_id=RECIPIENT),
        take_back(document),
        update(other),
        revoke(other),
    ]
    assert [list(part) for part in split_page(page)] == [[0, 1, 2], [3, 4], [5]]
    assert [list(part) for part in split_page(page[:3])] == [[0, 1, 2]]


def test_a_page_is_not_split_for_another_agencys_documents() -> None:
    document = event()
    outsider = replace(take_back(document), agency_id=OTHER)
    assert [list(part) for part in split_page([submission(document), outsider])] == [[0, 1]]


def test_only_documents_ask_by_what_they_do(exchange: Exchange) -> None:
    new = DocumentSent.new(source=f"/agencies/{SENDER}", time=NOW, data=event().data, subject=str(new_id()))
    assert submission(new).kind is None
    assert submission(new).named == ()
