"""What the publisher decides without a broker: sizes, partitions, refusals."""

import pytest
from aiokafka.errors import (
    InvalidTopicError,
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    NotEnoughReplicasError,
    OutOfOrderSequenceNumber,
    TopicAuthorizationFailedError,
)
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.ids import new_id
from lienthong.common.outbox import SHARDS, bucket_of
from lienthong.common.relay.publisher import Parcel, is_refusal, partition_hash, size_of
from lienthong.common.relay.store import OutboxRow


@given(
    key=st.text(min_size=1, max_size=80).filter(lambda key: key.isprintable()),
    value=st.binary(max_size=2000),
    headers=st.lists(st.tuples(st.text(max_size=20).filter(str.isprintable), st.binary(max_size=300)), max_size=6),
)
def test_the_size_is_never_estimated_too_small(key: str, value: bytes, headers: list[tuple[str, bytes]]) -> None:
    parcel = Parcel(OutboxRow(1, "topic", key, new_id(), None), value, headers)
    batch = BatchBuilder(1 << 20, 0)
    batch.append(key=key.encode(), value=value, timestamp=None, headers=headers)
    assert batch.size() <= size_of(parcel) <= batch.size() + 60 + 20 * len(headers)


@given(st.text(min_size=1).filter(lambda key: key.isprintable()), st.integers(1, 64))
def test_a_key_lies_where_other_clients_put_it(key: str, partitions: int) -> None:
    expected = DefaultPartitioner()(key.encode(), list(range(partitions)), [])
    assert partition_hash(key) % partitions == expected


@pytest.mark.parametrize("error", [MessageSizeTooLargeError, InvalidTopicError, TopicAuthorizationFailedError])
def test_what_would_fail_again_is_a_refusal(error: type[KafkaError]) -> None:
    assert is_refusal(error())


@pytest.mark.parametrize("error", [OutOfOrderSequenceNumber, NotEnoughReplicasError, KafkaConnectionError, KafkaError])
def test_what_a_new_producer_or_time_heals_is_none(error: type[KafkaError]) -> None:
    assert not is_refusal(error())


def test_a_shard_is_a_part_of_the_writers_buckets() -> None:
    """Two keys in one bucket are in one shard, so whoever locks the bucket sees all writers of its shard's part."""
    assert bucket_of("key") == bucket_of("key")
    assert {bucket_of(f"key-{number}") % SHARDS for number in range(200)} == set(range(SHARDS))
