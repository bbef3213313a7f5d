"""Whoever one's work is for: of the few connections of a pool nobody in whose name requests come takes more than some.

Requests queue at the pool in the order they come. A hundred of one caller would keep everybody else waiting for a
hundred, so they wait in a line of that caller's own, and the others find a connection at once.
"""

import asyncio
from collections.abc import Generator, Hashable
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

from lienthong.common.errors import Kind, LienthongError, Words

_WORKING_FOR: ContextVar[Hashable] = ContextVar("lienthong_working_for", default=None)


class TooManyAtOnce(LienthongError):
    """The caller's other requests use all that it may have at a time; nothing of this one was done."""

    code = "too_many_at_once"
    kind = Kind.OVERLOADED
    title = Words("Cơ quan gửi quá nhiều yêu cầu cùng lúc", "Too many requests of one agency at once")
    advice = Words(
        "Gửi lại cùng yêu cầu sau thời gian nêu ở Retry-After; gửi ít yêu cầu hơn cùng lúc.",
        "Repeat the request after Retry-After; send fewer at the same time.",
    )


@contextmanager
def working_for(name: Hashable) -> Generator[None]:
    """What this task and those it starts do is done for somebody; None: for nobody in particular."""
    token = _WORKING_FOR.set(name)
    try:
        yield
    finally:
        _WORKING_FOR.reset(token)


class Shares:
    """At most `most_of_one` at a time for each of those that work is done for; no limit for what is done for nobody."""

    def __init__(self, most_of_one: int) -> None:
        self._most_of_one = most_of_one
        self._taken: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()

    def mine(self) -> asyncio.Semaphore | None:
        """What whoever this task works for has to pass, in the order of coming."""
        name = _WORKING_FOR.get()
        if name is None:
            return None
        return self._taken.setdefault(name, asyncio.Semaphore(self._most_of_one))
