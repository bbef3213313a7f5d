"""Kafka: the one place that knows how a record is sent, read, refused and waited for."""

from typing import TYPE_CHECKING

from lienthong.common.lazily import lazily

if TYPE_CHECKING:
    from lienthong.common.broker.acls import Operation, Resource, Right, settle_rights
    from lienthong.common.broker.backoff import Backoff
    from lienthong.common.broker.connection import Record, make_producer
    from lienthong.common.broker.dead_letters import DeadLetter, DeadLetters, letter_of, origin_of
    from lienthong.common.broker.settings import MAX_RECORD_BYTES, BrokerSettings
    from lienthong.common.broker.subscriptions import (
        PageHandler,
        Subscription,
        make_broker,
        run_subscriptions,
        subscribe,
        traceparent_of,
    )
    from lienthong.common.broker.topics import (
        TopicMismatchError,
        TopicsUnavailableError,
        count_partitions,
        ensure_topics,
        remove_topic,
        topic_configs,
    )
else:
    __getattr__ = lazily(
        __name__,
        {
            "acls": "Operation Resource Right settle_rights",
            "backoff": "Backoff",
            "connection": "Record make_producer",
            "settings": "MAX_RECORD_BYTES BrokerSettings",
            "dead_letters": "DeadLetter DeadLetters letter_of origin_of",
            "subscriptions": "PageHandler Subscription make_broker run_subscriptions subscribe traceparent_of",
            "topics": (
                "TopicMismatchError TopicsUnavailableError count_partitions ensure_topics remove_topic topic_configs"
            ),
        },
    )

__all__ = [
    "MAX_RECORD_BYTES",
    "Backoff",
    "BrokerSettings",
    "DeadLetter",
    "DeadLetters",
    "Operation",
    "PageHandler",
    "Record",
    "Resource",
    "Right",
    "Subscription",
    "TopicMismatchError",
    "TopicsUnavailableError",
    "count_partitions",
    "ensure_topics",
    "letter_of",
    "make_broker",
    "make_producer",
    "origin_of",
    "remove_topic",
    "run_subscriptions",
    "settle_rights",
    "subscribe",
    "topic_configs",
    "traceparent_of",
]
