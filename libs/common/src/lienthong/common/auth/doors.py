"""Who asks, as FastAPI routes learn it from the access token."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from lienthong.common.auth.callers import Caller, Operator, TokenMissing
from lienthong.common.auth.tokens import TokenVerifier
from lienthong.common.trust import TrustFollower

_BEARER = HTTPBearer(bearerFormat="JWT", auto_error=False, description="Access token of accounts, at most 5 minutes")


def reading_caller(verifier: TokenVerifier) -> Callable[..., Awaitable[Caller]]:
    """A FastAPI dependency for routes that only read: they go on while trust is not current."""

    async def caller(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Caller:
        if given is None:
            raise TokenMissing
        return verifier.verify_token(given.credentials)

    return caller


def acting_caller(verifier: TokenVerifier, trust: TrustFollower) -> Callable[..., Awaitable[Caller]]:
    """A FastAPI dependency for routes that change something: refused (503) while trust is not current."""
    read = reading_caller(verifier)

    async def caller(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Caller:
        found = await read(given)
        trust.require_current()
        return found

    return caller


def reading_operator(verifier: TokenVerifier) -> Callable[..., Awaitable[Operator]]:
    """A FastAPI dependency for operators' routes that only read: they go on while trust is not current."""

    async def operator(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Operator:
        if given is None:
            raise TokenMissing
        return verifier.verify_operator(given.credentials)

    return operator


def acting_operator(verifier: TokenVerifier, trust: TrustFollower) -> Callable[..., Awaitable[Operator]]:
    """A FastAPI dependency for operators' routes that change something: refused (503) while trust is not current."""
    read = reading_operator(verifier)

    async def operator(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Operator:
        found = await read(given)
        trust.require_current()
        return found

    return operator
