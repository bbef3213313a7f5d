"""Packages that load their names when they are used offer exactly what they say."""

import importlib
from types import ModuleType

import pytest

LAZY = ["audit_log", "auth", "broker", "http", "inbox", "relay", "telemetry", "trust"]


@pytest.fixture(params=LAZY)
def package(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(f"lienthong.common.{request.param}")


def test_every_name_is_found_and_kept(package: ModuleType) -> None:
    names: list[str] = package.__all__
    assert names
    for name in names:
        found = getattr(package, name)
        assert vars(package)[name] is found


def test_what_is_not_offered_is_not_there(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        _ = package.Nonsense
    with pytest.raises(ImportError):
        importlib.import_module(f"{package.__name__}.nonsense")
