"""Items of the inbox as people and programs see them, and how people name one."""

import re
from typing import Any

from lienthong.common.clock import to_text
from lienthong.common.errors import Words
from lienthong.common.messages.document import Lane
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.output import Output, lane_name
from lienthong.sdk.errors import BadInput
from lienthong.sdk.items import InboxItem, Letter, StatusNotice
from lienthong.sdk.received import Noted
from lienthong.sdk.statuses import status_words

_NUMBER = re.compile(r"(?:(?P<lane>urgent|ordinary):)?(?P<n>[1-9]\d{0,15})")

COLUMNS = [
    Words("Số TT", "No."),
    Words("Luồng", "Lane"),
    Words("Số, ký hiệu", "Symbol"),
    Words("Trích yếu", "Subject"),
    Words("Nơi gửi", "From"),
    Words("Tiếp nhận", "Accepted"),
    Words("Tệp", "Files"),
]


def as_row(item: InboxItem, output: Output) -> list[str]:
    """One line of the inbox's table."""
    return [
        str(item.n),
        output.text(lane_name(item.lane).words),
        symbol(item),
        title(item, output),
        item.sender_name,
        output.time(item.receipt.accepted_at),
        str(len(item.document.attachments)) if isinstance(item, Letter) else "",
    ]


def symbol(item: InboxItem) -> str:
    """Số và ký hiệu of the document that an item brings or speaks of."""
    if isinstance(item, Letter):
        return item.symbol
    if isinstance(item, StatusNotice):
        about = item.report.response_for
        return about.code or about.document_id or str(item.document_message_id)
    return ""


def title(item: InboxItem, output: Output) -> str:
    """A document's subject; a report's state with its reason; the type of what is not known."""
    if isinstance(item, StatusNotice):
        reason = f" · {item.report.description}" if item.report.description else ""
        return f"→ {item.status} {output.text(status_words(item.status))}{reason}"
    return item.title


def as_members(item: InboxItem) -> dict[str, Any]:
    """An item as one JSON object."""
    members: dict[str, Any] = {
        "n": item.n,
        "lane": item.lane.value,
        "kind": "unknown",
        "message_id": str(item.message_id),
        "source": item.source,
        "accepted_at": to_text(item.receipt.accepted_at),
        "seal": item.seal.certificate.fingerprint,
    }
    if isinstance(item, Letter):
        document = item.document.model_dump(mode="json", by_alias=True, exclude_none=True)
        return members | {"kind": "document", "document": document}
    if isinstance(item, StatusNotice):
        report = item.report.model_dump(mode="json", by_alias=True, exclude_none=True)
        return members | {"kind": "status", "happened_at": to_text(item.happened_at), "report": report}
    return members | {"type": item.type, "message": item.value}


def read_number(name: str) -> tuple[Lane, int] | None:
    """`ordinary:12`, `urgent:3`, or `12` of the ordinary lane; None for another form."""
    found = _NUMBER.fullmatch(name.strip())
    return (Lane(found["lane"] or Lane.ORDINARY), int(found["n"])) if found else None


async def find_letter(agency: Agency, name: str, source: str | None) -> Letter:
    """The letter that a person names by its number in the inbox, its message id or its symbol. Raises BadInput."""
    number = read_number(name)
    if number is None:
        noted = one_of_received(agency, name, source)
        number = Lane(noted.lane), noted.n
    item = await agency.read_again(*number)
    if not isinstance(item, Letter):
        raise BadInput(Words(f"{name} không phải văn bản: {item.title}", f"{name} is no document: {item.title}"))
    return item


def one_of_received(agency: Agency, name: str, source: str | None) -> Noted:
    """The one letter of a message id or symbol, from a sender where it is told. Raises BadInput."""
    found = [noted for noted in agency.find_received(name.strip()) if source in (None, noted.sender_code)]
    if not found:
        raise BadInput(
            Words(
                f"Máy này chưa đọc văn bản {name!r}; có thể nêu số trong hộp đến: ordinary:12",
                f"No document {name!r} was read here; it may be named by its number in the inbox: ordinary:12",
            )
        )
    if len(found) > 1:
        places = ", ".join(f"{noted.lane}:{noted.n} ({noted.sender_code})" for noted in found)
        raise BadInput(Words(f"{name!r} là nhiều văn bản: {places}", f"{name!r} is several documents: {places}"))
    return found[0]
