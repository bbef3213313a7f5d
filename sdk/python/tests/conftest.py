"""A counterpart, and the agency's client against it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from counterpart import Counterpart
from letters import opened

from lienthong.sdk import Agency


@pytest.fixture
def counterpart() -> Counterpart:
    return Counterpart()


@pytest.fixture
async def agency(counterpart: Counterpart, tmp_path: Path) -> AsyncIterator[Agency]:
    async with opened(counterpart, tmp_path / "profile") as client:
        yield client


@pytest.fixture
def profile(counterpart: Counterpart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The agency's profile, and commands that talk to the counterpart."""
    real = httpx.AsyncClient

    def client(**_: object) -> httpx.AsyncClient:
        return real(transport=counterpart.transport())

    monkeypatch.setattr("lienthong.sdk.client.httpx.AsyncClient", client)
    monkeypatch.setenv("LIENTHONG_PROFILE", str(tmp_path / "profile"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LIENTHONG_LANG", raising=False)
    return counterpart.profile(tmp_path / "profile").folder
