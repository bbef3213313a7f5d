"""What others wrote, on our terminal: letters a terminal would obey, or hide, are shown by their numbers instead.

Titles, names and reasons come from other agencies, and the platform's sentences from the platform: an escape sequence
in one of them could forge what stands around it, or make the terminal answer as if somebody typed.
"""

import re

_OBEYED = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_IN_TEXT = re.compile(f"[{_OBEYED}]")
_IN_LINE = re.compile(f"[\\n{_OBEYED}]")


def harmless(text: str) -> str:
    """The text, of one line or several."""
    return _IN_TEXT.sub(_by_number, text)


def harmless_line(text: str) -> str:
    """The text on one line. JSON stays JSON: what is written so is what its strings escape."""
    return _IN_LINE.sub(_by_number, text)


def _by_number(letter: re.Match[str]) -> str:
    return f"\\u{ord(letter[0]):04x}"
