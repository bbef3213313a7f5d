"""An agency submits a sealed message: steps 2 and 3 of docs/way-of-a-document.md.

Nothing is read from the message before its seal is verified, but for one thing: where it would be refused, its id is
looked up, and if those very bytes under that very signature were accepted before, the first answer comes again. So a
repeat is answered even after the certificate has ended, and a normal submission pays nothing for it.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID
from weakref import WeakValueDictionary

from lienthong.common.auth import Caller, to_error
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.errors import Kind, LienthongError
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.signing import Policy, SignatureRefused, SignedBytes, Verified
from lienthong.common.telemetry import current_traceparent
from lienthong.common.trust import TrustFollower
from lienthong.exchange.domain.answers import Accepted, SubmissionAnswer
from lienthong.exchange.domain.reading import hashes_named, id_named, read_message
from lienthong.exchange.domain.rules.content import is_forbidden
from lienthong.exchange.domain.submission import Submission
from lienthong.exchange.store import messages
from lienthong.exchange.usecases.destroy_files import DestroyFiles
from lienthong.exchange.usecases.page_writer import PageWriter
from lienthong.exchange.usecases.places import Places
from lienthong.exchange.usecases.refuse import Refused, keep_refusals

Faulty = tuple[SignedBytes, LienthongError]
"""What was posted, and what stands against it before it comes to its page."""

_LARGE = 64 << 10
_LARGE_AT_ONCE, _LARGE_OF_ONE = 128, 32


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
        self._large = Places(_LARGE_AT_ONCE, _LARGE_OF_ONE)
        self._turns = WeakValueDictionary[UUID, asyncio.Lock]()

    async def __call__(self, caller: Caller, signed: SignedBytes) -> Accepted:
        """The receipt of the message, first or again. Raises LienthongError: the refusal."""
        try:
            return await self._accept(caller, signed)
        except LienthongError as refusal:
            await self.destroy_forbidden([refusal])
            raise

    async def _accept(self, caller: Caller, signed: SignedBytes) -> Accepted:
        try:
            submission = await self._examine_in_turn(caller, signed)
        except LienthongError as refusal:
            [answer] = await self.settle(caller, [(signed, refusal)])
            if isinstance(answer, Accepted):
                return answer
            raise
        # 3 Judged, numbered and stored with its page.
        return await self._writer.accept(submission)

    async def _examine_in_turn(self, caller: Caller, signed: SignedBytes) -> Submission:
        """Reading a megabyte takes a tenth of a second: who posts many at once keeps itself waiting, nobody else."""
        if len(signed.payload) < _LARGE:
            return self.examine(caller, signed)
        loop, turn = asyncio.get_running_loop(), self._turns.setdefault(caller.agency_id, asyncio.Lock())
        with self._large.of(caller.agency_id):
            await turn.acquire()
        begun = loop.time()
        try:
            return self.examine(caller, signed)
        finally:
            loop.call_later(loop.time() - begun, turn.release)  # as long as it took, the time is the others'

    def examine(self, caller: Caller, signed: SignedBytes) -> Submission:
        """What was posted, verified and read. Raises LienthongError: what stands against it, to be settled."""
        verified = self.verify(signed)
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

    def verify(self, signed: SignedBytes) -> Verified:
        """What was sealed, whatever it says. Raises LienthongError: what stands against it."""
        # 2.2 Whether a certificate is good can be told only by who is up to date.
        self._trust.require_current()
        # 2.3 The exact bytes, the seal, the certificate.
        return self._verify(signed)

    async def settle(self, caller: Caller, faulty: Sequence[Faulty]) -> list[SubmissionAnswer]:
        """The answers to messages that would be refused here; of those that are, a record is kept."""
        # 2.5 A repeat of what was accepted gets the first answer, whatever stands against it now.
        first = await self._first_answers(caller.agency_id, [signed for signed, _ in faulty])
        answers = [first.get(index, refusal) for index, (_, refusal) in enumerate(faulty)]
        refused = [(signed, answer) for (signed, _), answer in zip(faulty, answers, strict=True)]
        await self._keep_refusals(caller, refused)
        return answers

    async def destroy_forbidden(self, answers: Iterable[SubmissionAnswer]) -> None:
        """The uploads of messages refused as forbidden (N3) go at once."""
        if any(isinstance(answer, LienthongError) and is_forbidden(answer.violations) for answer in answers):
            await self._destroy_files()

    def _verify(self, signed: SignedBytes) -> Verified:
        try:
            return self._trust.verifier.verify(
                signed, at=self._clock.now(), certificates=self._trust.certificates, policy=self._policy
            )
        except SignatureRefused as refused:
            raise to_error(refused) from refused

    async def _first_answers(self, sender: UUID, posted: Sequence[SignedBytes]) -> Mapping[int, Accepted]:
        claimed = [_claimed_id(signed) for signed in posted]
        keys = {(sender, message_id) for message_id in claimed if message_id is not None}
        if not keys:
            return {}
        async with self._database.connection() as connection:
            known = await messages.find_first_answers(connection, keys)
        found: dict[int, Accepted] = {}
        for index, (signed, message_id) in enumerate(zip(posted, claimed, strict=True)):
            first = None if message_id is None else known.get((sender, message_id))
            answer = first.to(hashlib.sha256(signed.payload).digest(), signed.jws) if first else None
            if isinstance(answer, Accepted):
                found[index] = answer
        return found

    async def _keep_refusals(self, caller: Caller, answered: Iterable[tuple[SignedBytes, SubmissionAnswer]]) -> None:
        """Of the sender's refused messages a record stays; what we could not judge was not refused."""
        refused = [
            Refused(
                agency_id=caller.agency_id,
                client_id=caller.client_id,
                message_id=_claimed_id(signed),
                sha256=hashlib.sha256(signed.payload).digest(),
                hashes=hashes_named(signed.payload),
                error=answer,
            )
            for signed, answer in answered
            if not isinstance(answer, Accepted) and answer.kind is not Kind.UNAVAILABLE
        ]
        if refused:
            async with self._database.transaction() as connection:
                await keep_refusals(connection, refused, self._clock.now())


def _claimed_id(signed: SignedBytes) -> UUID | None:
    try:
        return parse_id(id_named(signed.payload) or "")
    except MalformedId:
        return None
