"""What a file is said to be, as far as it may be repeated in the head of an answer.

The sender's word stands in its message, signed, and is never altered there. It may be anything: letters that no header
carries, line breaks, a type that nobody has heard of.
"""

import re

UNTYPED = "application/octet-stream"

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_MEDIA_TYPE = re.compile(rf'{_WORD}/{_WORD}(?:[ ]?;[ ]?{_WORD}=(?:{_WORD}|"[ !#-\[\]-~]*"))*')


def to_content_type(said: str) -> str:
    """The media type said (RFC 9110 section 8.3), or that of bytes of which nothing is known."""
    return said if _MEDIA_TYPE.fullmatch(said) else UNTYPED


def essence(media_type: str) -> str:
    """The type without its parameters, in small letters."""
    return media_type.partition(";")[0].strip().lower()
