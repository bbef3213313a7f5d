"""Sender or recipient gets evidence of a document: step 12 of docs/way-of-a-document.md."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lienthong.common.audit import write_audit
from lienthong.common.audit_log import prove
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.evidence import (
    EvidenceParts,
    EvidenceRefused,
    InboxPart,
    ProvenMessage,
    ProvenRecord,
    RevocationPart,
    Subject,
    build_evidence,
)
from lienthong.common.evidence.parts import MOST_LINKS
from lienthong.common.messages.accounts import CertificateChanged
from lienthong.common.messages.envelope import read
from lienthong.common.register import read_x5c
from lienthong.common.signing import Certificate, SignedBytes
from lienthong.common.timestamps import certificates_of
from lienthong.exchange.domain.errors import ContentWithheld, DocumentNotFound, EvidenceNotReady, EvidenceTooLarge
from lienthong.exchange.domain.evidence import said_to_both
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.permissions import Denied, EvidenceTies, may_get_evidence, may_read_content
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.domain.states import WITHHELD, DeliveryState
from lienthong.exchange.domain.submission import MessageKey
from lienthong.exchange.store import evidence, inboxes
from lienthong.exchange.store.evidence import KeptMessage, SeenDelivery
from lienthong.exchange.usecases.records import done_by

_AT_ONCE: Final = 4
"""Files that a process makes at the same time: each is in memory whole, and takes a connection while it is gathered."""
_MOST_BYTES: Final = 48 << 20
"""Of what was said, before it is read."""
_MOST_FILE_BYTES: Final = 60 << 20
"""What an agency's system takes as one answer is a little more."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What a file needs so that its signatures can be judged: accounts' statements, authorities' lists."""

    certificates: Mapping[str, SignedBytes]
    lists: Sequence[RevocationPart]


