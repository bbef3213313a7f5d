"""The states of a document, and of what is asked to change it, in words; and how people name them."""

import unicodedata
from enum import StrEnum

from lienthong.common.errors import Words
from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import BusinessType
from lienthong.common.messages.notice import Ending
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
    "withdrawn": Words("Đã rút trước khi đến", "Withdrawn before it arrived"),
    "taken_back": Words("Đã lấy lại", "Taken back"),
    "revoked": Words("Đã thu hồi", "Revoked"),
    "updated": Words("Đã có bản cập nhật", "Updated by a newer version"),
    "replaced": Words("Đã được thay thế", "Replaced"),
    "declined": Words("Nơi nhận không đồng ý", "Not agreed to"),
    "expired": Words("Hết hạn tiếp nhận", "Expired"),
}
"""Names of the delivery states; a state of a later version is shown as it is called."""


ENDED_BY_CHANGE = frozenset({"withdrawn", "taken_back", "revoked", "updated", "replaced", "declined"})
"""States in which nothing more is reported of a delivery: another version stands, or none."""


class ChangeKind(StrEnum):
    """What a sender may ask for a document that it has sent; named as in the track."""

    TAKE_BACK = "take_back"
    REVOKE = "revoke"
    UPDATE = "update"
    REPLACE = "replace"


CHANGE_WORDS: dict[str, Words] = {
    ChangeKind.TAKE_BACK: Words("Yêu cầu lấy lại", "Take-back"),
    ChangeKind.REVOKE: Words("Thu hồi", "Revocation"),
    ChangeKind.UPDATE: Words("Cập nhật", "Update"),
    ChangeKind.REPLACE: Words("Thay thế", "Replacement"),
}

DOES: dict[BusinessType, ChangeKind] = {
    BusinessType.REVOKE: ChangeKind.REVOKE,
    BusinessType.UPDATE: ChangeKind.UPDATE,
    BusinessType.REPLACE: ChangeKind.REPLACE,
}
"""What a document does to one that was sent before; a new one does nothing."""

ANSWER_WORDS: dict[Answer, Words] = {
    Answer.AGREED: Words("Đồng ý", "Agreed"),
    Answer.REFUSED: Words("Không đồng ý", "Refused"),
}

ASKED_WORDS: dict[str, Words] = {
    "asked": Words("chờ trả lời", "waits for its answer"),
    "agreed": ANSWER_WORDS[Answer.AGREED],
    "refused": ANSWER_WORDS[Answer.REFUSED],
    "lapsed": Words("Quá hạn, không trả lời", "Not answered in time"),
    "granted": Words("Có hiệu lực ngay", "Granted at once"),
}
"""Names of the states of a change request; one of a later version is shown as it is called."""

ENDING_WORDS: dict[Ending, Words] = {
    Ending.WITHDRAWN: STATE_WORDS["withdrawn"],
    Ending.EXPIRED: Words("Hết hạn, nơi nhận không tiếp nhận", "Expired: neither received nor refused in time"),
}


def change_words(kind: str) -> Words:
    """A kind of change in words; one of a later version as it stands."""
    return CHANGE_WORDS.get(kind, Words(kind, kind))


def asked_words(state: str) -> Words:
    """The state of a change request in words; one of a later version as it stands."""
    return ASKED_WORDS.get(state, Words(state, state))


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
