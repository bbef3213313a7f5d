"""An agency submits a sealed message: steps 2 and 3 of docs/way-of-a-document.md.

Nothing is read from the message before its seal is verified, but for one thing: where it would be refused, its id is
looked up, and if those very bytes under that very signature were accepted before, the first answer comes again. So a
repeat is answered even after the certificate has ended, and a normal submission pays nothing for it.
"""

import hashlib
from uuid import UUID

from lienthong.common.auth import Caller, to_error
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Kind, LienthongError
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.signing import Policy, SignatureRefused, SignedBytes, Verified
from lienthong.common.telemetry import current_traceparent
from lienthong.common.trust import TrustFollower
from lienthong.exchange.domain.answers import Accepted
from lienthong.exchange.domain.reading import hashes_named, id_named, read_message
from lienthong.exchange.domain.rules.content import is_forbidden
from lienthong.exchange.domain.submission import Submission
from lienthong.exchange.store import messages
from lienthong.exchange.usecases.destroy_files import DestroyFiles
from lienthong.exchange.usecases.page_writer import PageWriter
from lienthong.exchange.usecases.refuse import Refused, keep_refusals


class SubmitDocument:
    """`policy` says how far the time of sealing may lie from now."""

    def __init__(
        self,
        trust: TrustFollower,
        database: Database,
        writer: PageWriter,
        destroy_files: DestroyFiles,
        clock: Clock,
        *,
        policy: Policy,
    ) -> None:
        self._trust = trust
        self._database = database
        self._writer = writer
        self._destroy_files = destroy_files
        self._clock = clock
        self._policy = policy

    async def __call__(self, caller: Caller, signed: SignedBytes) -> Accepted:
        """The receipt of the message, first or again. Raises LienthongError: the refusal."""
        try:
            return await self._accept(caller, signed)
        except LienthongError as refusal:
            if is_forbidden(refusal.violations):
                await self._destroy_files()
            raise

    async def _accept(self, caller: Caller, signed: SignedBytes) -> Accepted:
        try:
            submission = self._examine(caller, signed)
        except LienthongError as refusal:
            # 2.5 A repeat of what was accepted gets the first answer, whatever stands against it now.
            first = await self._first_answer(caller.agency_id, signed)
            if first is not None:
                return first
            await self._keep_refusal(caller, signed, refusal)
            raise
        # 3 Judged, numbered and stored with its page.
        return await self._writer.accept(submission)

    def _examine(self, caller: Caller, signed: SignedBytes) -> Submission:
        # 2.2 Whether a certificate is good can be told only by who is up to date.
        self._trust.require_current()
        # 2.3 The exact bytes, the seal, the certificate.
        verified = self._verify(signed)
        # 2.4 One strict reading of what was verified.
        return Submission(
            agency_id=caller.agency_id,
            client_id=caller.client_id,
            holder=verified.holder,
            seal=verified.certificate.fingerprint,
            signed=signed,
            event=read_message(verified.payload),
            traceparent=current_traceparent(),
        )

    def _verify(self, signed: SignedBytes) -> Verified:
        try:
            return self._trust.verifier.verify(
                signed, at=self._clock.now(), certificates=self._trust.certificates, policy=self._policy
            )
        except SignatureRefused as refused:
            raise to_error(refused) from refused

    async def _first_answer(self, sender: UUID, signed: SignedBytes) -> Accepted | None:
        message_id = _claimed_id(signed)
        if message_id is None:
            return None
        key = (sender, message_id)
        async with self._database.connection() as connection:
            first = (await messages.find_first_answers(connection, [key])).get(key)
        answer = first.to(hashlib.sha256(signed.payload).digest(), signed.jws) if first else None
        return answer if isinstance(answer, Accepted) else None

    async def _keep_refusal(self, caller: Caller, signed: SignedBytes, refusal: LienthongError) -> None:
        """Of the sender's refused messages a record stays; what we could not judge was not refused."""
        if refusal.kind is Kind.UNAVAILABLE:
            return
        refused = Refused(
            agency_id=caller.agency_id,
            client_id=caller.client_id,
            message_id=_claimed_id(signed),
            sha256=hashlib.sha256(signed.payload).digest(),
            hashes=hashes_named(signed.payload),
            error=refusal,
        )
        async with self._database.transaction() as connection:
            await keep_refusals(connection, [refused], self._clock.now())


def _claimed_id(signed: SignedBytes) -> UUID | None:
    try:
        return parse_id(id_named(signed.payload) or "")
    except MalformedId:
        return None
