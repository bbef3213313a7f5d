"""Answers of the exchange that are no signed statements: read strictly, what is not declared passed over."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from lienthong.common.errors import Words
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.sdk.errors import UnexpectedAnswer

MAX_BYTES = 8 << 20


class Told(BaseModel):
    """A part of an answer; a later version may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


T = TypeVar("T", bound=Told)


def read_answer(body: bytes, kind: type[T]) -> T:
    """The answer. Raises UnexpectedAnswer."""
    try:
        loads(body, max_bytes=MAX_BYTES)
        return kind.model_validate_json(body, strict=True)
    except (MalformedJson, ValidationError) as error:
        raise UnexpectedAnswer(Words("Câu trả lời không đọc được", "The answer cannot be read")) from error
