"""docker-compose.yml as its users' engines read it: anchors merged, variables at their defaults."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"

_VARIABLE = re.compile(r"\$\{(?P<name>\w+):-(?P<default>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Contained:
    """One service of the file."""

    name: str
    told: Mapping[str, Any]

    @property
    def is_ours(self) -> bool:
        """Whether it runs from the project's own image."""
        return "build" in self.told

    @property
    def is_lasting(self) -> bool:
        """Whether it runs until it is stopped."""
        return "restart" in self.told

    @property
    def volumes(self) -> dict[str, str]:
        """What is mounted, by its place in the container."""
        parts = [str(each).split(":") for each in self.told.get("volumes", [])]
        return {place: source for source, place, *_ in parts}

    @classmethod
    def read(cls) -> dict[str, Self]:
        """All services of the file, by name."""
        text = _VARIABLE.sub(lambda found: found["default"], FILE.read_text("utf-8")).replace("$$", "$")
        return {name: cls(name, told) for name, told in yaml.safe_load(text)["services"].items()}
