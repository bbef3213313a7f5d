"""Agencies (cơ quan): what they are called and by which codes they go on a day, when they end, who succeeds them.

The entity is the published record itself (`messages.accounts.Agency`): everything accounts knows of an agency is
public to the network. Functions return the next record; whoever stores it, says it.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from lienthong.accounts.domain.days import covers
from lienthong.common.messages.accounts import (
    Agency,
    AgencyLife,
    AgencyName,
    CodeScheme,
    ContactOfficer,
)

_QCVN102: Final = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}", re.ASCII)
_QD20: Final = re.compile(r"(?=.{1,35}\Z)[A-Z]\d{2}(\.[0-9A-Z]+)*", re.ASCII)


def is_well_formed(code: str, scheme: CodeScheme) -> bool:
    """Whether a code has the form of its scheme: QCVN 102:2016 or Decision 20/2020/QĐ-TTg.

    Other forms occur in real directories (`000.1137.H53`): they are taken, and pointed out.
    """
    pattern = _QCVN102 if scheme is CodeScheme.QCVN102 else _QD20
    return pattern.fullmatch(code) is not None


def level_of(code: str) -> int | None:
    """The level a well-formed old code stands for: the old form reads right to left, unused groups are zeros."""
    if not _QCVN102.fullmatch(code):
        return None
    groups = [int(group) for group in code.split(".")[:3]]
    return next((4 - place for place, group in enumerate(groups) if group), 1)


def name_on(agency: Agency, day: date) -> AgencyName:
    """What the agency is called on `day`; outside all periods, the name next to it."""
    valid = [name for name in agency.names if covers(name.valid_from, name.valid_to, day)]
    if valid:
        return valid[-1]
    begun = [name for name in agency.names if name.valid_from is None or name.valid_from <= day]
    return begun[-1] if begun else agency.names[0]


def life_on(day: date, ended_on: date | None, successors: Sequence[UUID]) -> AgencyLife:
    """The state of an agency whose last day is `ended_on` (None: none is set)."""
    if ended_on is None or day <= ended_on:
        return AgencyLife.ACTIVE
    return AgencyLife.MERGED if successors else AgencyLife.ENDED


def aged(agency: Agency, day: date) -> Agency | None:
    """The record once its last day has passed; None where `day` changes nothing."""
    state = life_on(day, agency.ended_on, agency.successors)
    return None if state is agency.state else next_version(agency.model_copy(update={"state": state}))


def with_contact(agency: Agency, officer: ContactOfficer | None) -> Agency | None:
    """The record with another contact officer for incidents (N9); None where it is the same."""
    if agency.contact_officer == officer:
        return None
    return next_version(agency.model_copy(update={"contact_officer": officer}))


def next_version(agency: Agency) -> Agency:
    return agency.model_copy(update={"version": agency.version + 1})
