"""When a failing event is tried again, when it is dead, and what is written down of the failure."""

from datetime import UTC, datetime, timedelta

import pytest

from lienthong.common.broker import Backoff
from lienthong.common.errors import Words
from lienthong.common.inbox import HeldState, InboxSettings
from lienthong.common.inbox.causes import cause_of, refusal_code
from lienthong.common.messages.envelope import MalformedEvent

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SETTINGS = InboxSettings(most_attempts=3, pause=Backoff(first=10, cap=15))


def fail(error: Exception) -> None:
    raise error


def raised(error: Exception) -> Exception:
    try:
        fail(error)
    except Exception as caught:  # noqa: BLE001  whatever was given
        return caught
    raise AssertionError


@pytest.mark.parametrize(("attempts", "least", "most"), [(1, 5, 10), (2, 7.5, 15), (3, 7.5, 15)])
def test_pauses_grow_to_a_cap_with_jitter(attempts: int, least: float, most: float) -> None:
    for _ in range(50):
        pause = SETTINGS.after_failure(attempts, LookupError(), NOW).retry_at - NOW
        assert timedelta(seconds=least) <= pause <= timedelta(seconds=most)


def test_an_event_is_dead_after_the_last_attempt_and_not_before() -> None:
    states = [SETTINGS.after_failure(attempts, LookupError(), NOW).state for attempts in (1, 2, 3)]
    assert states == [HeldState.WAITING, HeldState.WAITING, HeldState.DEAD]


def test_a_cause_names_type_and_place_but_never_quotes_content() -> None:
    cause = cause_of(raised(LookupError("Nguyễn Văn A")))
    assert cause.startswith("builtins.LookupError")
    assert "fail:" in cause
    assert "Nguyễn" not in cause


def test_a_cause_keeps_the_words_we_wrote_ourselves() -> None:
    assert "the receipt is missing" in cause_of(raised(MalformedEvent(Words("thiếu", "the receipt is missing"))))


def test_the_code_of_a_refusal_is_stable() -> None:
    assert refusal_code(MalformedEvent()) == "malformed_event"
    assert refusal_code(KeyError("secret")) == "KeyError"
