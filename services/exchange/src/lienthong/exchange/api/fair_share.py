"""One agency's flood does not slow the others: while others are at work it gets a share of the process's time.

All requests of a process share one event loop, and whoever sends a hundred at once would make everybody wait for a
hundred. So the time that the requests of one agency hold the loop is measured, step by step, and where that is more
than its share its next requests wait in a line of their own, which costs the others nothing. Nobody waits where all
others at work have had more than their share too: then there is only throughput to be won. Whoever shows no good token
is one caller with all others who show none.

A request that is under way is not stopped, but for the moments in which it says itself that others may go on
(`asyncio.sleep(0)`): for an agency that has had its share those are longer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lienthong.common.database import working_for
from lienthong.common.http.answers import problem_response
from lienthong.common.http.faults import TooManyRequests
from lienthong.common.http.tracing import is_silent
from lienthong.exchange.domain.company import Company

WhoAsks = Callable[[Scope], Hashable]
"""Whose request it is; None for everybody who cannot show who they are."""

_CREDIT_SECONDS = 0.05
"""What an agency may use at once that has been quiet."""
_MOST_DEBT_SECONDS = 0.5
"""The longest wait for a turn, whatever was used before others came."""
_LONGEST_PAUSE = 0.05
_LOOK_AGAIN_SECONDS = 0.02
_FIRST_GUESS_SECONDS = 0.001
_BYTES_PER_SECOND = 200e6
"""How fast the server takes a body in, which no request's own steps show: also one that is refused and thrown away."""
_MOST_REMEMBERED = 1000


@dataclass(slots=True)
class _Account:
    """What one agency has used: at `free_at` its next request may begin; `usual` is what its requests use."""

    free_at: float = 0.0
    usual: float = _FIRST_GUESS_SECONDS
    present: int = 0
    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Whoever has it stands first in line; the others get it in the order in which they came."""

    def charge(self, seconds: float) -> None:
        """So much more was used, and paid for with a multiple of it."""
        now = time.monotonic()
        paid_until = max(self.free_at, now - _CREDIT_SECONDS) + seconds
        self.free_at = min(paid_until, now + _MOST_DEBT_SECONDS)


class FairShare:
    """ASGI middleware. `share` of the loop's time is one agency's while others are at work; `most` may wait of one."""

    def __init__(self, app: ASGIApp, *, who: WhoAsks, share: float, most: int) -> None:
        self._app = app
        self._who = who
        self._price = 1 / share
        self._most = most
        self._company = Company()
        self._accounts: dict[Hashable, _Account] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_silent(scope):
            await self._app(scope, receive, send)
            return
        name = self._who(scope)
        account = self._account(name)
        if account.present >= self._most:
            await problem_response(Request(scope), TooManyRequests(retry_after=1))(scope, receive, send)
            return
        account.present += 1
        try:
            await self._turn(name, account)
            await self._metered(name, account, scope, self._app(scope, receive, send))
        finally:
            account.present -= 1

    async def _turn(self, name: Hashable, account: _Account) -> None:
        """Return when the agency may go on."""
        now = time.monotonic()
        # Who has all of its credit. Whoever wants more than its share has less, but for a moment when the process stood
        # still; were it heeded then, two of that sort would wait for each other.
        if account.free_at <= now - _CREDIT_SECONDS and not account.line.locked():
            self._company.came(name, now)
        async with account.line:
            while wait := self._wait(name, account):  # noqa: ASYNC110 - it is time that is waited for
                # Not later than in a moment: the others may be gone by then.
                await asyncio.sleep(min(wait, _LOOK_AGAIN_SECONDS))

    async def _metered(self, name: Hashable, account: _Account, scope: Scope, request: Awaitable[None]) -> None:
        # What is usual is charged before the next one in line has its turn, and given back for what it was in the end.
        expected = account.usual
        account.charge((expected + _declared_bytes(scope) / _BYTES_PER_SECOND) * self._price)
        metered = _Metered(request, lambda: self._pause(name, account, metered))
        try:
            with working_for(name):
                await metered
        finally:
            account.charge((metered.since_asked() - expected) * self._price)
            account.usual += (metered.seconds - account.usual) / 8

    def _pause(self, name: Hashable, account: _Account, metered: "_Metered") -> float:
        """How long a request of this agency leaves the loop to the others where it offers to."""
        account.charge(metered.since_asked() * self._price)
        return min(self._wait(name, account), _LONGEST_PAUSE)

    def _wait(self, name: Hashable, account: _Account) -> float:
        """How long this agency leaves the loop to the others; 0 where it has time to its credit, or nobody is there."""
        now = time.monotonic()
        return account.free_at - now if account.free_at > now and self._company.has_others(name, now) else 0.0

    def _account(self, name: Hashable) -> _Account:
        account = self._accounts.get(name)
        if account is None:
            if len(self._accounts) >= _MOST_REMEMBERED:
                now = time.monotonic()
                kept = [each for each in self._accounts.items() if each[1].present or each[1].free_at > now]
                self._accounts = dict(kept)
            account = self._accounts[name] = _Account()
        return account


def _declared_bytes(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


class _Metered(Awaitable[None]):
    """Awaits and counts the time that this holds the loop. `pause`: how long it waits where it offers to."""

    def __init__(self, awaited: Awaitable[None], pause: Callable[[], float]) -> None:
        self.seconds = 0.0
        self._told = 0.0
        self._awaited = awaited
        self._pause = pause

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._awaited.__await__()
        go_on = step = partial(steps.send, None)
        while True:
            begun = time.monotonic()
            try:
                waits_for = step()
            except StopIteration:
                return
            finally:
                self.seconds += time.monotonic() - begun
            step = go_on
            try:
                yield waits_for
                if waits_for is None and (pause := self._pause()) > 0:  # it said sleep(0)
                    yield from asyncio.sleep(pause).__await__()
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as error:  # noqa: BLE001 - a cancellation too is for whoever is metered
                step = partial(steps.throw, error)

    def since_asked(self) -> float:
        """Seconds since this was asked the last time."""
        since, self._told = self.seconds - self._told, self.seconds
        return since
