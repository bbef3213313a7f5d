"""The public register of agencies: who is meant by a code."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar
from urllib.parse import quote
from uuid import UUID

from pydantic import ValidationError

from lienthong.common.clock import Clock, local_day
from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.messages.accounts import Agency as AgencyRecord
from lienthong.common.messages.accounts import AgencyCode, AgencyName
from lienthong.common.messages.parts import Organization
from lienthong.common.strict_json import JsonValue, MalformedJson, dumps, loads
from lienthong.sdk.errors import BadInput, UnexpectedAnswer
from lienthong.sdk.problems import NotFound
from lienthong.sdk.transport import Transport

E = TypeVar("E", AgencyCode, AgencyName)


class Directory:
    """Looks agencies up; an answer is kept as long as the client lives."""

    def __init__(self, transport: Transport, accounts: str, clock: Clock) -> None:
        self._transport = transport
        self._accounts = accounts
        self._clock = clock
        self._known: dict[str, AgencyRecord] = {}

    async def find(self, code_or_id: str) -> AgencyRecord:
        """An agency by any code it has or had, or by its id. Raises BadInput, PlatformError, Unreachable."""
        name = code_or_id.strip()
        if name not in self._known:
            self._known[name] = await self._fetch(name)
        return self._known[name]

    async def organization(self, code_or_id: str) -> Organization:
        """The agency as a message names it, with the code and name of today. Raises as `find`."""
        agency = await self.find(code_or_id)
        today = local_day(self._clock.now())
        return Organization(
            agency_id=agency.agency_id,
            code=_valid_on(agency.codes, today).code,
            name=_valid_on(agency.names, today).name,
        )

    async def _fetch(self, name: str) -> AgencyRecord:
        try:
            return await self._by_id(parse_id(name))
        except MalformedId:
            return await self._by_code(name)

    async def _by_id(self, agency_id: UUID) -> AgencyRecord:
        try:
            answer = await self._transport.ask("GET", f"{self._accounts}/v1/agencies/{agency_id}")
        except NotFound as error:
            raise _unknown(str(agency_id)) from error
        return _record(_read(answer.body))

    async def _by_code(self, code: str) -> AgencyRecord:
        answer = await self._transport.ask("GET", f"{self._accounts}/v1/agencies?code={quote(code, safe='')}")
        told = _read(answer.body)
        found = told.get("agencies") if isinstance(told, dict) else None
        if not isinstance(found, list):
            raise UnexpectedAnswer(_UNREADABLE)
        if not found:
            raise _unknown(code)
        return _record(found[0])


_UNREADABLE = Words("Danh bạ cơ quan trả lời không đúng", "The register's answer cannot be read")


def _valid_on(entries: Sequence[E], day: date) -> E:
    valid = [entry for entry in entries if (entry.valid_from or day) <= day <= (entry.valid_to or day)]
    return valid[0] if valid else entries[-1]


def _record(told: JsonValue) -> AgencyRecord:
    members = told if isinstance(told, dict) else {}
    try:
        members = {name: members[name] for name in AgencyRecord.model_fields if name in members}
        return AgencyRecord.model_validate_json(dumps(members), strict=True, extra="ignore")
    except ValidationError as error:
        raise UnexpectedAnswer(_UNREADABLE) from error


def _read(body: bytes) -> JsonValue:
    try:
        return loads(body)
    except MalformedJson as error:
        raise UnexpectedAnswer(_UNREADABLE) from error


def _unknown(name: str) -> BadInput:
    return BadInput(Words(f"Không có cơ quan nào mang mã {name!r}", f"No agency has the code {name!r}"))
