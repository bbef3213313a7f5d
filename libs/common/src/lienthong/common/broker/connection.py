"""How every process of the platform talks to Kafka: one place for the settings that keep records from being lost."""

import ssl
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer, ConsumerRecord

Record = ConsumerRecord[bytes, bytes]
"""A record as it came: exact bytes, headers that may be null."""

MAX_RECORD_BYTES = 2 << 20
"""A message of 1 MiB, its signature and receipts fit; clients refuse larger ones before the broker does."""

_BATCH_BYTES = 1 << 18  # the library's 16 KiB would send 2 KB messages in eights


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Where the broker is and who we are to it. `replication` is 3 in a cluster, 1 embedded."""

    bootstrap: str
    client_id: str
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    replication: int = 1
    request_timeout_ms: int = 15_000
    metadata_max_age_ms: int = 60_000

    def client(self) -> dict[str, Any]:
        """What every client of the library is given."""
        return {
            "bootstrap_servers": self.bootstrap,
            "client_id": self.client_id,
            "request_timeout_ms": self.request_timeout_ms,
            "metadata_max_age_ms": self.metadata_max_age_ms,
            "security_protocol": "SSL" if self.tls else "PLAINTEXT",
            "ssl_context": self.tls,
        }


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
