"""Every topic of the bus: who writes it, its key, its partitions and how long it keeps what it holds.

Only the service that a topic's name begins with writes to it. State topics are compacted: the last event of each
key stays, so that a new reader rebuilds its tables by reading from the start.
"""

from dataclasses import dataclass
from datetime import timedelta

from lienthong.common.messages.document import Lane


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic as the broker is told to keep it.

    `retention` None means for ever; `key` says in words what the records are keyed by.
    """

    name: str
    partitions: int
    key: str
    compacted: bool = False
    retention: timedelta | None = None

    @property
    def owner(self) -> str:
        """The service that alone may write: the first word of the name."""
        return self.name.partition(".")[0]


# A state topic has one partition: some thousand agencies need no more, and its readers see one order.
AGENCIES = TopicSpec("accounts.agency.v1", 1, "agency id", compacted=True)
CERTIFICATES = TopicSpec("accounts.certificate.v1", 1, "certificate fingerprint", compacted=True)
REVOCATION_LISTS = TopicSpec("accounts.revocation_list.v1", 1, "fingerprint of the issuing CA", compacted=True)
TOKEN_KEYS = TopicSpec("accounts.token_key.v1", 1, "key id", compacted=True)
CLIENTS = TopicSpec("accounts.client.v1", 1, "client id", compacted=True)

DOCUMENTS = {
    lane: TopicSpec(f"exchange.documents.{lane}.v1", 8, "agency id of the sender", retention=timedelta(days=30))
    for lane in Lane
}

STATUSES = {
    lane: TopicSpec(f"exchange.statuses.{lane}.v1", 8, "agency id of the one who reports", retention=timedelta(days=30))
    for lane in Lane
}

CHANGES = {
    lane: TopicSpec(f"exchange.changes.{lane}.v1", 8, "agency id of the one who says it", retention=timedelta(days=30))
    for lane in Lane
}

DELIVERIES = {
    lane: TopicSpec(
        f"exchange.deliveries.{lane}.v1", 8, "agency id of the document's sender", retention=timedelta(days=30)
    )
    for lane in Lane
}

REGISTRATIONS = TopicSpec(
    "exchange.registrations.v1", 8, "agency id of the one who registers", retention=timedelta(days=30)
)

ALL_TOPICS = (
    AGENCIES,
    CERTIFICATES,
    REVOCATION_LISTS,
    TOKEN_KEYS,
    CLIENTS,
    *DOCUMENTS.values(),
    *STATUSES.values(),
    *CHANGES.values(),
    *DELIVERIES.values(),
    REGISTRATIONS,
)


def dead_letters(consumer: str) -> TopicSpec:
    """Where `consumer` puts records that cannot be verified or parsed."""
    return TopicSpec(f"{consumer}.dead", 1, "as the record had it", retention=timedelta(days=90))
