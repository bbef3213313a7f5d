"""A counterpart, and the agency's client against it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from counterpart import Counterpart, opened

from lienthong.sdk import Agency


@pytest.fixture
def counterpart() -> Counterpart:
    return Counterpart()


@pytest.fixture
async def agency(counterpart: Counterpart, tmp_path: Path) -> AsyncIterator[Agency]:
    async with opened(counterpart, tmp_path / "profile") as client:
        yield client
