"""The states of a delivered document in words, and how people name them on a command line."""

import unicodedata

from lienthong.common.errors import Words
from lienthong.common.messages.status import StatusCode

STATUS_WORDS: dict[StatusCode, Words] = {
    StatusCode.ARRIVED: Words("Đã đến", "Arrived"),
    StatusCode.REFUSED: Words("Từ chối tiếp nhận", "Refused"),
    StatusCode.RECEIVED: Words("Đã tiếp nhận", "Received"),
    StatusCode.ASSIGNED: Words("Phân công", "Assigned"),
    StatusCode.PROCESSING: Words("Đang xử lý", "In progress"),
    StatusCode.DONE: Words("Hoàn thành", "Done"),
}

STATE_WORDS: dict[str, Words] = {
    "sent": Words("Đã gửi", "Sent"),
    **{code.name.lower(): words for code, words in STATUS_WORDS.items()},
}
"""Names of the delivery states; a state of a later version is shown as it is called."""


def status_words(code: str) -> Words:
    """A code in words; one of a later version as it stands."""
    known = [words for each, words in STATUS_WORDS.items() if each.value == code]
    return known[0] if known else Words(code, code)


def state_words(state: str) -> Words:
    """A delivery state in words; one of a later version as it stands."""
    return STATE_WORDS.get(state, Words(state, state))


def find_status(text: str) -> StatusCode | None:
    """A status by its code (03, 3) or by its name in English or Vietnamese, with or without diacritics, or None."""
    wanted = _plain(text)
    for code, words in STATUS_WORDS.items():
        if wanted in (code.value, code.value.lstrip("0"), _plain(code.name), _plain(words.vi), _plain(words.en)):
            return code
    return None


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in letters if letter.isalnum())
