"""An agency's groups of recipients. A message names its recipients, never a group: expand it when you send."""

import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from pydantic import JsonValue

from lienthong.common.clock import Timestamp
from lienthong.common.ids import Id
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.directory import Directory
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.preflight import NamedAgency


class Group(AnswerPart):
    """A name for several agencies, as it was put."""

    name: str
    members: tuple[Id, ...]
    changed_at: Timestamp


class MergedMember(NamedAgency):
    """A member that was merged; its successors are among the recipients."""

    successors: tuple[NamedAgency, ...]


class ExpandedGroup(AnswerPart):
    """Whom a group means now; members that have ended are left out and named."""

    name: str
    changed_at: Timestamp
    recipients: tuple[NamedAgency, ...]
    merged: tuple[MergedMember, ...] = ()
    left_out: tuple[NamedAgency, ...] = ()

    @property
    def to(self) -> list[str]:
        """The recipients as `Agency.compose` wants them."""
        return [str(each.agency_id) for each in self.recipients]


class _Groups(AnswerPart):
    groups: tuple[Group, ...]


class Groups:
    """The groups of one agency. Everything raises PlatformError, Unreachable, UnexpectedAnswer."""

    def __init__(self, exchange: Exchange, directory: Directory) -> None:
        self._exchange = exchange
        self._directory = directory

    async def all(self) -> tuple[Group, ...]:
        """Every group of the agency, by name."""
        return (await self._exchange.read("GET", "/v1/groups", _Groups)).groups

    async def find(self, name: str) -> Group:
        """One group as it was put. Raises NotFound."""
        return await self._exchange.read("GET", _path(name), Group)

    async def expand(self, name: str) -> ExpandedGroup:
        """Whom the group means now. Raises NotFound."""
        return await self._exchange.read("GET", f"{_path(name)}/expanded", ExpandedGroup)

    async def put(self, name: str, members: Sequence[str]) -> Group:
        """Make the group, or replace its members: agencies by code or id. Raises BadInput, Refused."""
        ids = [(await self._directory.find(member)).agency_id for member in members]
        named: list[JsonValue] = [str(each) for each in dict.fromkeys(ids)]
        return await self._exchange.read("PUT", _path(name), Group, say={"members": named})

    async def remove(self, name: str) -> None:
        """Remove the group; nothing that was sent changes. Raises NotFound."""
        await self._exchange.ask("DELETE", _path(name))


def _path(name: str) -> str:
    return f"/v1/groups/{quote(unicodedata.normalize('NFC', name).strip(), safe='')}"
