"""Enrolment codes: a secret that an operator hands to an agency's contact officer, good once and for seven days.

Only its SHA-256 is kept: with 100 random bits nobody finds the code from it. The letters are Crockford's base 32, so
that a code can be read out on the telephone.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

LIFETIME: Final = timedelta(days=7)
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD: Final = str.maketrans("OIL", "011")
_GROUPS, _GROUP = 5, 4


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A code as it is kept. `request` is the SHA-256 of what it was used with, `fingerprint` what came of it."""

    agency_id: UUID
    code_sha256: bytes
    expires_at: datetime
    request: bytes | None = None
    fingerprint: str | None = None

    def fits(self, code: str) -> bool:
        """Whether this is the code; takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(self.code_sha256, digest(code))


def make_code(random: Callable[[int], bytes]) -> str:
    """A fresh code like `7K2M-9QXA-0BCD-EFGH-JKMN`."""
    letters = [_LETTERS[byte % len(_LETTERS)] for byte in random(_GROUPS * _GROUP)]  # 256 is a multiple of 32
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))


def digest(code: str) -> bytes:
    """SHA-256 of the code as it is meant: hyphens, spaces and small letters do not matter, O is 0, I and L are 1."""
    plain = "".join(code.split()).replace("-", "").upper().translate(_MISREAD)
    return hashlib.sha256(plain.encode()).digest()
