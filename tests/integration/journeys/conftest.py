"""One platform for all journeys of a run, its agencies enrolled as real ones are; every journey finds it whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE, Province, begin

from lienthong.common.testing.platform import Platform


@pytest.fixture(scope="package")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    yield from begin(tmp_path_factory.mktemp("journeys"))


@pytest.fixture(scope="package")
def _profiles(province: Province) -> dict[str, Path]:
    return {code: province.enrol(code) for code in (FINANCE, JUSTICE, OFFICE)}


@pytest.fixture
def platform(province: Province) -> Iterator[Platform]:
    """The platform with all services up, before and after."""
    yield province.platform
    for name, service in province.platform.services.items():
        if not service.is_ready():
            province.platform.restart(name)


@pytest.fixture
def finance(platform: Platform, _profiles: dict[str, Path]) -> Path:
    return _profiles[FINANCE]


@pytest.fixture
def justice(platform: Platform, _profiles: dict[str, Path]) -> Path:
    return _profiles[JUSTICE]


@pytest.fixture
def office(platform: Platform, _profiles: dict[str, Path]) -> Path:
    return _profiles[OFFICE]
