"""`Content-Digest` of RFC 9530: what an upload says of its bytes before they come."""

import base64
import binascii
import re

from lienthong.exchange.domain.errors import DigestMissing

# A structured dictionary (RFC 8941): other algorithms may stand beside ours and are passed over.
_SHA256 = re.compile(r"(?:^|,)[ \t]*sha-256=:(?P<value>[A-Za-z0-9+/]{43}=):[ \t]*(?=,|$)")


def read_content_digest(header: str | None) -> str:
    """The SHA-256 said, in lower-case hexadecimal. Raises DigestMissing."""
    found = _SHA256.findall(header or "")
    if len(found) != 1:
        raise DigestMissing
    try:
        return base64.b64decode(found[0], validate=True).hex()
    except binascii.Error:
        raise DigestMissing from None


def to_content_digest(sha256: str) -> str:
    """The header of a file with this hash."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode('ascii')}:"
