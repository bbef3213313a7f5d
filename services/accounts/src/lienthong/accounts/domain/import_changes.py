"""What an import would do, agency by agency."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lienthong.accounts.domain.import_file import Finding
from lienthong.common.messages.accounts import Agency

_COMPARED: Final = ("state", "kind", "level", "parent", "names", "codes", "successors", "contact_officer", "ended_on")


@dataclass(frozen=True, slots=True)
class Change:
    """One agency before (None: it is new) and after, with the entry's line."""

    line: int
    before: Agency | None
    after: Agency

    @property
    def fields(self) -> tuple[str, ...]:
        """Which members differ."""
        if self.before is None:
            return _COMPARED
        return tuple(name for name in _COMPARED if getattr(self.before, name) != getattr(self.after, name))

    @property
    def ends(self) -> bool:
        """Whether the agency's last day is set, or set otherwise, by this change."""
        return self.after.ended_on is not None and "ended_on" in self.fields


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an import would do. With errors it does nothing at all."""

    changes: Sequence[Change] = ()
    unchanged: int = 0
    errors: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()

    @property
    def added(self) -> list[Change]:
        return [change for change in self.changes if change.before is None]

    @property
    def changed(self) -> list[Change]:
        return [change for change in self.changes if change.before is not None and not change.ends]

    @property
    def ended(self) -> list[Change]:
        return [change for change in self.changes if change.before is not None and change.ends]
