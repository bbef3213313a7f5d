"""Packages whose names are loaded when they are first used.

A package such as `broker` has a front that names what it offers, and modules behind it that differ in weight: its
settings are some lines, its subscriptions bring a framework. Who takes the one should not pay for the other: operators'
commands start in half the time. For the type checker the names are imported as everywhere.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, offered: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` (PEP 562) of a package: `offered` tells the names of each of its modules, between spaces."""
    places = {name: module for module, names in offered.items() for name in names.split()}

    def find(name: str) -> Any:
        try:
            module = places[name]
        except KeyError:
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None
        found = getattr(import_module(f"{package}.{module}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return find
