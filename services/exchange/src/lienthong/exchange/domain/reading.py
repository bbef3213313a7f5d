"""Reading a message strictly; what is malformed and forbidden is refused as forbidden."""

from collections.abc import Iterable, Sequence
from typing import Any

from lienthong.common.errors import Violation
from lienthong.common.messages.envelope import Catalogue, MalformedEvent
from lienthong.common.messages.exchange import EXCHANGED, Exchanged
from lienthong.common.messages.violations import MEMBER_NOT_NFC
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.exchange.domain.errors import MessageRefused
from lienthong.exchange.domain.rules.content import find_forbidden_classes
from lienthong.exchange.domain.rules.texts import find_in_strings

AGENCIES_MAY_SAY = Catalogue(EXCHANGED)
"""7.1 The closed list of what agencies may say to the exchange."""


def read_message(payload: bytes) -> Exchanged:
    """The message in these bytes.

    Raises:
        MalformedJson: not JSON in the one accepted way.
        MalformedEvent: not a message of the list, or not of its published form.
        MessageRefused: the same, and it breaks rules besides (N3, N8).
    """
    try:
        event = AGENCIES_MAY_SAY.read_any(payload, tolerant=False)
    except MalformedEvent as malformed:
        broken = _rules_broken(loads(payload))
        if not broken:
            raise
        raise MessageRefused([*broken, *_other_faults(malformed.violations)]) from malformed
    if not isinstance(event, EXCHANGED):
        raise TypeError(f"{event.type} is on the list but nobody handles it")
    return event


def hashes_named(payload: bytes) -> list[str]:
    """The attachments that a message names, malformed as it may be."""
    try:
        value = loads(payload)
    except MalformedJson:
        return []
    data = value.get("data") if isinstance(value, dict) else None
    attachments = data.get("attachments") if isinstance(data, dict) else None
    return [found for found in map(_hash_of, attachments) if found] if isinstance(attachments, list) else []


def id_named(payload: bytes) -> str | None:
    """The id that a message claims: for looking up and for the record of a refusal, never to be believed."""
    try:
        value = loads(payload)
    except MalformedJson:
        return None
    claimed = value.get("id") if isinstance(value, dict) else None
    return claimed if isinstance(claimed, str) else None


def _hash_of(attachment: Any) -> str | None:
    sha256 = attachment.get("sha256") if isinstance(attachment, dict) else None
    is_hash = isinstance(sha256, str) and len(sha256) == 64 and set(sha256) <= set("0123456789abcdef")
    return sha256 if is_hash else None


def _rules_broken(value: Any) -> Sequence[Violation]:
    return [*find_forbidden_classes(value), *find_in_strings(value)]


def _other_faults(violations: Iterable[Violation]) -> list[Violation]:
    return [violation for violation in violations if violation.code != MEMBER_NOT_NFC]
