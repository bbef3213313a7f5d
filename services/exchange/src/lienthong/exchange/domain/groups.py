"""Groups of recipients: what a name may be, who may be a member, and whom a group means today."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.text import find_text_faults
from lienthong.exchange.domain.submission import KnownAgency

GROUPS: Final = "R-GROUPS"
MOST_GROUPS: Final = 200
"""Of one agency."""
MOST_MEMBERS_IN_ALL: Final = 20_000
"""In all groups of one agency: they are listed in one answer."""
MOST_MEMBERS: Final = 1000
"""As many as a message has recipients."""
LONGEST_NAME: Final = 100

_NAME = Words(
    f"Đặt tên 1–{LONGEST_NAME} ký tự Unicode dựng sẵn, không có dấu gạch chéo, không thừa khoảng trắng.",
    f"A name has 1 to {LONGEST_NAME} letters of precomposed Unicode, no slash, no spaces around it.",
)


@dataclass(frozen=True, slots=True)
class Merged:
    """A member that was merged, and the active agencies that stand for it now."""

    agency: KnownAgency
    successors: tuple[KnownAgency, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """Whom a group means now: each active recipient once, in the order of the members."""

    recipients: tuple[KnownAgency, ...]
    merged: tuple[Merged, ...]
    left_out: tuple[KnownAgency, ...]
    """Members that have ended, or were merged into nobody who is active."""


def find_name_faults(name: str) -> Iterator[Violation]:
    """What is wrong with the name of a group."""
    if not name or len(name) > LONGEST_NAME or "/" in name or name != name.strip() or name in (".", ".."):
        words = Words("Tên nhóm không dùng được", "The name of the group cannot be used")
        yield Violation("group_name", GROUPS, "path:name", words, _NAME)
    for fault in find_text_faults(name)[:1]:
        words = Words(f"Tên nhóm: {fault.kind.words.vi}", f"The name of the group: {fault.kind.words.en}")
        yield Violation(fault.kind.value, "N8", "path:name", words, _NAME)


def find_member_faults(members: Sequence[UUID], known: Mapping[UUID, KnownAgency]) -> Iterator[Violation]:
    """Members that nobody knows, or that are named twice."""
    seen: set[UUID] = set()
    for index, member in enumerate(members):
        pointer = f"/members/{index}"
        if member in seen:
            words = Words("Cơ quan được nêu hai lần", "The agency is named twice")
            advice = Words("Nêu mỗi cơ quan một lần.", "Name each agency once.")
            yield Violation("group_member_twice", GROUPS, pointer, words, advice)
        elif member not in known:
            words = Words("Cơ quan không có trong danh bạ", "The agency is not in the register")
            advice = Words("Tra cứu danh bạ cơ quan.", "Look the agency up in the register.")
            yield Violation("group_member_unknown", GROUPS, pointer, words, advice)
        seen.add(member)


def expand(members: Sequence[UUID], known: Mapping[UUID, KnownAgency]) -> Expansion:
    """The active agencies that the members are, or that stand for them; `known` holds all their successors too."""
    recipients: dict[UUID, KnownAgency] = {}
    merged: list[Merged] = []
    left_out: list[KnownAgency] = []
    for agency in (known[member] for member in members if member in known):
        heirs = _active_heirs(agency, known)
        recipients |= {heir.agency_id: heir for heir in heirs if heir.agency_id not in recipients}
        if not heirs:
            left_out.append(agency)
        elif agency.state is not AgencyLife.ACTIVE:
            merged.append(Merged(agency, heirs))
    return Expansion(tuple(recipients.values()), tuple(merged), tuple(left_out))


def _active_heirs(agency: KnownAgency, known: Mapping[UUID, KnownAgency]) -> tuple[KnownAgency, ...]:
    """The agency itself while it is active, else those it was merged into, however often; each once."""
    found: dict[UUID, KnownAgency] = {}
    met, open_ = {agency.agency_id}, [agency]
    while open_:
        here = open_.pop(0)
        if here.state is AgencyLife.ACTIVE:
            found[here.agency_id] = here
        elif here.state is AgencyLife.MERGED:
            further = [known[each] for each in here.successors if each in known and each not in met]
            met.update(each.agency_id for each in further)
            open_ += further
    return tuple(found.values())
