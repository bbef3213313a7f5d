"""Kafka: the one place that knows how a record is sent, read, refused and waited for."""

from lienthong.common.broker.acls import Operation, Resource, Right, settle_rights
from lienthong.common.broker.backoff import Backoff
from lienthong.common.broker.connection import MAX_RECORD_BYTES, BrokerSettings, Record, make_producer
from lienthong.common.broker.dead_letters import DEAD_LETTERS, DeadLetter, DeadLetters, letter_of, origin_of
from lienthong.common.broker.subscriptions import (
    SUBSCRIPTION_METRICS,
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

BROKER_METRICS = (*SUBSCRIPTION_METRICS, DEAD_LETTERS)

__all__ = [
    "BROKER_METRICS",
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
