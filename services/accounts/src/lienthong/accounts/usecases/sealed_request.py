"""The way of a request under an agency's seal, the same for all four of them; what each does is its own file.

1. parse the exact bytes strictly
2. judge the seal by the register, as of now
3. seal, `source` and `data.agency_id` are one agency
4. the same (source, id) again: the first answer, or a refusal where the bytes differ
5. do what is asked
6. keep the exact bytes with the answer, as evidence
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from lienthong.accounts.domain.errors import RequestIdReused, SealNotEntitled
from lienthong.accounts.domain.permissions import Denied, may_speak_for
from lienthong.accounts.store import sealed_requests
from lienthong.accounts.store.announcements import Fact
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.seals import judge_seal
from lienthong.common.audit import AuditRecord, write_audit
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import CertificateRecord
from lienthong.common.messages.envelope import Event, read
from lienthong.common.signing import SignedBytes
from lienthong.common.strict_json import JsonValue


class AgencyRequest(Protocol):
    """What every request under a seal says: in whose name."""

    @property
    def agency_id(self) -> UUID: ...


R = TypeVar("R", bound=AgencyRequest)


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """A request whose seal is good and whose agency is its own."""

    data: R
    agency_id: UUID
    seal: CertificateRecord
    now: datetime

    @property
    def who(self) -> str:
        return f"/agencies/{self.agency_id}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: the answer, the facts to be said, the audit records."""

    answer: dict[str, JsonValue]
    facts: tuple[Fact, ...] = ()
    audit: tuple[AuditRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer, and whether it was given before."""

    answer: dict[str, JsonValue]
    repeated: bool


Effect = Callable[[Context, Connection, Asked[R]], Awaitable[Result]]


async def answer_request(
    context: Context, signed: SignedBytes, event_class: type[Event[Any]], effect: Effect[R]
) -> Answered:
    """Take one request through the steps above.

    Raises MalformedJson, MalformedEvent, SigningRefused, SealNotEntitled, RequestIdReused, and what `effect` does.
    """
    now = context.clock.now()
    # 1. The parse comes first, so that a stranger's garbage costs no look-up; nothing of it is believed yet.
    event = read(signed.payload, event_class, tolerant=False)
    data: R = event.data
    async with context.transaction() as connection:
        # 2.
        _, seal = await judge_seal(context, connection, signed, now)
        # 3.
        agency_id = _holder(seal, event.source, data.agency_id)
        # 4. Under the agency's lock: of two at the same time the second waits and gets the first one's answer.
        digest = hashlib.sha256(signed.payload).digest()
        first = await sealed_requests.find(connection, agency_id, event.id)
        if first is not None:
            if first.sha256 != digest:
                raise RequestIdReused
            return Answered(first.answer, repeated=True)
        # 5.
        result = await effect(context, connection, Asked(data, agency_id, seal, now))
        # 6.
        await sealed_requests.insert(
            connection, agency_id, event.id, sha256=digest, signed=signed, answer=result.answer, at=now
        )
        await write_audit(connection, *result.audit)
        await context.announcements.say(connection, result.facts)
    return Answered(result.answer, repeated=False)


def _holder(seal: CertificateRecord, source: str, asks_for: UUID) -> UUID:
    agency_id = seal.holder.agency_id
    if agency_id is None:
        raise SealNotEntitled
    verdict = may_speak_for(seal, agency_id, source, asks_for)
    if isinstance(verdict, Denied):
        raise SealNotEntitled(verdict.reason)
    return agency_id
