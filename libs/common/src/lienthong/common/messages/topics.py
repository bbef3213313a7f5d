"""Every topic of the bus: who writes it, its key, its partitions and how long it keeps what it holds.

Only the service that a topic's name begins with writes to it; agencies' own topics (`agency.…`), which are not listed
here, are written by the exchange. State topics are compacted: the last event of each
key stays, so that a new reader rebuilds its tables by reading from the start.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

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


_OWN = re.compile(r"agency\.(?P<agency>[0-9a-f-]{36})\.inbox\.(?P<lane>urgent|ordinary)\.v1")
OWN_TOPIC_KEPT = timedelta(days=30)


def own_topic(agency_id: UUID, lane: Lane) -> TopicSpec:
    """An agency's own topic: the entries of its inbox in one lane, by their numbers. Nobody else may read it."""
    name = f"agency.{agency_id}.inbox.{lane}.v1"
    return TopicSpec(name, 1, "agency id of the recipient", retention=OWN_TOPIC_KEPT)


def is_own_topic(name: str) -> bool:
    """Whether the topic is one of an agency's own."""
    return _OWN.fullmatch(name) is not None


def dead_letters(consumer: str) -> TopicSpec:
    """Where `consumer` puts records that cannot be verified or parsed."""
    return TopicSpec(f"{consumer}.dead", 1, "as the record had it", retention=timedelta(days=90))
