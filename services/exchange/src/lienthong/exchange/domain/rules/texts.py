"""How text is written: Unicode TCVN 6909:2001, precomposed, without look-alike letters (N8).

A signed text is never rewritten; so it is refused, with the place of every fault.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from lienthong.common.errors import Violation, Words
from lienthong.common.strict_json import JsonValue, loads, strings_of
from lienthong.common.text import TextFault, find_text_faults
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.domain.submission import Facts

UNICODE = "N8"

_MOST = 100
_NORMALISE = Words(
    "Chuẩn hóa văn bản về Unicode dựng sẵn (TCVN 6909:2001) trước khi ký.",
    "Bring the text to precomposed Unicode (TCVN 6909:2001) before you sign it.",
)


def text_is_vietnamese_unicode(submission: SealedMessage, _facts: Facts) -> Iterator[Violation]:
    """Every string of the message, names of extensions too."""
    payload = submission.signed.payload
    # Without escapes, letters of the whole are letters of its strings: one look instead of a walk.
    if b"\\" in payload or find_text_faults(payload.decode("utf-8")):
        yield from find_in_strings(loads(payload))


def find_in_strings(value: JsonValue) -> Sequence[Violation]:
    """One violation for each string with a fault, at most a hundred, with RFC 6901 pointers."""
    found = (
        _violation(pointer, faults[0]) for pointer, text in strings_of(value) if (faults := find_text_faults(text))
    )
    return list(islice(found, _MOST))


def _violation(pointer: str, fault: TextFault) -> Violation:
    words, place = fault.kind.words, fault.position + 1
    detail = Words(f"{words.vi} (ký tự thứ {place})", f"{words.en} (character {place})")
    return Violation(fault.kind.value, UNICODE, pointer, detail, _NORMALISE)
