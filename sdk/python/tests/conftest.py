"""A counterpart, the agency's client against it, and a document to send."""

import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from counterpart import Counterpart

from lienthong.common.messages.parts import Organization
from lienthong.sdk import Agency, Document, DocumentKind, Draft, Patience, Purpose
from lienthong.sdk.compose import compose

IMPATIENT = Patience(attempts=4, seconds=10, first_wait=0.001, longest_wait=0.002, answer=1)


@pytest.fixture
def counterpart() -> Counterpart:
    return Counterpart()


@pytest.fixture
async def agency(counterpart: Counterpart, tmp_path: Path) -> AsyncIterator[Agency]:
    async with opened(counterpart, tmp_path / "profile") as client:
        yield client


def opened(counterpart: Counterpart, folder: Path) -> AbstractAsyncContextManager[Agency]:
    """The agency's client with its profile in the folder, as after a restart."""
    profile = folder if (folder / "profile.toml").exists() else counterpart.profile(folder)
    return Agency.open(profile, patience=IMPATIENT, http=counterpart.transport())


def document(counterpart: Counterpart, *, symbol: str = "15/STC-QLNS", incoming: bool = False) -> Document:
    """A letter from the agency to another one, or the other way round."""
    own = Organization(agency_id=counterpart.agency_id, code="000.00.11.H53", name="Sở Tài chính")
    other = Organization(agency_id=counterpart.other_id, code="000.00.14.H53", name="Sở Tư pháp")
    draft = Draft(
        symbol=symbol,
        kind=DocumentKind.CONG_VAN,
        subject="V/v góp ý dự thảo Quy chế",
        signer="Nguyễn Văn Minh",
        position="Giám đốc",
        place="Tây Ninh",
        promulgated=date(2026, 11, 20),
        purpose=Purpose.INFORMATION,
        sealed_by="Trần Thị Hòa",
    )
    return compose(draft, sender=other if incoming else own, to=[own if incoming else other])
