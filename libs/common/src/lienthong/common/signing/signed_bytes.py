"""Bytes with a detached signature that nobody has verified yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.header import Header, parse_header
from lienthong.common.signing.reasons import Reason

MAX_SIGNATURE_CHARS: Final = 1366
"""base64url of an RSA-8192 signature, the longest there is here."""


@dataclass(frozen=True, slots=True)
class SignedBytes:
    """UNVERIFIED. Nothing may be read from `payload` before `Verifier.verify` has given a Verified."""

    payload: bytes
    jws: str
    """`protected..signature` (RFC 7515 appendix F)."""

    def to_line(self) -> dict[str, str]:
        """The form of batches, inboxes and books. Raises MaterialRefused(JWS_LINE) if the payload is not UTF-8."""
        protected, signature = split(self.jws)
        try:
            text = self.payload.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MaterialRefused(Reason.JWS_LINE, "the payload is not UTF-8 text") from error
        return {"protected": protected, "payload": text, "signature": signature}

    @classmethod
    def from_line(cls, line: Mapping[str, object]) -> SignedBytes:
        """Read `{"protected","payload","signature"}`, exactly these, all text. Raises MaterialRefused(JWS_LINE)."""
        protected, payload, signature = line.get("protected"), line.get("payload"), line.get("signature")
        if len(line) != 3 or not (
            isinstance(protected, str) and isinstance(payload, str) and isinstance(signature, str)
        ):
            raise MaterialRefused(Reason.JWS_LINE, "needs exactly protected, payload and signature, as text")
        try:
            return cls(payload.encode("utf-8"), f"{protected}..{signature}")
        except UnicodeEncodeError as error:
            raise MaterialRefused(Reason.JWS_LINE, "the payload holds half of a surrogate pair") from error

    def unverified_header(self) -> Header:
        """What the signature claims of itself, e.g. to see which certificate is not known yet.

        For looking up and for logs; never decide by it. Raises MaterialRefused (`jws.…`, `header.…`).
        """
        return parse_header(split(self.jws)[0])


def split(jws: str) -> tuple[str, str]:
    """Take `protected..signature` apart.

    Raises MaterialRefused: JWS_PART_COUNT, JWS_ATTACHED_PAYLOAD or JWS_OVERSIZED.
    """
    parts = jws.split(".", 3)
    if len(parts) != 3:
        raise MaterialRefused(Reason.JWS_PART_COUNT, "needs protected..signature")
    protected, attached, signature = parts
    if attached:
        raise MaterialRefused(Reason.JWS_ATTACHED_PAYLOAD, "the payload travels apart, the middle is empty")
    if len(signature) > MAX_SIGNATURE_CHARS:
        raise MaterialRefused(Reason.JWS_OVERSIZED, f"a signature of more than {MAX_SIGNATURE_CHARS} characters")
    return protected, signature
