"""/v1/groups: an agency's own groups of recipients. A message names no group: whoever sends it expands it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from lienthong.common.auth import Caller
from lienthong.common.clock import Timestamp
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.messages.accounts import AgencyLife
from lienthong.exchange.api.callers import Callers
from lienthong.exchange.domain.groups import MOST_MEMBERS
from lienthong.exchange.domain.submission import KnownAgency
from lienthong.exchange.store.groups import Group
from lienthong.exchange.usecases.keep_groups import Expanded

_Name = Annotated[str, Path(description="The group's name, percent-encoded; precomposed Unicode without a slash.")]


@dataclass(frozen=True, slots=True)
class GroupDoors:
    """What is behind the routes of groups."""

    put: Callable[[Caller, str, Sequence[UUID]], Awaitable[tuple[Group, bool]]]
    remove: Callable[[Caller, str], Awaitable[None]]
    find: Callable[[Caller, str], Awaitable[Group]]
    find_all: Callable[[Caller], Awaitable[Sequence[Group]]]
    expand: Callable[[Caller, str], Awaitable[Expanded]]


class Members(BaseModel):
    """Who belongs to the group."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    members: list[Id] = Field(min_length=1, max_length=MOST_MEMBERS, description="Agencies of the register.")


class GroupLine(BaseModel):
    """A group as it was put."""

    model_config = ConfigDict(frozen=True)

    name: str
    members: list[Id] = Field(description="In the order given.")
    changed_at: Timestamp


class GroupList(BaseModel):
    """Every group of the agency, by name."""

    model_config = ConfigDict(frozen=True)

    groups: list[GroupLine]


class NamedAgency(BaseModel):
    """An agency of the register."""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    name: str
    state: AgencyLife


class MergedMember(BaseModel):
    """A member that was merged; its successors are among the recipients."""

    model_config = ConfigDict(frozen=True)

    agency_id: Id
    name: str
    successors: list[NamedAgency]


class ExpandedGroup(BaseModel):
    """Whom the group means now: put these into the message, it is they who are signed."""

    model_config = ConfigDict(frozen=True)

    name: str
    changed_at: Timestamp
    recipients: list[NamedAgency] = Field(description="Active agencies, each once, in the order of the members.")
    merged: list[MergedMember]
    left_out: list[NamedAgency] = Field(description="Members that have ended: nobody stands for them.")


def make_groups_router(callers: Callers, doors: GroupDoors) -> APIRouter:
    """The routes of groups; every group is the caller's own."""
    router = make_router(prefix="/v1", tags=["groups"])

    @router.get("/groups")
    async def get_groups(caller: Annotated[Caller, Depends(callers.sparing)]) -> GroupList:
        """All groups of the agency."""
        return GroupList(groups=[_group(each) for each in await doors.find_all(caller)])

    @router.put("/groups/{name}", responses={201: {"model": GroupLine, "description": "The group is new"}})
    async def put_group(
        name: _Name, members: Members, response: Response, caller: Annotated[Caller, Depends(callers.acting)]
    ) -> GroupLine:
        """Make a group, or replace its members."""
        group, is_new = await doors.put(caller, name, members.members)
        response.status_code = 201 if is_new else 200
        return _group(group)

    @router.get("/groups/{name}")
    async def get_group(name: _Name, caller: Annotated[Caller, Depends(callers.reading)]) -> GroupLine:
        """One group as it was put."""
        return _group(await doors.find(caller, name))

    @router.delete("/groups/{name}", status_code=204)
    async def delete_group(name: _Name, caller: Annotated[Caller, Depends(callers.acting)]) -> None:
        """Remove a group; nothing that was sent changes."""
        await doors.remove(caller, name)

    @router.get("/groups/{name}/expanded")
    async def get_expanded(name: _Name, caller: Annotated[Caller, Depends(callers.sparing)]) -> ExpandedGroup:
        """Whom the group means now: merged members by their successors, ended ones left out and named."""
        return _expanded(await doors.expand(caller, name))

    return router


def _group(group: Group) -> GroupLine:
    return GroupLine(name=group.name, members=list(group.members), changed_at=group.changed_at)


def _expanded(expanded: Expanded) -> ExpandedGroup:
    told = expanded.expansion
    return ExpandedGroup(
        name=expanded.group.name,
        changed_at=expanded.group.changed_at,
        recipients=[_agency(each) for each in told.recipients],
        merged=[
            MergedMember(
                agency_id=each.agency.agency_id,
                name=each.agency.name,
                successors=[_agency(heir) for heir in each.successors],
            )
            for each in told.merged
        ],
        left_out=[_agency(each) for each in told.left_out],
    )


def _agency(agency: KnownAgency) -> NamedAgency:
    return NamedAgency(agency_id=agency.agency_id, name=agency.name, state=agency.state)
