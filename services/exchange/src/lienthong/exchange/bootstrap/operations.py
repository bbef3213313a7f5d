"""What is behind the routes of operators, and behind those by which agencies reach them."""

from datetime import timedelta

from lienthong.common.auth import TokenVerifier
from lienthong.common.inbox import HeldEvents, LetterDesk
from lienthong.common.relay import BlockedKeys
from lienthong.exchange.api.operations import Operations
from lienthong.exchange.api.operations_support import SupportDesk
from lienthong.exchange.api.operators import Operators
from lienthong.exchange.api.support import Support
from lienthong.exchange.bootstrap.addresses import CONSUMER
from lienthong.exchange.bootstrap.parts import Parts
from lienthong.exchange.usecases.find_contact import FindContact
from lienthong.exchange.usecases.keep_hotline import KeepHotline
from lienthong.exchange.usecases.keep_outages import KeepOutages
from lienthong.exchange.usecases.note_running import NoteRunning


def open_support(parts: Parts) -> Support:
    """For agencies."""
    hotline, outages = _hotline(parts), KeepOutages(parts.database, parts.clock)
    return Support(hotline.report, hotline.own, outages.read, FindContact(parts.database))


def open_operations(parts: Parts, tokens: TokenVerifier) -> Operations:
    """For operators."""
    database, clock = parts.database, parts.clock
    return Operations(
        Operators.asking(parts.trust, tokens),
        HeldEvents(database, clock),
        BlockedKeys(database, clock),
        LetterDesk(database, clock, parts.broker, CONSUMER),
        SupportDesk(_hotline(parts), KeepOutages(database, clock), FindContact(database)),
    )


def open_note_running(parts: Parts) -> NoteRunning:
    """The duty beside the front door."""
    return NoteRunning(
        parts.database,
        parts.clock,
        parts.telemetry,
        longest_gap=timedelta(seconds=parts.settings.exchange_outage_seconds),
        takes_documents=parts.trust.current,
    )


def _hotline(parts: Parts) -> KeepHotline:
    return KeepHotline(parts.database, parts.clock, most_a_day=parts.settings.exchange_hotline_a_day)
