"""What accounts says on its state topics, as it came: bytes nobody has verified yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lienthong.common.broker import Record
from lienthong.common.messages.topics import CERTIFICATES, CLIENTS, REVOCATION_LISTS, TOKEN_KEYS
from lienthong.common.signing import SignedBytes

SIGNATURE_HEADER = "jws-signature"


class StatementSubject(StrEnum):
    """What a topic is about."""

    CERTIFICATE = "certificate"
    REVOCATION_LIST = "revocation_list"
    TOKEN_KEY = "token_key"  # noqa: S105 - a name
    CLIENT = "client"


class StatementOutcome(StrEnum):
    """What became of a statement. Only `applied` changes what this process believes."""

    APPLIED = "applied"
    OLDER = "older"
    """A version not above the one known: compaction and redelivery make these, harmless."""
    WAITING = "waiting"
    """Its signer, or revocation data about its signer, is not known yet."""
    MALFORMED = "malformed"
    FORGED = "forged"
    """The signature does not belong to these bytes."""
    FOREIGN = "foreign"
    """Said by somebody who is not the accounts service."""
    UNTRUSTED = "untrusted"
    """Signed by a key of accounts that was not good at that time."""
    NOT_ANCHORED = "not_anchored"
    """A certificate or list that does not lead to a configured anchor."""
    WITHDRAWN = "withdrawn"
    """Applied before it became known that its signer was revoked by then."""
    DROPPED = "dropped"
    """Thrown out of a full waiting room."""


@dataclass(frozen=True, slots=True)
class AccountsStatement:
    """One record of a state topic."""

    subject: StatementSubject
    key: str
    signed: SignedBytes


@dataclass(frozen=True, slots=True)
class TrustTopics:
    """Where accounts says what trust is built from."""

    certificate: str = CERTIFICATES.name
    revocation_list: str = REVOCATION_LISTS.name
    token_key: str = TOKEN_KEYS.name
    client: str = CLIENTS.name

    def subjects(self) -> dict[str, StatementSubject]:
        """Topic name to subject."""
        return {
            self.certificate: StatementSubject.CERTIFICATE,
            self.revocation_list: StatementSubject.REVOCATION_LIST,
            self.token_key: StatementSubject.TOKEN_KEY,
            self.client: StatementSubject.CLIENT,
        }


def read_statement(subject: StatementSubject, record: Record) -> AccountsStatement | None:
    """The record as a statement; None for a tombstone, a record without key, or without exactly one signature."""
    signature = only_header(record.headers, SIGNATURE_HEADER)
    if record.value is None or record.key is None or signature is None:
        return None
    try:
        return AccountsStatement(
            subject, record.key.decode("utf-8"), SignedBytes(record.value, signature.decode("ascii"))
        )
    except UnicodeDecodeError:
        return None


def only_header(headers: Iterable[tuple[str, bytes | None]], name: str) -> bytes | None:
    """The value of a header that must stand exactly once: two signatures would let two readers see two signers."""
    found = [value for key, value in headers if key == name]
    return found[0] if len(found) == 1 else None
