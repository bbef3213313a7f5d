"""Where a delivery hangs: each place by name, and none where all is well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.exchange.domain.stuck import WORDS, DeliveryFacts, Hanging, Patience, Place, where_it_hangs

START = datetime(2026, 11, 23, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PATIENCE = Patience(
    kafka=MINUTE, reading=10 * MINUTE, acknowledging=20 * MINUTE, handling=30 * MINUTE, answering=40 * MINUTE
)
SENT = DeliveryFacts(START, is_open=True)
READ = replace(SENT, given=True)
ACKNOWLEDGED = replace(READ, acknowledged_at=START + 5 * MINUTE)
ENDED = replace(ACKNOWLEDGED, is_open=False)


def places(facts: DeliveryFacts, minutes: float, patience: Patience = PATIENCE) -> list[str]:
    return [hanging.place.value for hanging in where_it_hangs(facts, START + minutes * MINUTE, patience)]


@pytest.mark.parametrize(
    ("facts", "still_well", "too_long", "place"),
    [
        (replace(ENDED, in_outbox_since=START), 0.9, 1, "kafka_waiting"),
        (replace(ENDED, in_outbox_since=START, refused_by_kafka=True), None, 0, "kafka_refused"),
        (replace(ENDED, own_topic_since=START), 0.9, 1, "own_topic"),
        (SENT, 9, 10, "not_read"),
        (READ, 19, 20, "not_acknowledged"),
        (ACKNOWLEDGED, 34, 35, "not_handled"),
        (replace(SENT, webhook_failing_since=START + 2 * MINUTE), 11, 12, "webhook_failing"),
        (replace(READ, webhook_failing_since=START - 50 * MINUTE), 9, 10, "webhook_failing"),
        (replace(ACKNOWLEDGED, webhook_failing_since=START), 34, 35, "not_handled"),
        (replace(ENDED, asked_at=START), 39, 40, "unanswered"),
        (replace(ACKNOWLEDGED, asked_at=START), 39, 40, "unanswered"),
    ],
)
def test_each_place_is_named_when_its_patience_is_over(
    facts: DeliveryFacts, still_well: float | None, too_long: float, place: str
) -> None:
    if still_well is not None:
        assert places(facts, still_well) == []
    assert places(facts, too_long) == [place]


def test_what_has_come_to_its_end_hangs_nowhere() -> None:
    assert places(ENDED, 100_000) == []
    assert places(replace(SENT, is_open=False), 100_000) == []


def test_a_document_that_asks_for_a_change_hangs_at_the_one_it_is_about() -> None:
    assert places(replace(ACKNOWLEDGED, asks=True), 100_000) == []


def test_kafka_and_the_recipient_keep_a_document_independently() -> None:
    both = replace(SENT, in_outbox_since=START, refused_by_kafka=True)
    assert places(both, 10) == ["kafka_refused", "not_read"]


def test_since_is_when_the_last_thing_happened() -> None:
    (hanging,) = where_it_hangs(ACKNOWLEDGED, START + 60 * MINUTE, PATIENCE)
    assert hanging == Hanging(Place.NOT_HANDLED, START + 5 * MINUTE)


def test_one_span_for_all_places() -> None:
    assert places(ACKNOWLEDGED, 6, Patience.of(MINUTE)) == ["not_handled"]
    assert places(SENT, 0.5, Patience.of(MINUTE)) == []


def test_every_place_has_its_words() -> None:
    assert set(WORDS) == set(Place)


moments = st.integers(0, 10_000).map(lambda minutes: START + minutes * MINUTE)


@given(
    st.builds(
        DeliveryFacts,
        accepted_at=moments,
        is_open=st.booleans(),
        in_outbox_since=st.none() | moments,
        refused_by_kafka=st.booleans(),
        own_topic_since=st.none() | moments,
        given=st.booleans(),
        acknowledged_at=st.none() | moments,
        webhook_failing_since=st.none() | moments,
        asked_at=st.none() | moments,
        asks=st.booleans(),
    ),
    moments,
)
def test_patience_only_ever_ends_and_nothing_young_hangs(facts: DeliveryFacts, now: datetime) -> None:
    found = where_it_hangs(facts, now, PATIENCE)
    assert len({hanging.place for hanging in found}) == len(found)
    assert {each.place for each in found} <= {each.place for each in where_it_hangs(facts, now + MINUTE, PATIENCE)}
    shortest = min(PATIENCE.kafka, PATIENCE.reading, PATIENCE.acknowledging, PATIENCE.handling, PATIENCE.answering)
    assert all(now - each.since >= shortest for each in found if each.place is not Place.KAFKA_REFUSED)
