"""How answers are written."""

from collections.abc import Sequence

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.errors import Violation
from lienthong.common.problems import choose_language
from lienthong.common.signing import SignedBytes


class SignedLine(BaseModel):
    """Exact bytes as text, with their detached signature (RFC 7515): the platform's form for lines."""

    model_config = ConfigDict(frozen=True)

    protected: str = Field(description="Protected header, base64url.")
    payload: str = Field(description="The signed bytes as text.")
    signature: str = Field(description="Signature, base64url.")


class WarningLine(BaseModel):
    """Something that did not keep the message from being accepted, but should be looked at."""

    model_config = ConfigDict(frozen=True)

    code: str
    rule: str | None
    pointer: str = Field(description="RFC 6901 pointer into the message.")
    detail: str
    advice: str


def signed_line(signed: SignedBytes) -> SignedLine:
    """The line of signed bytes."""
    return SignedLine(**signed.to_line())


def warning_lines(request: Request, violations: Sequence[Violation]) -> list[WarningLine]:
    """Warnings in the language the caller reads."""
    language = choose_language(request.headers.get("accept-language"))
    return [
        WarningLine(
            code=each.code,
            rule=each.rule,
            pointer=each.pointer,
            detail=each.detail.told(language),
            advice=each.advice.told(language),
        )
        for each in violations
    ]
