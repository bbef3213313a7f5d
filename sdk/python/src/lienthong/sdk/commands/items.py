"""Items of the inbox as people and programs see them."""

from typing import Any

from lienthong.common.clock import to_text
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.messages.parts import Organization
from lienthong.sdk.commands.output import Output, lane_name
from lienthong.sdk.items import Item, Letter, StatusNotice, UnknownMessage, Withheld
from lienthong.sdk.notices import (
    THE_EXCHANGE,
    ChangeAnswerNotice,
    EndedNotice,
    LapsedNotice,
    RemovalNotice,
    TakeBackNotice,
)
from lienthong.sdk.reading import InboxItem, Notice
from lienthong.sdk.statuses import (
    ANSWER_WORDS,
    ASKED_WORDS,
    CHANGE_WORDS,
    ENDING_WORDS,
    ChangeKind,
    state_words,
    status_words,
)

COLUMNS = [
    Words("Số TT", "No."),
    Words("Luồng", "Lane"),
    Words("Số, ký hiệu", "Symbol"),
    Words("Trích yếu", "Subject"),
    Words("Nơi gửi", "From"),
    Words("Tiếp nhận", "Accepted"),
    Words("Tệp", "Files"),
]

KINDS: dict[type[Item], tuple[str, str]] = {
    Letter: ("document", "document"),
    StatusNotice: ("status", "report"),
    TakeBackNotice: ("take_back", "request"),
    ChangeAnswerNotice: ("answer", "answer"),
    RemovalNotice: ("removal", "removal"),
    EndedNotice: ("ended", "ended"),
    LapsedNotice: ("lapsed", "lapsed"),
}
"""For programs: what an item is called, and under which name it says what it says."""

_REMOVED = Words("Đã xóa nội dung", "Content removed")


def as_row(item: InboxItem, output: Output) -> list[str]:
    """One line of the inbox's table."""
    return [
        str(item.n),
        output.text(lane_name(item.lane).words),
        symbol(item),
        title(item, output),
        sender(item, output),
        "" if isinstance(item, Withheld) else output.time(item.receipt.accepted_at),
        str(len(item.document.attachments)) if isinstance(item, Letter) else "",
    ]


def symbol(item: InboxItem) -> str:
    """Số và ký hiệu of the document that an item brings or speaks of."""
    if isinstance(item, StatusNotice):
        about = item.report.response_for
        return about.code or about.document_id or str(item.document_message_id)
    return "" if isinstance(item, UnknownMessage) else item.symbol


def sender(item: InboxItem, output: Output) -> str:
    """Who says it."""
    if isinstance(item, EndedNotice | LapsedNotice):
        return output.text(THE_EXCHANGE)
    return item.sender_name


def title(item: InboxItem, output: Output) -> str:
    """A document's subject, and what it does to which other; what is said of a document, with its reason."""
    if isinstance(item, Letter):
        if item.change is None:
            return item.title
        about = ", ".join(each.symbol for each in item.concerns)
        return f"{output.text(CHANGE_WORDS[item.change])} {about} · {item.document.subject}"
    if isinstance(item, UnknownMessage):
        return item.title
    if isinstance(item, Withheld):
        return f"× {output.text(state_words(item.how))}"
    said, beside = _said(item)
    return " · ".join(part for part in (f"→ {output.text(said)}", beside) if part)


def _said(notice: Notice) -> tuple[Words, str | None]:
    match notice:
        case StatusNotice():
            return _coded(notice.status, status_words(notice.status)), notice.report.description
        case TakeBackNotice():
            return _coded(notice.request.status, CHANGE_WORDS[ChangeKind.TAKE_BACK]), notice.request.reason
        case ChangeAnswerNotice():
            code = notice.answer.status
            return _coded(code, ANSWER_WORDS[code]), notice.answer.description
        case RemovalNotice():
            return _REMOVED, notice.removal.note
        case EndedNotice():
            return ENDING_WORDS[notice.how], _whom_to_ask(notice.recipient, notice.ended.contact_officer)
        case LapsedNotice():
            return ASKED_WORDS["lapsed"], _whom_to_ask(notice.recipient, notice.lapsed.contact_officer)


def _whom_to_ask(recipient: Organization, officer: ContactOfficer | None) -> str:
    """The agency that did nothing, and its contact officer (N9)."""
    if officer is None:
        return recipient.name
    told = (officer.full_name, officer.position, officer.telephone, officer.email)
    return f"{recipient.name} ({', '.join(each for each in told if each)})"


def _coded(code: str, words: Words) -> Words:
    return Words(f"{code} {words.vi}", f"{code} {words.en}")


def as_members(item: InboxItem) -> dict[str, Any]:
    """An item as one JSON object."""
    if isinstance(item, Withheld):
        return withheld_members(item)
    members: dict[str, Any] = {
        "n": item.n,
        "lane": item.lane.value,
        "kind": "unknown",
        "message_id": str(item.message_id),
        "source": item.source,
        "accepted_at": to_text(item.receipt.accepted_at),
        "seal": item.seal.certificate.fingerprint,
    }
    if isinstance(item, UnknownMessage):
        return members | {"type": item.type, "message": item.value}
    kind, name = KINDS[type(item)]
    members |= {"kind": kind, name: item.event.data.model_dump(mode="json", by_alias=True, exclude_none=True)}
    if isinstance(item, Letter):
        return members | _change_members(item)
    return members | {"happened_at": to_text(item.event.time)}


def withheld_members(item: Withheld) -> dict[str, Any]:
    """What is left of an entry that is given out no more."""
    return {
        "n": item.n,
        "lane": item.lane.value,
        "kind": "withheld",
        "withheld": item.how,
        "sha256": item.sha256,
        "request": {"source": item.request_source, "message_id": str(item.request_message_id)},
        "symbol": item.symbol or None,
    }


def _change_members(letter: Letter) -> dict[str, Any]:
    if letter.change is None:
        return {}
    about = [
        {"symbol": each.symbol, "document_id": each.document_id, "subject": str(each.subject) if each.subject else None}
        for each in letter.concerns
    ]
    return {"change": letter.change.value, "concerns": about}