class GiveEvidence:
    """Nothing tells whether a document exists of which the caller may not get evidence."""

    def __init__(
        self,
        database: Database,
        statements: Statements,
        clock: Clock,
        anchors: Sequence[Certificate],
        *,
        patience: int,
    ) -> None:
        """`patience` is in how many seconds whoever asks too early is told to ask again."""
        self._database = database
        self._statements = statements
        self._clock = clock
        self._anchors = anchors
        self._patience = patience
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, caller: Caller, sender: UUID, message_id: UUID, recipient: UUID) -> bytes:
        """The file. Raises DocumentNotFound, ContentWithheld, EvidenceNotReady, EvidenceTooLarge."""
        async with self._turns:
            return await self._give(caller, sender, message_id, recipient)

    async def _give(self, caller: Caller, sender: UUID, message_id: UUID, recipient: UUID) -> bytes:
        async with self._database.transaction() as connection:
            # 12.1 The sender asks about each recipient, a recipient about itself.
            seen = await self._see(connection, caller, (sender, message_id), recipient)
            parts = await self._gather(connection, caller, (sender, message_id), recipient, seen)
            # 12.5 What is in it is content: who got it is known.
            path = f"evidence/{sender}/{message_id}/{recipient}"
            await write_audit(connection, done_by(caller, "evidence.read", path, self._clock.now()))
        try:
            # 12.6 The manifest over everything is signed, and given out.
            file = await asyncio.to_thread(build_evidence, parts, self._statements.sign)
        except EvidenceRefused as refused:
            raise EvidenceTooLarge from refused
        if len(file) > _MOST_FILE_BYTES:
            raise EvidenceTooLarge
        return file

    async def _see(self, connection: Connection, caller: Caller, key: MessageKey, recipient: UUID) -> SeenDelivery:
        seen = await evidence.see(connection, key, recipient)
        if seen is None:
            raise DocumentNotFound
        asks = caller.agency_id
        ties = EvidenceTies(
            sent=asks == key[0],
            received=asks == recipient and seen.state is not DeliveryState.WITHDRAWN,
            withheld=seen.state in WITHHELD,
        )
        if isinstance(may_get_evidence(ties), Denied):
            raise DocumentNotFound
        if isinstance(may_read_content(ties), Denied):
            raise ContentWithheld
        return seen

    async def _gather(
        self, connection: Connection, caller: Caller, key: MessageKey, recipient: UUID, seen: SeenDelivery
    ) -> EvidenceParts:
        # 12.2 The document and what was said about it there, with receipts and what proves each acceptance.
        document = await evidence.read_document(connection, seen.message)
        size = len(document.message.payload) + await evidence.measure_beside(connection, seen.message, recipient)
        if size > _MOST_BYTES:
            raise EvidenceTooLarge
        beside = await evidence.read_beside(connection, seen.message, recipient, WITHHELD)
        if caller.agency_id != key[0]:
            beside = said_to_both(key[1], beside)
        proven = await self._prove(connection, (document, *beside))
        # 12.3 Its link, the signed head that it makes, and the delivery receipt with the links up to it.
        inbox = await self._inbox(connection, InboxKey(recipient, seen.lane), seen.n)
        # 12.4 What accounts signed of every key, and the authorities' lists as of each signature and now.
        certified = await self._certify(connection, proven, inbox)
        subject = Subject(
            environment=self._statements.environment,
            sender=key[0],
            message_id=key[1],
            subject=seen.subject,
            recipient=recipient,
            lane=seen.lane,
            n=seen.n,
            made_for=caller.agency_id,
            made_at=self._clock.now(),
        )
        return EvidenceParts(subject, proven[0], proven[1:], inbox, dict(certified.certificates), certified.lists)

    async def _prove(self, connection: Connection, kept: Sequence[KeptMessage]) -> list[ProvenMessage]:
        records = await prove(connection, [each.object for each in kept], ["message.accept", "message.say"])
        return [ProvenMessage(each.message, each.receipt, self._stamped(records.get(each.object))) for each in kept]

    def _stamped(self, record: ProvenRecord | None) -> ProvenRecord:
        if record is None or record.stamp is None:
            raise EvidenceNotReady(retry_after=self._patience)
        return record

    async def _inbox(self, connection: Connection, inbox: InboxKey, n: int) -> InboxPart:
        before, link = await inboxes.link_at(connection, inbox, n - 1), await inboxes.link_at(connection, inbox, n)
        if before is None or link is None:
            raise LookupError("a delivery is a link of its inbox")
        head = self._statements.inbox_head(inbox, link, self._clock.now())
        acknowledged = await evidence.find_acknowledged(connection, inbox, n)
        if acknowledged is None:
            return InboxPart(before.chain, head)
        up_to, receipt = acknowledged
        after = await evidence.hashes_between(connection, inbox, n, up_to) if up_to - n <= MOST_LINKS else None
        return InboxPart(before.chain, head, receipt, after)

    async def _certify(self, connection: Connection, proven: Sequence[ProvenMessage], inbox: InboxPart) -> Certified:
        # The head was signed just now: by the key that will sign the manifest too.
        signed = [inbox.head, *([inbox.delivery_receipt] if inbox.delivery_receipt else [])]
        for each in proven:
            signed += [each.message, each.receipt, each.record.head]
        certificates = await self._statements_about(connection, signed)
        tokens = {each.record.block: each.record.stamp for each in proven}
        stampers = [each for token in tokens.values() if token is not None for each in certificates_of(token)]
        issuers = {each.fingerprint for each in (*self._anchors, *stampers)}
        for statement in certificates.values():
            record = read(statement.payload, CertificateChanged, tolerant=True).data
            issuers |= {each.fingerprint for each in read_x5c(record.x5c)[1:]}
        # Lists of a later time may have dropped a certificate that has expired since.
        times = {each.unverified_header().signed_at for each in (*signed, *certificates.values())}
        return Certified(certificates, await evidence.find_lists(connection, issuers, sorted(times)))

    async def _statements_about(
        self, connection: Connection, signed: Iterable[SignedBytes]
    ) -> Mapping[str, SignedBytes]:
        """Accounts' statements about every key that signed, also about the keys that signed those statements."""
        found: dict[str, SignedBytes] = {}
        wanted = {each.unverified_header().fingerprint for each in signed}
        while wanted:
            told = await evidence.find_certificates(connection, wanted)
            if len(told) != len(wanted):
                raise EvidenceNotReady(retry_after=self._patience)
            found |= told
            wanted = {each.unverified_header().fingerprint for each in told.values()} - found.keys()
        return found
