"""An expired delivery takes what happened before, entered late, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.messages.status import StatusCode
from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.expiry import judge_after_expiry
from lienthong.exchange.domain.states import OPEN, DeliveryState, Fit, History, Said, judge_status

pytestmark = pytest.mark.requirement("N4")

START = datetime(2026, 11, 16, 2, tzinfo=UTC)
EXPIRED_AT = START + timedelta(days=7)
MOMENTS = {"before": EXPIRED_AT - timedelta(hours=1), "at": EXPIRED_AT, "after": EXPIRED_AT + timedelta(hours=1)}
ARRIVED = Said(START + timedelta(hours=1), StatusCode.ARRIVED)


def judged(code: str, *, said: str = "before", occurred: str | None = "before", arrived: bool = False) -> str:
    history = History((ARRIVED,) if arrived else (), end=DeliveryState.EXPIRED)
    occurred_at = None if occurred is None else MOMENTS[occurred]
    fit = judge_after_expiry(history, EXPIRED_AT, Said(MOMENTS[said], StatusCode(code)), occurred_at)
    return fit.name if isinstance(fit, Refusal) else f"{fit.state}{' late' if fit.late else ''}"


@pytest.mark.parametrize("code", list(StatusCode))
@pytest.mark.parametrize(
    ("said", "occurred"),
    [("before", None), ("after", None), ("before", "after"), ("after", "before"), ("at", "before"), ("before", "at")],
)
def test_what_is_not_entered_late_or_did_not_happen_before_is_refused_by_name(
    code: StatusCode, said: str, occurred: str | None
) -> None:
    assert judged(code.value, said=said, occurred=occurred) == "delivery_expired"


@pytest.mark.parametrize(
    ("code", "arrived", "outcome"),
    [
        ("01", False, "expired late"),
        ("01", True, "already_arrived"),
        ("02", False, "refusal_only_after_arrival"),
        ("02", True, "refused late"),
        ("03", False, "received late"),
        ("03", True, "received late"),
        ("04", False, "not_received_yet"),
        ("05", True, "not_received_yet"),
        ("06", True, "not_received_yet"),
    ],
)
def test_what_happened_before_and_is_entered_late_is_judged_as_ever(code: str, arrived: bool, outcome: str) -> None:
    assert judged(code, arrived=arrived) == outcome


paths = st.lists(
    st.builds(
        Said, st.integers(0, 7 * 24).map(lambda hour: START + timedelta(hours=hour)), st.sampled_from(StatusCode)
    ),
    max_size=6,
)


@given(paths)
def test_late_entries_come_to_the_state_that_the_same_statuses_come_to_in_time(told: list[Said]) -> None:
    in_time, late = History(), History(end=DeliveryState.EXPIRED)
    for said in (each for each in told if each.said_at < EXPIRED_AT):
        fit, fit_late = judge_status(in_time, said), judge_after_expiry(late, EXPIRED_AT, said, said.said_at)
        assert isinstance(fit, Refusal) == isinstance(fit_late, Refusal)
        if isinstance(fit, Fit) and isinstance(fit_late, Fit):
            assert fit_late == Fit(DeliveryState.EXPIRED if fit.state in OPEN else fit.state, late=True)
            in_time = History((*in_time.statuses, said))
            late = History((*late.statuses, said), end=DeliveryState.EXPIRED)
