"""Where the broker is, who we are to it, and how long a record may be: what is told of it without its library."""

import ssl
from dataclasses import dataclass, field
from typing import Any

MAX_RECORD_BYTES = 2 << 20
"""A message of 1 MiB, its signature and receipts fit; clients refuse larger ones before the broker does."""


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
