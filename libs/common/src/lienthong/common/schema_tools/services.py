"""The services that are installed, their HTTP interfaces and their settings.

A service names a function that gives its FastAPI application, without starting anything, as the entry point
`<service> = "lienthong.<service>.…:function"` of the group `lienthong.openapi`. Its settings stand in
`lienthong.<service>.settings`.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, cast

import lienthong
from lienthong.common.errors import LienthongError
from lienthong.common.schema_tools.rule_violations import RuleViolation, rule_violations
from lienthong.common.settings import ServiceSettings
from lienthong.common.telemetry import MetricSpec

GROUP = "lienthong.openapi"

_NOT_IMPORTED = ("__main__", "testing", "schema_tools")


def openapi_documents() -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each service, by its name."""
    factories: dict[str, Callable[[], Any]] = {point.name: point.load() for point in entry_points(group=GROUP)}
    return {name: factories[name]().openapi() for name in sorted(factories)}


def settings_classes() -> list[tuple[str, type[ServiceSettings]]]:
    """The base of all settings as `every service`, then each service's own class."""
    found: list[tuple[str, type[ServiceSettings]]] = [("every service", ServiceSettings)]
    for name in sorted(module.name for module in pkgutil.iter_modules(lienthong.__path__)):
        found += [(name, each) for each in _settings_of(f"lienthong.{name}.settings") if each is not ServiceSettings]
    return found


def every_error() -> list[type[LienthongError]]:
    """All errors of all installed packages of lienthong, by code."""
    _every_module()
    return [error for error in LienthongError.every_error() if error.__module__.startswith("lienthong.")]


def every_metric() -> list[MetricSpec]:
    """All metrics of all installed packages of lienthong, by name; a spec stands where its module declares it."""
    values = (value for module in _every_module() for value in vars(module).values())
    specs = {each.name: each for value in values for each in _specs_in(value)}
    return [specs[name] for name in sorted(specs)]


def every_rule_violation() -> list[RuleViolation]:
    """What the rules of all installed services refuse or warn of, by code."""
    return rule_violations([module for module in _every_module() if ".domain." in module.__name__])


def _specs_in(value: object) -> list[MetricSpec]:
    several = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    return [each for each in several if isinstance(each, MetricSpec)]


def _every_module() -> list[ModuleType]:
    """Every module that has no entry of its own, imported."""
    return [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(lienthong.__path__, "lienthong.")
        if not any(part in _NOT_IMPORTED for part in module.name.split("."))
    ]


def _settings_of(module_name: str) -> list[type[ServiceSettings]]:
    if importlib.util.find_spec(module_name) is None:
        return []
    members = vars(importlib.import_module(module_name)).values()
    return [each for each in members if isinstance(each, type) and issubclass(each, ServiceSettings)]
