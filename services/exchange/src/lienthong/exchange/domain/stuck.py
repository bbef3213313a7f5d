"""Where a delivery hangs: what is known of it, and the name of the place where it waits for longer than it should."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lienthong.common.errors import Words


class Place(StrEnum):
    """Between the exchange and the recipient's clerk, from the one to the other."""

    KAFKA_REFUSED = "kafka_refused"
    KAFKA_WAITING = "kafka_waiting"
    OWN_TOPIC = "own_topic"
    WEBHOOK_FAILING = "webhook_failing"
    NOT_READ = "not_read"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    NOT_HANDLED = "not_handled"
    UNANSWERED = "unanswered"


WORDS = {
    Place.KAFKA_REFUSED: Words(
        "Kafka từ chối bản ghi của khóa này (lienthong ops outbox list)",
        "Kafka refuses a record of this key (lienthong ops outbox list)",
    ),
    Place.KAFKA_WAITING: Words(
        "Chưa đưa được lên Kafka: relay hoặc Kafka ngừng", "Not on Kafka yet: the relay or Kafka is away"
    ),
    Place.OWN_TOPIC: Words(
        "Chưa đưa được vào topic riêng của nơi nhận (lienthong ops outbox list)",
        "Not in the recipient's own topic yet (lienthong ops outbox list)",
    ),
    Place.WEBHOOK_FAILING: Words(
        "Webhook của nơi nhận lỗi hoặc đã tắt (lienthong ops webhooks list)",
        "The recipient's webhook fails or is disabled (lienthong ops webhooks list)",
    ),
    Place.NOT_READ: Words("Hệ thống nơi nhận chưa đọc hộp đến", "The recipient's system has not read its inbox so far"),
    Place.NOT_ACKNOWLEDGED: Words(
        "Hệ thống nơi nhận đã đọc nhưng chưa xác nhận", "The recipient's system has read it and not acknowledged it"
    ),
    Place.NOT_HANDLED: Words(
        "Hệ thống nơi nhận đã nhận; văn thư chưa tiếp nhận (03) hay từ chối (02)",
        "The recipient's system has it; nobody has received (03) or refused (02) it",
    ),
    Place.UNANSWERED: Words(
        "Nơi nhận chưa trả lời đề nghị lấy lại, thu hồi, cập nhật, thay thế",
        "The recipient has not answered the request to take back, revoke, update or replace",
    ),
}


@dataclass(frozen=True, slots=True)
class Patience:
    """From when on waiting at a place is too long."""

    kafka: timedelta = timedelta(minutes=1)
    reading: timedelta = timedelta(hours=1)
    acknowledging: timedelta = timedelta(hours=1)
    handling: timedelta = timedelta(days=1)
    answering: timedelta = timedelta(days=2)

    @classmethod
    def of(cls, span: timedelta) -> "Patience":
        """The same everywhere."""
        return cls(span, span, span, span, span)


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What is known of one delivery."""

    accepted_at: datetime
    is_open: bool
    """Neither received nor refused, nor ended otherwise."""
    in_outbox_since: datetime | None = None
    refused_by_kafka: bool = False
    own_topic_since: datetime | None = None
    """Since when its entry waits to be put into the recipient's own topic."""
    given: bool = False
    """Its recipient's system has been given this entry."""
    acknowledged_at: datetime | None = None
    webhook_failing_since: datetime | None = None
    """Its recipient has its inbox brought to an endpoint, which does not take this entry."""
    asked_at: datetime | None = None
    """Since when a request to change this document waits for the recipient's answer."""
    asks: bool = False
    """It asks for a change of another document itself, and waits for the answer to that: it hangs there."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """A place where a delivery waits, and since when nothing has happened there."""

    place: Place
    since: datetime


def where_it_hangs(facts: DeliveryFacts, now: datetime, patience: Patience) -> tuple[Hanging, ...]:
    """Every place where it has waited for too long, the one nearest to the exchange first; none where all is well."""
    return tuple(hanging for hanging, longest in _waits(facts, patience) if now - hanging.since >= longest)


def _waits(facts: DeliveryFacts, patience: Patience) -> Iterator[tuple[Hanging, timedelta]]:
    if facts.in_outbox_since is not None:
        place = Place.KAFKA_REFUSED if facts.refused_by_kafka else Place.KAFKA_WAITING
        # What Kafka refuses does not pass by itself: it is told at once.
        yield Hanging(place, facts.in_outbox_since), timedelta() if facts.refused_by_kafka else patience.kafka
    if facts.own_topic_since is not None:
        yield Hanging(Place.OWN_TOPIC, facts.own_topic_since), patience.kafka
    if facts.is_open:
        if facts.webhook_failing_since is not None and facts.acknowledged_at is None:
            since = max(facts.accepted_at, facts.webhook_failing_since)
            yield Hanging(Place.WEBHOOK_FAILING, since), patience.reading
        elif not facts.given:
            yield Hanging(Place.NOT_READ, facts.accepted_at), patience.reading
        elif facts.acknowledged_at is None:
            yield Hanging(Place.NOT_ACKNOWLEDGED, facts.accepted_at), patience.acknowledging
        elif facts.asked_at is None and not facts.asks:
            yield Hanging(Place.NOT_HANDLED, facts.acknowledged_at), patience.handling
    if facts.asked_at is not None:
        yield Hanging(Place.UNANSWERED, facts.asked_at), patience.answering
