"""What the accounts service tells everyone, and what agencies ask of it under their seal.

State events go to compacted topics and carry a `version` that grows by one: a reader ignores lower ones. An end is
an event with state `ended`, never a tombstone.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, JsonValue, StringConstraints, ValidationInfo

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.parts import Base64, Code, Fingerprint, LongText, Part, ShortText
from lienthong.common.messages.topics import AGENCIES, CERTIFICATES, CLIENTS, REVOCATION_LISTS, TOKEN_KEYS, TopicSpec
from lienthong.common.text import check_clean

Version = Annotated[int, Field(ge=1, description="Grows by one with every change of the same key")]
PublicJwk = Annotated[dict[str, JsonValue], Field(description="A public key as JWK (RFC 7517)", max_length=10)]
Pem = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class AgencyLife(StrEnum):
    """`merged` names successors; `ended` had none."""

    ACTIVE = "active"
    MERGED = "merged"
    ENDED = "ended"


class CodeScheme(StrEnum):
    """Old form of QCVN 102:2016 (13 characters) and new form of Decision 20/2020/QĐ-TTg (up to 35)."""

    QCVN102 = "qcvn102"
    QD20 = "qd20"


class AgencyCode(Part):
    """A code an agency has or had. Dates are local, both ends included; None is open."""

    code: Code
    scheme: CodeScheme
    valid_from: date | None = None
    valid_to: date | None = None


class AgencyName(Part):
    """A name an agency has or had."""

    name: ShortText
    name_en: ShortText | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class ContactOfficer(Part):
    """The officer named as contact point for incidents (N9): official contact data only."""

    full_name: ShortText
    position: ShortText | None = None
    email: ShortText | None = None
    telephone: ShortText | None = None


class Agency(Part):
    """An agency (cơ quan) as everyone knows it."""

    agency_id: Id
    version: Version
    state: AgencyLife
    kind: ShortText
    level: Annotated[int, Field(ge=1, le=9)]
    parent: Id | None = None
    names: Annotated[tuple[AgencyName, ...], Field(min_length=1, max_length=100)]
    codes: Annotated[tuple[AgencyCode, ...], Field(min_length=1, max_length=100)]
    successors: Annotated[tuple[Id, ...], Field(max_length=50)] = ()
    contact_officer: ContactOfficer | None = None
    ended_on: Annotated[date | None, Field(description="Last day of its existence (local date)")] = None


class CertificateState(StrEnum):
    """`superseded`: renewed, good to the end of the overlap; `ended`: its period is over."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    ENDED = "ended"


class HolderKind(StrEnum):
    """Who holds a certificate."""

    AGENCY = "agency"
    SERVICE = "service"
    TIMESTAMP_AUTHORITY = "timestamp_authority"


class Holder(Part):
    """The holder: exactly `agency_id` for an agency, exactly `service` for a service."""

    kind: HolderKind
    agency_id: Id | None = None
    service: Annotated[str | None, StringConstraints(pattern=r"^[a-z][a-z_]{1,40}$")] = None


class StatePeriod(Part):
    """From when a certificate was in a state: signatures are judged by the state at their time."""

    state: CertificateState
    since: Timestamp
    reason: LongText | None = None


class CertificateRecord(Part):
    """One entry of the register of certificates (A8). `x5c` is checked against each reader's own anchors."""

    fingerprint: Fingerprint
    version: Version
    holder: Holder
    x5c: Annotated[tuple[Base64, ...], Field(min_length=1, max_length=6, description="Signer first, anchor left out")]
    serial: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,64}$")]
    not_before: Timestamp
    not_after: Timestamp
    state: CertificateState
    history: Annotated[tuple[StatePeriod, ...], Field(min_length=1, max_length=200, description="In order of `since`")]
    successor: Annotated[Fingerprint | None, Field(description="The certificate that superseded this one")] = None
    rs256_allowed: Annotated[bool, Field(description="RSASSA-PKCS1-v1_5 accepted, graded (deployed tokens)")] = False


class RevocationList(Part):
    """A certificate revocation list as its issuer signed it (RFC 5280); `version` is the CRL number."""

    issuer: Fingerprint
    version: Version
    this_update: Timestamp
    next_update: Timestamp
    issuer_x5c: Annotated[tuple[Base64, ...], Field(min_length=1, max_length=5, description="The issuing CA first")]
    crl: Annotated[Base64, Field(description="DER", max_length=900_000)]


class TokenKeyState(StrEnum):
    """`announced` is published before first use, `retired` signs no more but its tokens still run out."""

    ANNOUNCED = "announced"
    ACTIVE = "active"
    RETIRED = "retired"
    ENDED = "ended"


class TokenKey(Part):
    """A key that signs access tokens."""

    key_id: ShortText
    version: Version
    state: TokenKeyState
    public_key: PublicJwk


