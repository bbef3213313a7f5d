"""Whatever sender and recipient say, in whatever order it comes in: what is accepted agrees with the tables."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.exchange.tests.builders import NOW
from services.exchange.tests.changing import ASK, Exchange, answer, first_document, removal, status
from services.exchange.tests.domain.test_states import said

from lienthong.common.messages.change import Answer
from lienthong.common.messages.exchange import DocumentSent
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.changes import END_AGREED, END_AT_ONCE, REMOVED_AFTER, ChangeKind, RequestState
from lienthong.exchange.domain.states import ENDS, DeliveryState, History, fold
from lienthong.exchange.domain.submission import Submission

pytestmark = pytest.mark.requirement("QD28-8/9")


@dataclass(frozen=True)
class Report:
    document: int
    code: StatusCode
    minute: int


@dataclass(frozen=True)
class Ask:
    document: int
    kind: ChangeKind


@dataclass(frozen=True)
class Reply:
    request: int
    answer: Answer


@dataclass(frozen=True)
class Remove:
    request: int


@dataclass(frozen=True)
class Acknowledge:
    pass


Act = Report | Ask | Reply | Remove | Acknowledge
PLACE = st.integers(0, 3)
ACTS = st.one_of(
    st.builds(Report, PLACE, st.sampled_from(StatusCode), st.integers(0, 9)),
    st.builds(Ask, PLACE, st.sampled_from(ChangeKind)),
    st.builds(Reply, PLACE, st.sampled_from(Answer)),
    st.builds(Remove, PLACE),
    st.just(Acknowledge()),
)


def message(exchange: Exchange, act: Act) -> Submission | None:
    """What is said; None where there is nothing yet that it could be about."""
    match act:
        case Report():
            document = exchange.documents[act.document % len(exchange.documents)]
            return status(document, act.code, NOW - timedelta(minutes=20 - act.minute))
        case Ask():
            return ASK[act.kind](exchange.documents[act.document % len(exchange.documents)])
        case Reply() if exchange.requests:
            return answer(exchange.requests[act.request % len(exchange.requests)], act.answer)
        case Remove() if exchange.requests:
            return removal(exchange.requests[act.request % len(exchange.requests)])
        case _:
            return None


def check(exchange: Exchange) -> None:
    """Every delivery is where its statuses and the one change that ended it have brought it, and nowhere else."""
    ended: dict[object, DeliveryState] = {}
    started: dict[object, DeliveryState] = {}
    for asked in exchange.requests:
        request = exchange.known.requests[exchange.key(asked)]
        own = exchange.key(asked)
        for key in request.documents:
            if request.state in (RequestState.GRANTED, RequestState.AGREED):
                assert key not in ended, "one change ends a delivery"
                at_once = request.state is RequestState.GRANTED
                ended[key] = (END_AT_ONCE if at_once else END_AGREED)[request.kind]
            open_ = [each for each in exchange.known.requests.values() if key in each.documents]
            assert sum(each.state is RequestState.ASKED for each in open_) <= 1, "one open request"
        if request.state is RequestState.REFUSED and request.kind in (ChangeKind.UPDATE, ChangeKind.REPLACE):
            assert own not in ended
            ended[own] = DeliveryState.DECLINED
        if request.state in (RequestState.AGREED, RequestState.REFUSED) and request.kind is ChangeKind.REVOKE:
            started[own] = DeliveryState.DONE
        waits = own in exchange.known.deliveries and exchange.known.deliveries[own].history.waits
        is_document = request.kind is not ChangeKind.TAKE_BACK
        assert waits is (request.state is RequestState.ASKED and is_document), "who asks waits until it is answered"
        assert not request.removed or (request.state is RequestState.AGREED and request.kind in REMOVED_AFTER)
    for key, delivery in exchange.known.deliveries.items():
        if key in ended:
            assert delivery.history.state is ended[key]
        else:
            assert delivery.history.end is None
            assert delivery.history.state is fold(delivery.history.path, delivery.history.start)
            assert delivery.history.state not in ENDS
        if key in started:
            assert delivery.history.start is started[key]


@settings(max_examples=300, deadline=None)
@given(st.lists(ACTS, max_size=14))
def test_whatever_is_said_in_whatever_order_the_states_agree_with_the_tables(acts: list[Act]) -> None:
    exchange = Exchange()
    first_document(exchange)
    for act in acts:
        if isinstance(act, Acknowledge):
            exchange.acknowledge()
        elif (said_now := message(exchange, act)) is not None:
            exchange.say(said_now)
        check(exchange)


STATUSES = [(StatusCode.ARRIVED, 1), (StatusCode.RECEIVED, 2), (StatusCode.DONE, 3)]


@pytest.mark.parametrize("reply", Answer)
@pytest.mark.parametrize("kind", ChangeKind)
def test_a_request_that_crosses_with_statuses_comes_to_one_end(kind: ChangeKind, reply: Answer) -> None:
    """Statuses and a request under way at once, the answer behind the request: whatever came first, one end."""
    ends: set[tuple[DeliveryState, ...]] = set()
    for order in permutations(["ask", "answer", 0, 1, 2]):
        exchange = Exchange()
        document = first_document(exchange, acknowledged=True)
        ends.add(_play(exchange, document, kind, reply, [*order]))
    agreed = END_AGREED[kind]
    assert {each[0] for each in ends} == ({agreed} if reply is Answer.AGREED else {DeliveryState.DONE})
    if kind is ChangeKind.UPDATE and reply is Answer.AGREED:
        # It goes on where the document was when the recipient agreed; the statuses that came later are not its own.
        assert {each[1] for each in ends} == {DeliveryState.RECEIVED, DeliveryState.DONE}
    elif kind is not ChangeKind.TAKE_BACK:
        assert len({each[1] for each in ends}) == 1


def _play(
    exchange: Exchange, document: DocumentSent, kind: ChangeKind, reply: Answer, order: list[object]
) -> tuple[DeliveryState, ...]:
    """What was refused because something must come first is repeated, as systems do."""
    waiting, asked = order, ASK[kind](document)
    for _ in range(6):
        left: list[object] = []
        for each in waiting:
            if each == "ask":
                assert exchange.say(asked) == []
            elif each == "answer":
                if exchange.say(answer(asked, reply)) == ["request_unknown"]:
                    left.append(each)
            elif isinstance(each, int):
                code, minute = STATUSES[each]
                refused = exchange.say(status(document, code, NOW - timedelta(minutes=10 - minute)))
                if refused == ["not_received_yet"]:
                    left.append(each)
        check(exchange)
        waiting = left
    own = (exchange.state(asked),) if kind is not ChangeKind.TAKE_BACK else ()
    return exchange.state(document), *own


@given(st.lists(st.sampled_from(StatusCode), max_size=6), st.sampled_from(sorted(ENDS)))
def test_no_status_moves_what_has_ended(codes: list[StatusCode], end: DeliveryState) -> None:
    history = History(tuple(said(code, minute) for minute, code in enumerate(codes)), end=end)
    assert history.state is end
