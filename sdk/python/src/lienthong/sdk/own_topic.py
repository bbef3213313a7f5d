"""The agency's own Kafka topic: asked for at the exchange, read by any Kafka client with a certificate of its own.

The private key of that client is made here and never leaves the profile; its request (CSR) goes to the platform's
operators, or in production to the authority, and what comes back is laid beside it as `kafka.pem`.
"""

from pathlib import Path
from uuid import UUID

from lienthong.common.clock import Timestamp
from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.common.pki import generate_key, key_from_pem, key_to_pem, make_csr, write_private
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.errors import UnexpectedAnswer
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.files import private_folder, write_atomically
from lienthong.sdk.profile import Profile

_MAX_BYTES = 64 << 10
_UNREADABLE = Words("Trả lời về topic không đọc được", "What is said of the topic is odd")


class OwnTopic(AnswerPart):
    """How far the topic of one lane is; it holds entries from number `from_n` on while it is open."""

    lane: Lane
    topic: str
    state: str
    from_n: int
    last_n: int | None = None
    bootstrap: str | None = None
    principal: str
    group_prefix: str
    retention_days: int
    asked_at: Timestamp
    opened_at: Timestamp | None = None
    ended_at: Timestamp | None = None
    end_cause: str | None = None
    cause: str | None = None


async def manage(exchange: Exchange, method: str, lane: Lane, agency_id: UUID) -> OwnTopic:
    """Ask for the topic (PUT), look (GET) or end it (DELETE). Raises NotFound, PlatformError, Unreachable."""
    told = await exchange.read(
        method, f"/v1/inbox/{lane}/topic", OwnTopic, max_bytes=_MAX_BYTES, unreadable=_UNREADABLE
    )
    if (told.topic, told.lane) != (f"agency.{agency_id}.inbox.{lane}.v1", lane):
        raise UnexpectedAnswer(Words("Trả lời về topic khác", "It is the answer about another topic"))
    return told


def request_certificate(profile: Profile) -> Path:
    """Make the Kafka client's key, unless there is one, and its request; answers where the request is."""
    private_folder(profile.folder)
    if not profile.kafka_key.exists():
        write_private(profile.kafka_key, key_to_pem(generate_key()))
    key = key_from_pem(profile.kafka_key.read_bytes())
    write_atomically(profile.kafka_request, make_csr(key, profile.agency_id, profile.name or str(profile.agency_id)))
    return profile.kafka_request


def client_settings(profile: Profile, topic: OwnTopic, *, group: str = "reader") -> dict[str, str]:
    """Settings of librdkafka (kcat, confluent-kafka, node-rdkafka, .NET, Go …) for a reader of the topic."""
    return {
        "bootstrap.servers": topic.bootstrap or "",
        "security.protocol": "ssl",
        "ssl.ca.location": str(profile.anchors.absolute()),
        "ssl.certificate.location": str(profile.kafka_certificate.absolute()),
        "ssl.key.location": str(profile.kafka_key.absolute()),
        "group.id": f"{topic.group_prefix}{group}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": "false",
    }
