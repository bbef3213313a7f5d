"""Who is asking: steps 1.1 and 2.1 of docs/way-of-a-document.md, and the first step of every other route."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lienthong.common.auth import Caller, TokenVerifier, acting_caller, reading_caller
from lienthong.common.trust import TrustFollower

AskCaller = Callable[..., Awaitable[Caller]]
"""A FastAPI dependency: the machine client and the agency it acts for."""


@dataclass(frozen=True, slots=True)
class Callers:
    """Reading goes on while trust is not current; acts do not."""

    reading: AskCaller
    acting: AskCaller

    @classmethod
    def described(cls) -> "Callers":
        """For the description of the interface alone: no request reaches this verifier, which knows nobody."""
        nobody = reading_caller(object.__new__(TokenVerifier))
        return cls(nobody, nobody)

    @classmethod
    def asking(cls, trust: TrustFollower, tokens: TokenVerifier) -> "Callers":
        """By access tokens and what accounts has said of clients."""
        return cls(reading_caller(tokens), acting_caller(tokens, trust))
