"""An agency registers a document that came by another way (N7): step 11 of docs/way-of-a-document.md.

Registrations are few and delivered to nobody: each has a transaction of its own. What is kept is as with a document:
the exact bytes, the seal, a receipt signed before the commit; a repeat of the same bytes gets the first answer.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from lienthong.common.audit import AuditRecord, Outcome, write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Connection, Database
from lienthong.common.errors import LienthongError, Violation
from lienthong.common.ids import new_id, parse_id
from lienthong.common.messages.envelope import Catalogue
from lienthong.common.messages.exchange import DocumentRegistered
from lienthong.common.messages.topics import REGISTRATIONS
from lienthong.common.outbox import Outbox, Outgoing
from lienthong.common.signing import SignedBytes, Verified
from lienthong.common.telemetry import current_traceparent
from lienthong.exchange.domain.answers import Accepted, SubmissionAnswer
from lienthong.exchange.domain.errors import MessageIdReused, MessageRefused
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.registering import Registering, RegistrationFacts, judge_registration
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.domain.submission import Facts
from lienthong.exchange.store import agencies, messages, registrations, uploads
from lienthong.exchange.store.messages import NewMessage
from lienthong.exchange.store.uploads import Carried
from lienthong.exchange.usecases.check_seal import CheckSeal
from lienthong.exchange.usecases.keep_late_entries import find_outages, keep_late_entries

Verify = Callable[[SignedBytes], Verified]
"""The seal over exact bytes, its certificate, the time of sealing; raises LienthongError (`submit_document.py`)."""
Settle = Callable[[Caller, Sequence[tuple[SignedBytes, LienthongError]]], Awaitable[list[SubmissionAnswer]]]
"""The first answer to what was accepted before, else a record of the refusal (`submit_document.py`)."""

AGENCIES_MAY_REGISTER = Catalogue([DocumentRegistered])


class RegisterDocument:
    """`verify` and `settle` are those of messages: nothing is laxer here."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        statements: Statements,
        clock: Clock,
        *,
        verify: Verify,
        settle: Settle,
        check_seal: CheckSeal,
        policy: AdmissionPolicy,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._statements = statements
        self._clock = clock
        self._verify = verify
        self._settle = settle
        self._check_seal = check_seal
        self._policy = policy

    async def __call__(self, caller: Caller, signed: SignedBytes) -> Accepted:
        """The receipt of the registration, first or again. Raises LienthongError: the refusal."""
        try:
            answer = await self._accept(self._examine(caller, signed))
        except LienthongError as refusal:
            [answer] = await self._settle(caller, [(signed, refusal)])
        if not isinstance(answer, Accepted):
            raise answer
        return answer

    def _examine(self, caller: Caller, signed: SignedBytes) -> Registering:
        # 11.1 Seal, certificate and reading are those of every message.
        verified = self._verify(signed)
        event = AGENCIES_MAY_REGISTER.read_any(verified.payload, tolerant=False)
        if not isinstance(event, DocumentRegistered):
            raise TypeError(f"{event.type} is no registration")
        return Registering(
            agency_id=caller.agency_id,
            client_id=caller.client_id,
            holder=verified.holder,
            seal=verified.certificate.fingerprint,
            signed=signed,
            event=event,
            traceparent=current_traceparent(),
        )

    async def _accept(self, registering: Registering) -> SubmissionAnswer:
        async with self._database.transaction() as connection:
            answer = await self._find_first(connection, registering)
            if answer is not None:
                return answer
            # 11.2 Every rule that holds for a document and means something here is asked.
            facts = await self._gather_facts(connection, registering)
            judged = judge_registration(registering, facts)
            if judged.violations:
                raise MessageRefused(judged.violations)
            accepted_at = self._clock.now()
            message = self._seal(registering, facts.general, judged.warnings, accepted_at)
            answer = await self._store(connection, registering, message, accepted_at)
        await self._outbox.wake()
        return answer

    async def _find_first(self, connection: Connection, registering: Registering) -> SubmissionAnswer | None:
        first = await messages.find_first_answers(connection, [registering.key])
        known = first.get(registering.key)
        return known.to(registering.sha256, registering.signed.jws) if known else None

    async def _gather_facts(self, connection: Connection, registering: Registering) -> RegistrationFacts:
        now = self._clock.now()
        files = [(registering.agency_id, sha256) for sha256 in registering.hashes]
        alike = registering.likeness
        general = Facts(
            now=now,
            policy=self._policy,
            agencies=await agencies.find(connection, [registering.agency_id]),
            uploads=await uploads.lock_own(connection, files, now) if files else {},
            accepted=set(),
            outages=await find_outages(connection, [registering]),
        )
        before = await registrations.find_alike(connection, registering.agency_id, alike) if alike else None
        return RegistrationFacts(general, before)

    def _seal(
        self, registering: Registering, facts: Facts, warnings: tuple[Violation, ...], at: datetime
    ) -> NewMessage:
        # 11.3 As of the time on the receipt every reader will verify; so the seal is good then.
        lapsed = self._check_seal(registering.seal, at)
        if lapsed is not None:
            raise lapsed
        event, scan = registering.event, facts.scan_of(registering)
        return NewMessage(
            id=new_id(),
            sender=registering.agency_id,
            message_id=event.id,
            subject=parse_id(event.subject or ""),
            lane=registering.lane,
            signed=registering.signed,
            sha256=registering.sha256,
            receipt=self._statements.submission_receipt(event, registering.signed, at, scan),
            warnings=warnings,
        )

    async def _store(
        self, connection: Connection, registering: Registering, message: NewMessage, at: datetime
    ) -> SubmissionAnswer:
        if not await messages.add(connection, [message], at):
            # Another process accepted the same (source, id) meanwhile: its answer stands.
            return await self._find_first(connection, registering) or MessageIdReused()
        await registrations.add(connection, message.id, registering, at)
        if carried := _carried(message.id, registering):
            await uploads.adopt(connection, carried)
        await keep_late_entries(connection, [(message.id, registering)])
        await write_audit(connection, _record(registering, at))
        # 11.4 Last, because the outbox keeps its key locked until the commit.
        key = str(registering.agency_id)
        await self._outbox.put(connection, [Outgoing(REGISTRATIONS.name, key, message.id, registering.traceparent)])
        return Accepted(message.receipt, message.warnings, first_time=True)


def _carried(message: UUID, registering: Registering) -> list[Carried]:
    agency_id = registering.agency_id
    return [Carried(message, agency_id, each.sha256, each.media_type) for each in registering.attachments]


def _record(registering: Registering, at: datetime) -> AuditRecord:
    return AuditRecord(
        at=at,
        who=source_of(registering.agency_id),
        act="registration.accept",
        object=f"{registering.event.source}/registrations/{registering.event.id}",
        outcome=Outcome.DONE,
        details={
            "client": str(registering.client_id),
            "sha256": registering.sha256.hex(),
            "channel": registering.registration.origin.channel.value,
        },
    )
