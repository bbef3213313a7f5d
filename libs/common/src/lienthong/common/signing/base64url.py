"""base64url without padding (RFC 7515 section 2), accepted in its one canonical form only.

A decoder that forgives padding, foreign letters or stray last bits would let one signature be
written in many ways; receipts and duplicate checks hash the written form.
"""

import re
from binascii import a2b_base64, b2a_base64

from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z")


def encode(data: bytes) -> str:
    """Write `data` as base64url without padding."""
    return _write(data).decode("ascii")


def decode(text: str) -> bytes:
    """Read canonical base64url.

    Raises MaterialRefused: JWS_PADDING, JWS_NOT_BASE64URL or JWS_NOT_CANONICAL.
    """
    try:
        written = text.encode("ascii")
        data = a2b_base64(written.translate(_FROM_URL) + b"==")
    except ValueError:
        raise MaterialRefused(_fault(text)) from None
    # The decoder forgives much. Writing it again is the whole check: only the canonical form survives that.
    if _write(data) != written:
        raise MaterialRefused(_fault(text))
    return data


def _write(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=")


def _fault(text: str) -> Reason:
    if text.endswith("=") and _ALPHABET.match(text.rstrip("=")):
        return Reason.JWS_PADDING
    if not _ALPHABET.match(text):
        return Reason.JWS_NOT_BASE64URL
    return Reason.JWS_NOT_CANONICAL
