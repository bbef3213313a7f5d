"""A running platform with a real province, and what its agencies do there."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import httpx

from lienthong.common.clock import SystemClock, local_day
from lienthong.common.testing.platform import Platform, running_platform
from lienthong.sdk import Agency, Document, DocumentKind, Draft, Patience, Priority, Purpose, Sent, Withheld
from lienthong.sdk.enrolment import Wish, enrol
from lienthong.sdk.transport import Transport

FINANCE, JUSTICE, OFFICE = "000.00.11.H53", "000.00.14.H53", "000.00.01.H53"
PATIENCE = Patience(attempts=60, seconds=60, first_wait=0.05, longest_wait=0.5)

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Province:
    """A running platform whose register holds the province."""

    platform: Platform
    folder: Path

    def enrol(self, code: str, name: str | None = None) -> Path:
        """Enrol an agency with a one-time code; gives the folder of its profile."""
        folder = self.folder / (name or code)
        asyncio.run(enrol_agency(self.platform, code, folder))
        return folder


async def enrol_agency(platform: Platform, code: str, folder: Path) -> None:
    """Enrol from inside an event loop."""
    told = await asyncio.to_thread(platform.operator, "agencies", "enrolment-code", code, "--json")
    wish = Wish(
        accounts=platform.accounts_url,
        exchange=platform.exchange_url,
        environment="training",
        anchors=platform.anchors.read_bytes(),
        agency=code,
        code=json.loads(told.stdout)["enrolment_code"],
        client_name="journeys",
        clerk="Trần Thị Hòa",
    )
    async with httpx.AsyncClient() as http:
        await enrol(folder, wish, Transport(http, PATIENCE, "vi"), SystemClock())


def begin(folder: Path) -> Iterator[Province]:
    """A platform with the province imported."""
    with running_platform(folder / "platform") as platform:
        platform.operator("agencies", "import")
        yield Province(platform, folder / "profiles")


def opened(profile: Path) -> AbstractAsyncContextManager[Agency]:
    """The client of an enrolled agency."""
    return Agency.open(profile, patience=PATIENCE)


async def compose(agency: Agency, to: list[str], **changes: object) -> Document:
    """A letter; each has a number of its own."""
    draft = Draft(
        symbol=f"{next(_NUMBERS)}/VB-TN",
        kind=DocumentKind.CONG_VAN,
        subject="V/v triển khai Nghị định số 30/2020/NĐ-CP về công tác văn thư",
        signer="Nguyễn Văn Minh",
        position="Giám đốc",
        place="Tây Ninh",
        promulgated=local_day(SystemClock().now()),
        purpose=Purpose.INFORMATION,
        sealed_by="Trần Thị Hòa",
        priority=Priority.NORMAL,
    )
    document = await agency.compose(draft, to=to)
    return document.model_copy(update=changes)


async def send(agency: Agency, *to: str) -> Sent:
    """Send one letter."""
    return await agency.send(await compose(agency, list(to)))


async def read_all(agency: Agency) -> list[str]:
    """Read, verify and acknowledge everything new in the ordinary lane; the message ids in order."""
    items = [item async for item in agency.inbox()]
    if items:
        await agency.acknowledge(items[-1])
    return [str(item.message_id) for item in items if not isinstance(item, Withheld)]
