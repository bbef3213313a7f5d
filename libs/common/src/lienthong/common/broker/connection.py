"""How every process of the platform talks to Kafka: one place for the settings that keep records from being lost."""

from aiokafka import AIOKafkaProducer, ConsumerRecord

from lienthong.common.broker.settings import MAX_RECORD_BYTES, BrokerSettings

Record = ConsumerRecord[bytes, bytes]
"""A record as it came: exact bytes, headers that may be null."""

_BATCH_BYTES = 1 << 18  # the library's 16 KiB would send 2 KB messages in eights


def make_producer(settings: BrokerSettings, *, linger_ms: int = 5) -> AIOKafkaProducer:
    """A producer that loses and doubles nothing: idempotent, acknowledged by all replicas in sync.

    Not started. Await `send` in a loop and gather the futures per page: thousands of concurrent `send` tasks are
    quadratic. `linger_ms` 0 suits a sender that awaits every record.
    """
    return AIOKafkaProducer(
        **settings.client(),
        acks="all",
        enable_idempotence=True,
        linger_ms=linger_ms,
        max_batch_size=_BATCH_BYTES,
        max_request_size=MAX_RECORD_BYTES,
    )
