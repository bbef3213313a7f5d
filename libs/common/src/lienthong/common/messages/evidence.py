"""What services say so that their acts can be proven to strangers: heads of their audit logs, manifests of evidence.

How they are made and verified stands in docs/evidence.md.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Generic, Literal, TypeAlias, TypeVar

from pydantic import Field

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import Environment, Number, Statement
from lienthong.common.messages.parts import Part, Sha256

MOST_ENTRIES: Final = 20_000
MOST_ENTRY_BYTES: Final = 4 << 20
"""Of one entry but an attachment: a message has at most 1 MiB, a revocation list less than this."""


Type = TypeVar("Type", bound=str)


class BlockHead(Statement, Generic[Type]):
    """What the heads of all services' audit logs have in common. Each service says its own, with a type of its own."""

    type: Type
    environment: Environment
    service: str
    block: Annotated[int, Field(ge=1, le=2**53 - 1, description="Number of the block")]
    first: Annotated[int, Field(ge=1, le=2**53 - 1, description="Number of its first record, counted from the first")]
    count: Annotated[int, Field(ge=1, le=1 << 20, description="Records in it")]
    root: Sha256
    previous: Sha256
    chain: Sha256
    time: Timestamp


class AuditHead(BlockHead[Literal["vn.lienthong.exchange.audit_head.v1"]]):
    """A block of a service's audit log: so many records, in one Merkle tree (RFC 6962), behind the blocks before it.

    A leaf is the SHA-256 of a record's exact bytes. `chain` = SHA-256(previous ‖ root ‖ block ‖ count), both numbers as
    eight bytes, most significant first; before block 1 stands SHA-256 of `/services/<service>/audit`. A time-stamping
    authority stamps SHA-256(SHA-256(this statement) ‖ SHA-256(its JWS as text)).
    """

    VERSION: ClassVar[str] = "1.0"


class AccountsAuditHead(BlockHead[Literal["vn.lienthong.accounts.audit_head.v1"]]):
    """A block of accounts' audit log; what is said of the exchange's (`vn.lienthong.exchange.audit_head.v1`) holds."""

    VERSION: ClassVar[str] = "1.0"


AnyAuditHead: TypeAlias = AuditHead | AccountsAuditHead
AUDIT_HEADS: Final[Mapping[str, type[AnyAuditHead]]] = MappingProxyType(
    {"exchange": AuditHead, "accounts": AccountsAuditHead}
)
"""By service, what it says of a block of its audit log."""


class EvidenceEntry(Part):
    """One entry of an evidence file, whole."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.[a-z]{2,4}$", max_length=120)]
    size: Annotated[int, Field(ge=1, le=MOST_ENTRY_BYTES)]
    sha256: Sha256


class EvidenceManifest(Statement):
    """What an evidence file holds: of one document at one recipient, every entry in its order.

    Attachments are not entries: the document's own seal covers their SHA-256.
    """

    VERSION: ClassVar[str] = "1.0"

    type: Literal["vn.lienthong.exchange.evidence_manifest.v1"]
    environment: Environment
    source: Annotated[str, Field(description="/agencies/<uuid> of the document's sender")]
    message_id: Annotated[Id, Field(description="The message that brought the document")]
    subject: Annotated[Id, Field(description="The document's id, the same through its updates")]
    recipient: Id
    lane: Lane
    n: Annotated[Number, Field(description="The document's number in the recipient's inbox")]
    made_for: Annotated[
        str, Field(description="/agencies/<uuid> of who asked: what only the sender may see is its own")
    ]
    made_at: Timestamp
    entries: Annotated[tuple[EvidenceEntry, ...], Field(min_length=1, max_length=MOST_ENTRIES)]


STATEMENTS: tuple[type[Statement], ...] = (AuditHead, AccountsAuditHead, EvidenceManifest)


def audit_start(service: str) -> bytes:
    """What stands before the first block of a service's audit log: it names the log."""
    return hashlib.sha256(f"/services/{service}/audit".encode()).digest()


def audit_next(previous: bytes, root: bytes, block: int, count: int) -> bytes:
    """chain_b = SHA-256(chain_{b-1} ‖ root ‖ b ‖ count), the numbers as eight bytes, most significant first."""
    return hashlib.sha256(previous + root + block.to_bytes(8, "big") + count.to_bytes(8, "big")).digest()


def stamped_digest(payload: bytes, jws: str) -> bytes:
    """What an authority stamps of a signed statement: both the bytes and the signature were there."""
    return hashlib.sha256(hashlib.sha256(payload).digest() + hashlib.sha256(jws.encode("ascii")).digest()).digest()
