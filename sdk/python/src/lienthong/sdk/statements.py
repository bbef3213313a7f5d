"""Signed answers of the exchange: only what its own certificate signed, about exactly what was asked, counts."""

import hashlib
from typing import TypeVar

from pydantic import ValidationError

from lienthong.common.errors import Words
from lienthong.common.messages.exchange import Statement
from lienthong.common.signing.errors import SignatureRefused, SigningError
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.sources import EXCHANGE
from lienthong.common.strict_json import JsonValue, MalformedJson, loads
from lienthong.sdk.errors import StatementRefused, UnexpectedAnswer
from lienthong.sdk.profile import Environment
from lienthong.sdk.trust import Trust

S = TypeVar("S", bound=Statement)


class Statements:
    """Reads statements of the exchange."""

    def __init__(self, trust: Trust, environment: Environment) -> None:
        self._trust = trust
        self._environment = environment

    async def read(self, signed: SignedBytes, statement: type[S]) -> S:
        """The statement, verified as of its signing: the exchange's key of that day may be another than today's.

        Raises StatementRefused, PlatformError, Unreachable.
        """
        try:
            signed_at = signed.unverified_header().signed_at
            verified = await self._trust.verify(signed, said_by=EXCHANGE, at=signed_at)
            told = statement.model_validate_json(verified.payload, strict=True, extra="ignore")
            loads(verified.payload)
        except SignatureRefused as error:
            raise refused(f"{error.reason}", f"{error.reason}") from error
        except (ValidationError, MalformedJson, SigningError) as error:
            raise refused("không đúng cấu trúc", "malformed") from error
        if getattr(told, "environment", None) != self._environment:
            raise refused("thuộc môi trường khác", "it is of another environment")
        return told


def hashes_of(signed: SignedBytes) -> tuple[str, str]:
    """SHA-256 of the bytes and of the signature's text, as a receipt names them."""
    return hashlib.sha256(signed.payload).hexdigest(), hashlib.sha256(signed.jws.encode()).hexdigest()


def refused(vi: str, en: str) -> StatementRefused:
    """The error with its cause."""
    return StatementRefused(Words(f"Biên nhận không hợp lệ: {vi}", f"The statement does not hold: {en}"))


def signed_line(value: JsonValue) -> SignedBytes:
    """`{"protected","payload","signature"}` as it stands in an answer. Raises UnexpectedAnswer."""
    try:
        if isinstance(value, dict):
            return SignedBytes.from_line(value)
    except SigningError as error:
        raise UnexpectedAnswer(Words("Thiếu chữ ký trong câu trả lời", "A signed line is malformed")) from error
    raise UnexpectedAnswer(Words("Thiếu chữ ký trong câu trả lời", "A signed line is missing"))
