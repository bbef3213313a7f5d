"""What a sender is told of its recipients before it sends (pre-flight). Five questions to the database, however many.

Any agency may ask about any other: that it is there, that its seal is good, how long its inbox has waited. Nothing here
tells who sent what to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.common.calendar import WorkingCalendar
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.messages.document import Lane
from lienthong.exchange.domain.numbers import InboxKey
from lienthong.exchange.domain.preflight import Backlog, Expected, Recipient, Way, expect
from lienthong.exchange.domain.submission import KnownAgency
from lienthong.exchange.store import agencies, certificates, visits
from lienthong.exchange.store.certificates import HeldSeal
from lienthong.exchange.usecases.check_seal import CheckSeal


@dataclass(frozen=True, slots=True)
class Checked:
    """The recipients in the order asked, each once, with what is to be expected of it."""

    at: datetime
    recipients: Sequence[tuple[Recipient, Expected]]


class CheckRecipients:
    """Answers at one time for all recipients together."""

    def __init__(self, database: Database, check_seal: CheckSeal, clock: Clock, calendar: WorkingCalendar) -> None:
        self._database = database
        self._check_seal = check_seal
        self._clock = clock
        self._calendar = calendar

    async def __call__(self, asked: Sequence[UUID]) -> Checked:
        """What is known of these agencies."""
        now, each_once = self._clock.now(), list(dict.fromkeys(asked))
        async with self._database.connection() as connection:
            known = await agencies.find_with_heirs(connection, each_once)
            held = await certificates.find_seals(connection, each_once, now)
            backlogs = await visits.find_backlogs(connection, each_once)
            brought = await visits.find_brought(connection, each_once)
        seals = self._good_seals(held, now)
        places = {agency_id: place for place, agency_id in reversed(list(enumerate(asked)))}
        recipients = [
            _recipient(agency_id, known, seals, backlogs, brought.get(agency_id, {})) for agency_id in each_once
        ]
        expected = [expect(each, f"/to/{places[each.agency_id]}", now, self._calendar) for each in recipients]
        return Checked(now, list(zip(recipients, expected, strict=True)))

    def _good_seals(self, held: Sequence[HeldSeal], now: datetime) -> Mapping[UUID, datetime]:
        """Until when each agency has a seal that is good now."""
        until: dict[UUID, datetime] = {}
        for seal in held:
            if self._check_seal(seal.fingerprint, now) is None:
                until[seal.agency_id] = max(seal.not_after, until.get(seal.agency_id, seal.not_after))
        return until


def _recipient(
    agency_id: UUID,
    known: Mapping[UUID, KnownAgency],
    seals: Mapping[UUID, datetime],
    backlogs: Mapping[InboxKey, Backlog],
    brought: Mapping[Way, datetime | None],
) -> Recipient:
    agency = known.get(agency_id)
    return Recipient(
        agency_id=agency_id,
        agency=agency,
        successors=[known[each] for each in agency.successors if each in known] if agency else (),
        seal_until=seals.get(agency_id),
        backlogs={lane: backlogs.get(InboxKey(agency_id, lane), Backlog()) for lane in Lane} if agency else {},
        brought=brought,
    )
