"""Which operator is asking. Operators have places of their own: agencies that flood do not keep them out."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from lienthong.common.auth import Operator, TokenVerifier, acting_operator, reading_operator
from lienthong.common.trust import TrustFollower
from lienthong.exchange.usecases.places import Places

_MOST_REQUESTS = 32

AskOperator = Callable[..., Awaitable[Operator] | AsyncGenerator[Operator]]
"""A FastAPI dependency: the operator, by its machine client."""


@dataclass(frozen=True, slots=True)
class Operators:
    """Reading goes on while trust is not current; acts do not."""

    reading: AskOperator
    acting: AskOperator

    @classmethod
    def described(cls) -> "Operators":
        """For the description of the interface alone: no request reaches this verifier, which knows nobody."""
        nobody = reading_operator(object.__new__(TokenVerifier))
        return cls(nobody, nobody)

    @classmethod
    def asking(cls, trust: TrustFollower, tokens: TokenVerifier) -> "Operators":
        """By access tokens and what accounts has said of clients."""
        places = Places(_MOST_REQUESTS, _MOST_REQUESTS)
        return cls(_in_place(reading_operator(tokens), places), _in_place(acting_operator(tokens, trust), places))


def _in_place(ask: Callable[..., Awaitable[Operator]], places: Places) -> AskOperator:
    async def operator_in_place(operator: Annotated[Operator, Depends(ask)]) -> AsyncGenerator[Operator]:
        with places.of(operator.client_id):
            yield operator

    return operator_in_place
