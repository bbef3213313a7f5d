"""Who is asking: steps 1.1 and 2.1 of docs/way-of-a-document.md, and the first step of every other route.

A process works on a bounded number of requests. One agency has at most a quarter of them: else one that sends a
thousand bodies drop by drop would keep everybody out.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import Scope

from lienthong.common.auth import AgenciesOnly, Caller, TokenVerifier, acting_caller, reading_caller
from lienthong.common.errors import LienthongError
from lienthong.common.trust import TrustFollower
from lienthong.exchange.api.fair_share import WhoAsks
from lienthong.exchange.usecases.places import Places

MOST_REQUESTS = 1024
"""Worked on at once: readers that wait (`exchange_readers`) and, beside them, everybody else."""

_MOST_COSTLY, _MOST_COSTLY_OF_ONE = 64, 3

AskCaller = Callable[..., Awaitable[Caller] | AsyncGenerator[Caller]]
"""A FastAPI dependency: the machine client and the agency it acts for."""

EnterCaller = Callable[[Request], AbstractContextManager[Caller]]


@dataclass(frozen=True, slots=True)
class Callers:
    """Reading goes on while trust is not current; acts do not."""

    reading: AskCaller
    acting: AskCaller
    sparing: AskCaller
    """`reading` for answers that take long to make: a few of one agency at a time, so that others have their turns."""
    enter: EnterCaller
    """`reading` for a bare route: the caller, for as long as its request has a place."""
    who: WhoAsks
    """Whose request it is, before anything of it is done (`fair_share.py`)."""

    @classmethod
    def described(cls) -> "Callers":
        """For the description of the interface alone: no request reaches this verifier, which knows nobody."""
        verifier = object.__new__(TokenVerifier)
        nobody = reading_caller(verifier)
        return cls(nobody, nobody, nobody, _entering(verifier, Places(0, 0)), lambda _: None)

    @classmethod
    def asking(cls, trust: TrustFollower, tokens: TokenVerifier) -> "Callers":
        """By access tokens and what accounts has said of clients."""
        places = Places(MOST_REQUESTS, MOST_REQUESTS // 4)
        return cls(
            _in_place(reading_caller(tokens), places),
            _in_place(acting_caller(tokens, trust), places),
            _in_place(reading_caller(tokens), Places(_MOST_COSTLY, _MOST_COSTLY_OF_ONE)),
            _entering(tokens, places),
            _naming(tokens),
        )


def _naming(tokens: TokenVerifier) -> WhoAsks:
    def who(scope: Scope) -> UUID | str | None:
        try:
            return tokens.verify(Headers(scope=scope).get("authorization")).agency_id
        except AgenciesOnly:
            return "operators"
        except LienthongError:
            return None

    return who


def _entering(tokens: TokenVerifier, places: Places) -> EnterCaller:
    @contextmanager
    def enter(request: Request) -> Generator[Caller]:
        caller = tokens.verify(request.headers.get("authorization"))
        with places.of(caller.agency_id):
            yield caller

    return enter


def _in_place(ask: Callable[..., Awaitable[Caller]], places: Places) -> AskCaller:
    async def caller_in_place(caller: Annotated[Caller, Depends(ask)]) -> AsyncGenerator[Caller]:
        with places.of(caller.agency_id):
            yield caller

    return caller_in_place
