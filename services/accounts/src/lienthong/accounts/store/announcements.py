"""What accounts says: signed events, put into the outbox by the transaction that makes them true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lienthong.common.clock import Clock
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import (
    Agency,
    AgencyChanged,
    CertificateChanged,
    CertificateRecord,
    Client,
    ClientChanged,
    RevocationList,
    RevocationListPublished,
    TokenKey,
    TokenKeyChanged,
)
from lienthong.common.messages.envelope import Event, to_bytes
from lienthong.common.outbox import Outbox, lock_writers
from lienthong.common.signing import Signer
from lienthong.common.sources import ACCOUNTS
from lienthong.common.telemetry import current_traceparent

Fact: TypeAlias = Agency | CertificateRecord | RevocationList | TokenKey | Client


@dataclass(frozen=True, slots=True)
class _Said:
    key: str
    event: type[Event[Any]]


def _said(fact: Fact) -> _Said:
    match fact:
        case Agency():
            return _Said(str(fact.agency_id), AgencyChanged)
        case CertificateRecord():
            return _Said(fact.fingerprint, CertificateChanged)
        case RevocationList():
            return _Said(fact.issuer, RevocationListPublished)
        case TokenKey():
            return _Said(fact.key_id, TokenKeyChanged)
        case Client():
            return _Said(str(fact.client_id), ClientChanged)


class Announcements:
    """The voice of the service. Its key is the service's own; events leave through the relay."""

    def __init__(self, outbox: Outbox, signer: Signer, clock: Clock) -> None:
        self._outbox = outbox
        self._signer = signer
        self._clock = clock

    async def say(self, connection: Connection, facts: Sequence[Fact]) -> None:
        """Say facts in this order, as the last thing the transaction does: writers of the same keys wait for it."""
        said = [(fact, _said(fact)) for fact in facts]
        await lock_writers(connection, (each.key for _, each in said))
        traceparent = current_traceparent()
        for fact, each in said:
            event = each.event.new(source=ACCOUNTS, time=self._clock.now(), data=fact, subject=each.key)
            topic = event.TOPIC
            if topic is None:
                raise TypeError(f"{type(event).__name__} has no topic")
            signed = self._signer.sign(to_bytes(event))
            await self._outbox.say(connection, topic.name, each.key, signed, event, traceparent=traceparent)

    async def wake(self) -> None:
        """Tell the relay, after the commit."""
        await self._outbox.wake()
