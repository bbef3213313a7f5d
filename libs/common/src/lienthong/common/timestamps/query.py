"""What is asked of a time-stamping authority, and reading its answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.hazmat import asn1

from lienthong.common.timestamps.structures import (
    SHA256,
    AlgorithmIdentifier,
    AuthorityRefusal,
    MessageImprint,
    TimeStampReq,
    TimeStampResp,
)
from lienthong.common.timestamps.token import TimeStampRefused, TokenFault, read_token

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
MOST_BYTES = 64 << 10
"""Of an answer: a token with a chain of long certificates stays far below."""
_GRANTED = frozenset({0, 1})


@dataclass(frozen=True, slots=True)
class TimeStampQuery:
    """A query over a SHA-256, with a nonce, so that no old answer can pass for the new one."""

    digest: bytes
    nonce: int

    @classmethod
    def over(cls, digest: bytes) -> TimeStampQuery:
        """A fresh query."""
        return cls(digest, secrets.randbits(64) | 1)

    def to_bytes(self) -> bytes:
        """The DER that travels as application/timestamp-query."""
        imprint = MessageImprint(algorithm=AlgorithmIdentifier(algorithm=SHA256), digest=self.digest)
        return asn1.encode_der(TimeStampReq(version=1, imprint=imprint, nonce=self.nonce, cert_req=True))


def read_response(answer: bytes, query: TimeStampQuery) -> bytes:
    """The token in an answer to `query`; not verified yet. Raises TimeStampRefused."""
    try:
        response = asn1.decode_der(TimeStampResp, answer[: MOST_BYTES + 1])
        token = asn1.encode_der(response.token)
    except ValueError:
        raise TimeStampRefused(_fault(answer), "") from None
    if response.status.status not in _GRANTED:
        raise TimeStampRefused(TokenFault.NOT_GRANTED, f"status {response.status.status}")
    if read_token(token).info.nonce != query.nonce:
        raise TimeStampRefused(TokenFault.OTHER_QUERY, "the nonce is another one's")
    return token


def _fault(answer: bytes) -> TokenFault:
    try:
        asn1.decode_der(AuthorityRefusal, answer[: MOST_BYTES + 1])
    except ValueError:
        return TokenFault.MALFORMED
    return TokenFault.NOT_GRANTED
