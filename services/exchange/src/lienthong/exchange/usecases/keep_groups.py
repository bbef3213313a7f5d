"""An agency keeps groups of recipients for itself. Whoever sends expands them: a message names its recipients."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lienthong.common.audit import write_audit
from lienthong.common.auth import Caller
from lienthong.common.clock import Clock
from lienthong.common.database import Database
from lienthong.common.ids import new_id
from lienthong.exchange.domain.errors import GroupNotFound, GroupRefused, GroupsTooMany
from lienthong.exchange.domain.groups import (
    MOST_GROUPS,
    MOST_MEMBERS_IN_ALL,
    Expansion,
    expand,
    find_member_faults,
    find_name_faults,
)
from lienthong.exchange.store import agencies, groups
from lienthong.exchange.store.groups import Group
from lienthong.exchange.usecases.records import done_by

_MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Expanded:
    """A group, and whom it means now."""

    group: Group
    expansion: Expansion


class KeepGroups:
    """The owner is always the caller: another agency's groups cannot be named."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def put(self, caller: Caller, name: str, members: Sequence[UUID]) -> tuple[Group, bool]:
        """Make the group, or put other members into it; True where it is new. Raises GroupRefused, GroupsTooMany."""
        group = Group(new_id(), name, members, self._clock.now())
        async with self._database.transaction() as connection:
            known = await agencies.find(connection, list(members))
            faults = [*find_name_faults(name), *find_member_faults(members, known)]
            if faults:
                raise GroupRefused(faults[:_MOST_TOLD])
            others, others_members = await groups.count_others(connection, caller.agency_id, name)
            if others >= MOST_GROUPS or others_members + len(members) > MOST_MEMBERS_IN_ALL:
                raise GroupsTooMany
            kept = await groups.put(connection, caller.agency_id, group)
            path = f"groups/{kept}"
            await write_audit(connection, done_by(caller, "group.put", path, group.changed_at, members=len(members)))
        return group, kept == group.id

    async def remove(self, caller: Caller, name: str) -> None:
        """Remove the group. Raises GroupNotFound."""
        _check_can_be(name)
        async with self._database.transaction() as connection:
            removed = await groups.remove(connection, caller.agency_id, name)
            if removed is None:
                raise GroupNotFound
            await write_audit(connection, done_by(caller, "group.remove", f"groups/{removed}", self._clock.now()))

    async def find_all(self, caller: Caller) -> Sequence[Group]:
        """Every group of the caller, by name."""
        async with self._database.connection() as connection:
            return await groups.find_all(connection, caller.agency_id)

    async def find(self, caller: Caller, name: str) -> Group:
        """One group as it was put. Raises GroupNotFound."""
        _check_can_be(name)
        async with self._database.connection() as connection:
            group = await groups.find(connection, caller.agency_id, name)
        if group is None:
            raise GroupNotFound
        return group

    async def expand(self, caller: Caller, name: str) -> Expanded:
        """Whom the group means now. Raises GroupNotFound."""
        group = await self.find(caller, name)
        async with self._database.connection() as connection:
            known = await agencies.find_with_heirs(connection, list(group.members))
        return Expanded(group, expand(group.members, known))


def _check_can_be(name: str) -> None:
    """What no group can be called is not looked up: not every text can be asked of the database (NUL)."""
    if any(find_name_faults(name)):
        raise GroupNotFound
