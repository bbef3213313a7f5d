"""The events that stand in evidence, read from bytes whose signature was verified."""

from typing import Any

from lienthong.common.errors import LienthongError, Words
from lienthong.common.evidence.faults import EvidenceRefused, Fault
from lienthong.common.messages.envelope import Catalogue, Event
from lienthong.common.messages.exchange import EXCHANGED, ChangeLapsed, DeliveryEnded

_CATALOGUE = Catalogue((*EXCHANGED, DeliveryEnded, ChangeLapsed))


def read_event(payload: bytes) -> Event[Any]:
    """What an agency or the exchange said. Raises EvidenceRefused(MALFORMED)."""
    try:
        return _CATALOGUE.read_any(payload)
    except LienthongError as error:
        raise EvidenceRefused(
            Fault.MALFORMED, Words(f"thông điệp không đọc được: {error.words.vi}", str(error))
        ) from error
