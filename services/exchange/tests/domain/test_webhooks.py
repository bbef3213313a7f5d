"""When a webhook is tried again, when its circuit opens, and what closes it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.exchange.domain.webhooks import (
    Cause,
    Circuit,
    Condition,
    Disabled,
    EndpointAnswer,
    RetryPolicy,
    cause_of,
)

NOW = datetime(2026, 11, 22, 2, 37, 6, tzinfo=UTC)
RETRIES = RetryPolicy(first=1.0, cap=60.0, open_after=3)
TAKEN = EndpointAnswer(12, 204)
FAILED = EndpointAnswer(12, 500, Cause.STATUS)


def failed(times: int) -> Condition:
    condition = Condition.fresh(NOW)
    for _ in range(times):
        condition = condition.begun()
        probes = condition.circuit is Circuit.HALF_OPEN
        condition = (condition.after_probe if probes else condition.after_page)(FAILED, NOW, RETRIES, 0.5)
    return condition


@pytest.mark.parametrize(
    ("status", "cause"),
    [(200, None), (204, None), (299, None), (301, Cause.REDIRECTED), (304, Cause.REDIRECTED), (400, Cause.STATUS),
     (404, Cause.STATUS), (410, Cause.GONE), (429, Cause.STATUS), (500, Cause.STATUS), (503, Cause.STATUS)],
)  # fmt: skip
def test_only_a_2xx_takes_a_page(status: int, cause: Cause | None) -> None:
    assert cause_of(status) is cause


def test_the_circuit_opens_after_so_many_failures_in_a_row() -> None:
    assert [failed(times).circuit for times in range(6)] == [*[Circuit.CLOSED] * 3, *[Circuit.OPEN] * 3]
    assert failed(5).failures == 5
    assert failed(5).failing_since == NOW


def test_an_open_circuit_closes_by_a_probe_and_then_a_page() -> None:
    tried = failed(3).begun()
    assert tried.circuit is Circuit.HALF_OPEN
    probed = tried.after_probe(TAKEN, NOW, RETRIES, 0.5)
    assert (probed.circuit, probed.next_attempt_at, probed.failures) == (Circuit.HALF_OPEN, NOW, 3)
    assert probed.begun() == probed, "now the page itself"
    assert probed.after_page(TAKEN, NOW, RETRIES, 0.5) == Condition.fresh(NOW)


@pytest.mark.parametrize("where", ["probe", "page"])
def test_a_half_open_circuit_opens_again_by_one_failure(where: str) -> None:
    tried = failed(3).begun()
    again = (
        tried.after_probe(FAILED, NOW, RETRIES, 0.5)
        if where == "probe"
        else tried.after_page(FAILED, NOW, RETRIES, 0.5)
    )
    assert (again.circuit, again.failures) == (Circuit.OPEN, 4)


@given(failures=st.integers(1, 10_000), luck=st.floats(0, 1, exclude_max=True))
def test_the_pause_has_full_jitter_and_a_cap(failures: int, luck: float) -> None:
    bound = min(60.0, 2.0 ** min(failures - 1, 30))
    assert 0 <= RETRIES.pause(failures, luck) <= bound
    assert RETRIES.pause(failures, 0.0) == 0


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(None, 0.5), ("30", 30), ("0", 0.5), ("999999999999", 60), ("Sun, 22 Nov 2026 02:37:36 GMT", 30),
     ("Sun, 22 Nov 2020 02:37:36 GMT", 0.5), ("soon", 0.5), ("-5", 0.5), ("１２", 0.5), ("1e9", 0.5), ("", 0.5),
     ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0.5), ("1 Jan 2020 00:00:00 +99999999999999999999", 0.5)],
)  # fmt: skip
def test_retry_after_is_honoured_within_the_cap_and_nonsense_passed_over(asked: str | None, seconds: float) -> None:
    answer = EndpointAnswer(12, 503, Cause.STATUS, asked)
    condition = Condition.fresh(NOW).after_page(answer, NOW, RETRIES, 0.5)
    assert condition.next_attempt_at == NOW + timedelta(seconds=seconds)


def test_gone_disables() -> None:
    gone = Condition.fresh(NOW).after_page(EndpointAnswer(12, 410, Cause.GONE), NOW, RETRIES, 0.5)
    assert gone.disabled is Disabled.GONE


def test_a_slow_endpoint_is_known_as_one_until_it_is_quick_again() -> None:
    slow = Condition.fresh(NOW).after_page(EndpointAnswer(9000, 200), NOW, RETRIES, 0.5)
    assert slow.slow
    assert not slow.after_page(TAKEN, NOW, RETRIES, 0.5).slow
