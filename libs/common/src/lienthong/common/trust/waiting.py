"""Statements that cannot be judged yet. Bounded, and so that strangers cannot push out what accounts has said."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lienthong.common.trust.statements import AccountsStatement, StatementSubject


@dataclass(frozen=True, slots=True)
class _Waiting:
    since: datetime
    signer: str


class WaitingRoom:
    """Statements in the order they came, at most `most`; `is_known` tells whose signatures were checked already."""

    def __init__(self, most: int, is_known: Callable[[str], bool]) -> None:
        self.overflowed = False
        self.lost_since: datetime | None = None
        """Since when a statement of accounts is missing because there was no room for it."""
        self._most = most
        self._is_known = is_known
        self._waiting: dict[AccountsStatement, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, statement: AccountsStatement) -> bool:
        return statement in self._waiting

    def statements(self) -> list[AccountsStatement]:
        """Those that wait now, oldest first."""
        return list(self._waiting)

    def signers(self) -> set[str]:
        """Fingerprints of all that wait for something."""
        return {each.signer for each in self._waiting.values()}

    def enter(self, statement: AccountsStatement, signer: str, now: datetime) -> AccountsStatement | None:
        """Let a statement in; what had to go for it, perhaps itself. Anybody can write what a stranger has signed,
        so strangers go first."""
        dropped = self._make_room(statement, signer, now) if len(self._waiting) >= self._most else None
        if dropped is not statement:
            self._waiting[statement] = _Waiting(now, signer)
        return dropped

    def _make_room(self, statement: AccountsStatement, signer: str, now: datetime) -> AccountsStatement:
        self.overflowed = True
        stranger = next((each for each, told in self._waiting.items() if not self._is_known(told.signer)), None)
        if stranger is None and not self._is_known(signer):
            return statement
        if stranger is None:
            self.lost_since = self.lost_since or now
        dropped = stranger or next(iter(self._waiting))
        del self._waiting[dropped]
        return dropped

    def leave(self, statement: AccountsStatement) -> None:
        """It was judged."""
        self._waiting.pop(statement, None)

    def clear(self) -> None:
        """Before everything is read again."""
        self._waiting.clear()
        self.overflowed, self.lost_since = False, None

    def oldest_of_accounts(self) -> datetime | None:
        """Since when something true may be missing here; a list whose time has not come is not missing."""
        times = [
            told.since
            for statement, told in self._waiting.items()
            if statement.subject is not StatementSubject.REVOCATION_LIST and self._is_known(told.signer)
        ]
        return min(times if self.lost_since is None else [*times, self.lost_since], default=None)