class ClientState(StrEnum):
    """A suspended client may come back, an ended one may not."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Duty(StrEnum):
    """What a client does in its own right, for no agency. `operate`: an operator of the platform works with it."""

    OPERATE = "operate"


class ClientGrant(Part):
    """An agency that has agreed, under its seal, that the client acts for it."""

    agency_id: Id
    since: Timestamp


class Client(Part):
    """A machine client: a system with a key of its own that acts for one or several agencies, or has a duty instead."""

    client_id: Id
    version: Version
    state: ClientState
    name: ShortText
    grants: Annotated[tuple[ClientGrant, ...], Field(max_length=2000)]
    key_thumbprint: Annotated[ShortText, Field(description="RFC 7638, SHA-256")]
    duties: Annotated[
        tuple[Duty, ...], Field(max_length=10, description="Since 1.1; a client that has one acts for no agency")
    ] = ()


class AgencyChanged(Event[Agency]):
    """An agency was registered, renamed, moved, merged or ended; its contact officer changed."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.agency_changed.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.agency_changed:1.0"
    TOPIC: ClassVar[TopicSpec | None] = AGENCIES
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


class CertificateChanged(Event[CertificateRecord]):
    """A certificate was enrolled, suspended, superseded, revoked or ended."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.certificate_changed.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.certificate_changed:1.0"
    TOPIC: ClassVar[TopicSpec | None] = CERTIFICATES
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


class RevocationListPublished(Event[RevocationList]):
    """A certificate authority published a new revocation list."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.revocation_list_published.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.revocation_list_published:1.0"
    TOPIC: ClassVar[TopicSpec | None] = REVOCATION_LISTS
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


class TokenKeyChanged(Event[TokenKey]):
    """A key for access tokens was announced, taken into use, retired or ended."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.token_key_changed.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.token_key_changed:1.0"
    TOPIC: ClassVar[TopicSpec | None] = TOKEN_KEYS
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


class ClientChanged(Event[Client]):
    """A machine client was enrolled, granted or withdrawn by an agency, given a duty, suspended or ended."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.client_changed.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.client_changed:1.1"
    TOPIC: ClassVar[TopicSpec | None] = CLIENTS
    SAID_BY: ClassVar[Literal["agency", "service"]] = "service"


class CertificateRequest(Part):
    """A request for the next certificate of the same agency; the CSR's own signature proves the new key."""

    agency_id: Id
    csr: Annotated[Pem, Field(description="PKCS #10 in PEM")]


class CertificateOrder(StrEnum):
    """What an agency may order about its own certificate."""

    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"


def _check_clean(text: str, info: ValidationInfo) -> str:
    # Only what was read has a context: whoever writes is told by the reader, in words for people.
    return text if info.context is None else check_clean(text)


_Clean = AfterValidator(_check_clean)
"""Of what agencies ask for, people read this: names and reasons, in registers, audits and other agencies' screens."""


class CertificateOrderData(Part):
    """An order about one certificate; `since` lets a stolen key be revoked from the time of the theft."""

    agency_id: Id
    fingerprint: Fingerprint
    order: CertificateOrder
    reason: Annotated[LongText, _Clean]
    since: Timestamp | None = None


class ClientRequest(Part):
    """An agency asks that a machine client may act for it.

    `proof` is a JWT signed with the client's key: iss and sub the client id, aud `urn:lienthong:accounts`,
    `agency` the agency's id, so that neither side can bind the other without its consent.
    """

    agency_id: Id
    client_id: Id
    name: Annotated[ShortText, _Clean]
    public_key: PublicJwk
    proof: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class ClientWithdrawal(Part):
    """An agency withdraws its consent: the client acts for it no more."""

    agency_id: Id
    client_id: Id
    reason: Annotated[LongText, _Clean]


class CertificateRequested(Event[CertificateRequest]):
    """An agency asks, under its present seal, for its next certificate."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.certificate_requested.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.certificate_requested:1.0"
    TOPIC: ClassVar[TopicSpec | None] = None
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class CertificateOrdered(Event[CertificateOrderData]):
    """An agency orders, under a seal of its own, that one of its certificates be suspended, resumed or revoked."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.certificate_ordered.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.certificate_ordered:1.0"
    TOPIC: ClassVar[TopicSpec | None] = None
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class ClientRequested(Event[ClientRequest]):
    """An agency asks, under its seal, that a machine client may act for it."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.client_requested.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.client_requested:1.0"
    TOPIC: ClassVar[TopicSpec | None] = None
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"


class ClientWithdrawn(Event[ClientWithdrawal]):
    """An agency withdraws, under its seal, what it granted to a machine client."""

    TYPE: ClassVar[str] = "vn.lienthong.accounts.client_withdrawn.v1"
    SCHEMA: ClassVar[str] = "urn:lienthong:schema:accounts.client_withdrawn:1.0"
    TOPIC: ClassVar[TopicSpec | None] = None
    SAID_BY: ClassVar[Literal["agency", "service"]] = "agency"
