"""base64url without padding (RFC 7515 section 2), accepted in its one canonical form only.

A decoder that forgives padding, foreign letters or stray last bits would let one signature be
written in many ways; receipts and duplicate checks hash the written form.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z")


def encode(data: bytes) -> str:
    """Write `data` as base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Read canonical base64url.

    Raises MaterialRefused: JWS_PADDING, JWS_NOT_BASE64URL or JWS_NOT_CANONICAL.
    """
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise MaterialRefused(_fault(text)) from None
    # Writing it again is the whole check: only the canonical form survives the round trip.
    if encode(data) != text:
        raise MaterialRefused(_fault(text))
    return data


def _fault(text: str) -> Reason:
    if text.endswith("=") and _ALPHABET.match(text.rstrip("=")):
        return Reason.JWS_PADDING
    if not _ALPHABET.match(text):
        return Reason.JWS_NOT_BASE64URL
    return Reason.JWS_NOT_CANONICAL
