"""Accounts' voice for tests: an authority, identities it has issued, and what accounts would say of them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer

from lienthong.common.clock import Clock, truncated
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import (
    CertificateChanged,
    CertificateRecord,
    CertificateState,
    Client,
    ClientChanged,
    ClientGrant,
    ClientState,
    Duty,
    Holder,
    HolderKind,
    RevocationListPublished,
    StatePeriod,
    TokenKey,
    TokenKeyChanged,
    TokenKeyState,
)
from lienthong.common.messages.accounts import RevocationList as ListRecord
from lienthong.common.messages.envelope import Event, to_bytes
from lienthong.common.pki import (
    Authority,
    Revoked,
    TrainingAuthority,
    generate_key,
    issue_agency,
    issue_service,
    make_crl,
    make_training_authority,
    own_key,
)
from lienthong.common.signing import Certificate, LocalKey, Signer, TrustStore
from lienthong.common.sources import ACCOUNTS
from lienthong.common.trust.statements import SIGNATURE_HEADER, AccountsStatement, StatementSubject, TrustTopics

History = Sequence[tuple[CertificateState, datetime]]


@dataclass(frozen=True, slots=True)
class Identity:
    """A key with a certificate, and who holds it."""

    holder: Holder
    key: LocalKey
    signer: Signer

    @property
    def certificate(self) -> Certificate:
        return self.key.certificate

    @property
    def source(self) -> str:
        """`/agencies/<uuid>` or `/services/<name>`."""
        return str(self.certificate.source)


class Voice:
    """Says what the accounts service would say, signed; `accounts` is its present identity, to be replaced at will."""

    def __init__(self, clock: Clock, *, name: str = "lienthong") -> None:
        self.clock = clock
        self.authority: TrainingAuthority = make_training_authority(clock.now() - timedelta(days=1), name=name)
        self.accounts = self.service("accounts")

    @property
    def store(self) -> TrustStore:
        """The anchors a reader of this voice configures."""
        return TrustStore(self.authority.anchors)

    def service(self, name: str, *, days: int = 90) -> Identity:
        """A service's identity, good from an hour ago."""
        key, at = generate_key(), self.clock.now() - timedelta(hours=1)
        lifetime = timedelta(days=days)
        certificate = issue_service(self.authority.issuing, own_key(key), name=name, at=at, lifetime=lifetime)
        return self._identity(LocalKey.of(key, certificate), Holder(kind=HolderKind.SERVICE, service=name))

    def agency(self, agency_id: UUID | None = None, *, name: str = "Sở Nội vụ") -> Identity:
        """An agency's seal, good from an hour ago."""
        key, at, agency_id = generate_key(), self.clock.now() - timedelta(hours=1), agency_id or new_id()
        certificate = issue_agency(self.authority.issuing, own_key(key), agency_id=agency_id, name=name, at=at)
        return self._identity(LocalKey.of(key, certificate), Holder(kind=HolderKind.AGENCY, agency_id=agency_id))

    def _identity(self, key: LocalKey, holder: Holder) -> Identity:
        return Identity(holder, key, Signer(key, self.clock.now))

    def certificate(
        self,
        of: Identity,
        *,
        version: int = 1,
        history: History = (),
        by: Identity | None = None,
        x5c: Sequence[Certificate] | None = None,
    ) -> AccountsStatement:
        """The register's entry of an identity; active for an hour already unless `history` says otherwise."""
        certificate = of.certificate
        past = history or [(CertificateState.ACTIVE, self.clock.now() - timedelta(minutes=50))]
        chain = [certificate, *self.authority.issuing.chain] if x5c is None else x5c
        record = CertificateRecord(
            fingerprint=certificate.fingerprint,
            version=version,
            holder=of.holder,
            x5c=tuple(_base64(each.der) for each in chain),
            serial=f"{certificate.serial:x}",
            not_before=certificate.not_before,
            not_after=truncated(certificate.not_after),
            state=past[-1][0],
            history=tuple(StatePeriod(state=state, since=truncated(since)) for state, since in past),
        )
        return self.say(StatementSubject.CERTIFICATE, record.fingerprint, CertificateChanged, record, by=by)

    def crl(
        self,
        revoked: Sequence[Revoked] = (),
        *,
        number: int = 1,
        lifetime: timedelta = timedelta(days=7),
        root: bool = False,
        at: datetime | None = None,
        by: Identity | None = None,
        signed_by: Authority | None = None,
    ) -> AccountsStatement:
        """A list of the issuing authority, or of the root; `signed_by` forges it with another authority's key."""
        authority = self.authority.root if root else self.authority.issuing
        at = at or self.clock.now() - timedelta(minutes=1)
        der = make_crl(signed_by or authority, revoked, number=number, at=at, lifetime=lifetime)
        record = ListRecord(
            issuer=authority.certificate.fingerprint,
            version=number,
            this_update=truncated(at),
            next_update=truncated(at + lifetime),
            issuer_x5c=(_base64(authority.certificate.der),),
            crl=_base64(der),
        )
        return self.say(StatementSubject.REVOCATION_LIST, record.issuer, RevocationListPublished, record, by=by)

    def crls(self, *, number: int = 1, lifetime: timedelta = timedelta(days=7)) -> list[AccountsStatement]:
        """Empty lists of both authorities: what every reader needs."""
        return [self.crl(number=number, lifetime=lifetime, root=root) for root in (True, False)]

    def token_key(
        self, key_id: str, jwk: dict[str, Any], *, version: int = 1, state: TokenKeyState = TokenKeyState.ACTIVE
    ) -> AccountsStatement:
        """A key of access tokens."""
        record = TokenKey(key_id=key_id, version=version, state=state, public_key=jwk)
        return self.say(StatementSubject.TOKEN_KEY, key_id, TokenKeyChanged, record)

    def client(
        self,
        client_id: UUID,
        agencies: Sequence[UUID],
        *,
        version: int = 1,
        state: ClientState = ClientState.ACTIVE,
        duties: Sequence[Duty] = (),
    ) -> AccountsStatement:
        """A machine client that acts for these agencies, or that an operator works with."""
        since = truncated(self.clock.now())
        record = Client(
            client_id=client_id,
            version=version,
            state=state,
            name="Hệ thống quản lý văn bản",
            grants=tuple(ClientGrant(agency_id=agency_id, since=since) for agency_id in agencies),
            key_thumbprint="x" * 43,
            duties=tuple(duties),
        )
        return self.say(StatementSubject.CLIENT, str(client_id), ClientChanged, record)

    def say(
        self,
        subject: StatementSubject,
        key: str,
        event_class: type[Event[Any]],
        data: Any,
        *,
        by: Identity | None = None,
    ) -> AccountsStatement:
        """A statement whose source is accounts, signed by accounts or, forged, by another identity."""
        event = event_class.new(source=ACCOUNTS, time=self.clock.now(), data=data)
        return AccountsStatement(subject, key, (by or self.accounts).signer.sign(to_bytes(event)))

    def beginning(self, *others: Identity) -> list[AccountsStatement]:
        """What stands in the topics of a new installation: the lists, accounts' own certificate, those of `others`."""
        return [*self.crls(), *(self.certificate(each) for each in (self.accounts, *others))]


async def publish(producer: AIOKafkaProducer, topics: TrustTopics, statements: Sequence[AccountsStatement]) -> None:
    """Put statements on the topics as the relay does."""
    names = {subject: topic for topic, subject in topics.subjects().items()}
    for statement in statements:
        await producer.send_and_wait(
            names[statement.subject],
            statement.signed.payload,
            key=statement.key.encode(),
            headers=[(SIGNATURE_HEADER, statement.signed.jws.encode())],
        )


def with_changed_payload(statement: AccountsStatement, old: bytes, new: bytes) -> AccountsStatement:
    """The same signature over other bytes."""
    payload = statement.signed.payload.replace(old, new)
    return replace(statement, signed=replace(statement.signed, payload=payload))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
