"""Answers of the exchange that are no signed statements: read strictly, what is not declared passed over."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from lienthong.common.errors import Words
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.sdk.errors import UnexpectedAnswer

MAX_BYTES = 8 << 20
UNREADABLE = Words("Câu trả lời không đọc được", "The answer cannot be read")


class AnswerPart(BaseModel):
    """A part of an answer; a later version may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


T = TypeVar("T", bound=AnswerPart)


def read_answer(body: bytes, kind: type[T], *, max_bytes: int = MAX_BYTES, unreadable: Words = UNREADABLE) -> T:
    """The answer. Raises UnexpectedAnswer, in the words of `unreadable`."""
    try:
        loads(body, max_bytes=max_bytes)
        return kind.model_validate_json(body, strict=True)
    except (MalformedJson, ValidationError) as error:
        raise UnexpectedAnswer(unreadable) from error
