"""Codes, names and states of agencies on a day."""

from datetime import date
from uuid import UUID

import pytest

from lienthong.accounts.domain.agencies import (
    aged,
    is_well_formed,
    level_of,
    life_on,
    name_on,
    with_contact,
)
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import Agency, AgencyCode, AgencyLife, AgencyName, CodeScheme, ContactOfficer

OLD, NEW = CodeScheme.QCVN102, CodeScheme.QD20


def agency(**changes: object) -> Agency:
    members: dict[str, object] = {
        "agency_id": new_id(),
        "version": 1,
        "state": AgencyLife.ACTIVE,
        "kind": "department",
        "level": 2,
        "names": (AgencyName(name="Sở Công Thương"),),
        "codes": (AgencyCode(code="000.00.02.H53", scheme=OLD),),
    }
    return Agency.model_validate(members | changes)


@pytest.mark.parametrize(
    ("code", "scheme", "fits"),
    [
        ("000.00.13.H53", OLD, True),
        ("000.06.12.H53", OLD, True),
        ("000.1137.H53", OLD, False),
        ("000.00.13.h53", OLD, False),
        ("H53", NEW, True),
        ("H15.50.05.13", NEW, True),
        ("H37.DN.001", NEW, True),
        ("H53." + "1" * 31, NEW, True),
        ("H53." + "1" * 32, NEW, False),
        ("H53..13", NEW, False),
        ("H53\n", NEW, False),
    ],
)
def test_forms_of_codes(code: str, scheme: CodeScheme, fits: bool) -> None:
    assert is_well_formed(code, scheme) is fits


@pytest.mark.parametrize(
    ("code", "level"),
    [("000.00.00.H53", 1), ("000.00.13.H53", 2), ("000.06.12.H53", 3), ("001.01.07.H53", 4), ("H53.13", None)],
)
def test_an_old_code_reads_right_to_left(code: str, level: int | None) -> None:
    assert level_of(code) == level


RENAMED = agency(
    names=(
        AgencyName(name="Bộ Nông nghiệp và Phát triển nông thôn", valid_to=date(2025, 2, 28)),
        AgencyName(name="Bộ Nông nghiệp và Môi trường", valid_from=date(2025, 3, 1)),
    )
)


@pytest.mark.parametrize(
    ("day", "word"), [(date(2020, 1, 1), "nông thôn"), (date(2025, 2, 28), "nông thôn"), (date(2025, 3, 1), "trường")]
)
def test_an_agency_has_the_name_of_the_day(day: date, word: str) -> None:
    assert name_on(RENAMED, day).name.endswith(word)


def test_outside_all_periods_the_nearest_name_before_is_used() -> None:
    gone = agency(
        names=(AgencyName(name="A", valid_to=date(2020, 1, 1)), AgencyName(name="B", valid_from=date(2030, 1, 1)))
    )
    assert name_on(gone, date(2025, 1, 1)).name == "A"
    later = agency(names=(AgencyName(name="B", valid_from=date(2030, 1, 1)),))
    assert name_on(later, date(2025, 1, 1)).name == "B"


@pytest.mark.parametrize(
    ("ended_on", "successors", "state"),
    [
        (None, (), AgencyLife.ACTIVE),
        (date(2025, 6, 30), (), AgencyLife.ENDED),
        (date(2025, 6, 30), (UUID(int=1),), AgencyLife.MERGED),
        (date(2025, 7, 1), (UUID(int=1),), AgencyLife.ACTIVE),
    ],
)
def test_the_last_day_still_belongs_to_the_agency(
    ended_on: date | None, successors: tuple[UUID, ...], state: AgencyLife
) -> None:
    assert life_on(date(2025, 7, 1), ended_on, successors) is state


def test_an_agency_ends_the_day_after_its_last_and_only_once() -> None:
    announced = agency(ended_on=date(2025, 6, 30))
    assert aged(announced, date(2025, 6, 30)) is None
    after = aged(announced, date(2025, 7, 1))
    assert after is not None
    assert (after.state, after.version) == (AgencyLife.ENDED, 2)
    assert aged(after, date(2026, 1, 1)) is None


@pytest.mark.requirement("N9")
def test_the_same_contact_officer_again_is_no_change() -> None:
    officer = ContactOfficer(full_name="Nguyễn Văn Minh")
    named = with_contact(agency(), officer)
    assert named is not None
    assert (named.contact_officer, named.version) == (officer, 2)
    assert with_contact(named, officer) is None
