"""How people name an item of the inbox on a command line: by its number, its message, or a symbol."""

import re
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.document import Lane
from lienthong.sdk.answering import Request, kind_of
from lienthong.sdk.client import Agency
from lienthong.sdk.errors import BadInput
from lienthong.sdk.items import Letter
from lienthong.sdk.notices import TakeBackNotice
from lienthong.sdk.problems import NotFound
from lienthong.sdk.received import Noted
from lienthong.sdk.statuses import ENDED_BY_CHANGE

_NUMBER = re.compile(r"(?:(?P<lane>urgent|ordinary):)?(?P<n>[1-9]\d{0,15})")


def read_number(name: str) -> tuple[Lane, int] | None:
    """`ordinary:12`, `urgent:3`, or `12` of the ordinary lane; None for another form."""
    found = _NUMBER.fullmatch(name.strip())
    return (Lane(found["lane"] or Lane.ORDINARY), int(found["n"])) if found else None


async def find_letter(agency: Agency, name: str, source: str | None) -> Letter:
    """The letter that a person names by its number in the inbox, its message id or its symbol. Raises BadInput."""
    number = read_number(name)
    if number is None:
        noted = await one_of_received(agency, name, source)
        number = Lane(noted.lane), noted.n
    item = await agency.read_again(*number)
    if not isinstance(item, Letter):
        raise BadInput(Words(f"{name} không phải văn bản: {item.title}", f"{name} is no document: {item.title}"))
    return item


async def find_request(agency: Agency, name: str, source: str | None) -> Request:
    """What asks for a change, named by its number, its message, or the symbol of what it is about. Raises BadInput."""
    number = read_number(name)
    if number is None:
        noted = _one_request(agency, name.strip(), source)
        number = Lane(noted.lane), noted.n
    item = await agency.read_again(*number)
    if not isinstance(item, TakeBackNotice | Letter):
        raise BadInput(Words(f"{name} không yêu cầu gì: {item.title}", f"{name} asks for nothing: {item.title}"))
    kind_of(item)
    return item


async def one_of_received(agency: Agency, name: str, source: str | None) -> Noted:
    """The one letter of a message id or symbol, from a sender where it is told; of several versions that which stands.

    Raises BadInput, PlatformError, Unreachable.
    """
    found = [noted for noted in agency.find_received(name.strip()) if source in (None, noted.sender_code)]
    if not found:
        raise BadInput(
            Words(
                f"Máy này chưa nhận văn bản {name!r}; có thể nêu số trong hộp đến: ordinary:12",
                f"No document {name!r} was received here; it may be named by its number in the inbox: ordinary:12",
            )
        )
    if len({(noted.source, noted.subject or noted.message_id) for noted in found}) > 1:
        raise _several(name, found)
    newest_first = found[::-1]
    for noted in newest_first if len(found) > 1 else ():
        if await _stands(agency, noted):
            return noted
    return newest_first[0]


async def _stands(agency: Agency, noted: Noted) -> bool:
    """Whether this version is the one that is handled: no newer one has taken its place, nor must it be agreed to."""
    message_id = parse_id(noted.message_id)
    try:
        told = await agency.track(message_id, noted.agency_id)
    except NotFound:
        return False  # withdrawn
    return all(each.state not in ENDED_BY_CHANGE and not each.is_asked_by(message_id) for each in told.recipients)


async def find_sent_message(agency: Agency, name: str, source: str | None) -> tuple[UUID, str | None]:
    """The message of a document that a person means, and its sender where that is another agency. Raises BadInput."""
    try:
        message_id = parse_id(name)
    except MalformedId:
        message_id = None
    if message_id and (source or not agency.find_received(name)):
        return message_id, source
    if message_id is None and source is None and agency.find_sent(name):
        return agency.sent_message(name), None
    if source is None and not agency.find_received(name):
        vi, en = f"Máy này chưa gửi, chưa nhận văn bản {name!r}", f"No document {name!r} was sent or received here"
        raise BadInput(Words(vi, en))
    noted = await one_of_received(agency, name, source)
    return parse_id(noted.message_id), noted.agency_id


def _one_request(agency: Agency, name: str, source: str | None) -> Noted:
    found = [noted for noted in agency.find_requests(name) if source in (None, noted.sender_code)]
    if not found:
        raise BadInput(
            Words(
                f"Máy này chưa đọc yêu cầu nào về {name!r}; có thể nêu số trong hộp đến: ordinary:12",
                f"No request about {name!r} was read here; it may be named by its number in the inbox: ordinary:12",
            )
        )
    # What was answered is past, unless nothing else is meant.
    waiting = [noted for noted in found if agency.find_answer(noted) is None] or found[-1:]
    if len(waiting) > 1:
        raise _several(name, waiting)
    return waiting[0]


def _several(name: str, found: list[Noted]) -> BadInput:
    places = ", ".join(f"{noted.lane}:{noted.n} ({noted.sender_code})" for noted in found)
    return BadInput(Words(f"{name!r} có ở nhiều số: {places}", f"{name!r} is at several numbers: {places}"))
