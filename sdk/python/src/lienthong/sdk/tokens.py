"""Access tokens by the client's own key (RFC 7523, `private_key_jwt`): no secret is ever sent."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from lienthong.common.errors import Words
from lienthong.common.strict_json import loads
from lienthong.sdk.errors import EnrolmentUnfinished, ProfileBroken, UnexpectedAnswer
from lienthong.sdk.profile import Profile
from lienthong.sdk.transport import Transport

AUDIENCE = "urn:lienthong:accounts"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
EARLY_SECONDS = 30
"""A token is renewed this long before it ends, so that none ends on the way."""


def open_client_key(path: Path) -> ECKey:
    """The machine client's key. Raises EnrolmentUnfinished, ProfileBroken."""
    try:
        return ECKey.import_key(path.read_bytes())
    except FileNotFoundError as error:
        raise EnrolmentUnfinished(Words(f"Chưa có {path}", f"There is no {path} yet")) from error
    except (OSError, ValueError, JoseError) as error:
        raise ProfileBroken(Words(f"{path}: không đọc được khóa", f"{path}: the key cannot be read")) from error


def make_assertion(
    key: ECKey | RSAKey, client_id: str, extra: dict[str, str], now: float, *, seconds: int = ASSERTION_SECONDS
) -> str:
    """A JWT that proves possession of the client's key, good once and for some seconds.

    Without `extra` it is a log-in; with `agency` it is the client's consent to act for that agency, and no log-in.
    """
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": AUDIENCE,
        "jti": secrets.token_urlsafe(16),
        "iat": int(now),
        "exp": int(now) + seconds,
    } | extra
    algorithm = "ES256" if isinstance(key, ECKey) else "PS256"
    return jwt.encode({"alg": algorithm, "typ": "JWT"}, claims, key, algorithms=[algorithm])


_WRONG = Words("Câu trả lời cấp mã truy cập không đúng", "The answer of the token endpoint is wrong")


@dataclass(frozen=True, slots=True)
class Login:
    """Which client asks for tokens, where, with which key; `wants` says for whom: an agency, or operators' routes."""

    accounts: str
    client_id: UUID
    key: ECKey | RSAKey
    wants: Mapping[str, str]

    @classmethod
    def of(cls, profile: Profile) -> "Login":
        """An agency's. Raises EnrolmentUnfinished, ProfileBroken."""
        wants = {"agency": str(profile.agency_id)}
        return cls(profile.accounts, profile.client_id, open_client_key(profile.client_key), wants)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as accounts gave it; `ends` is a POSIX time by our clock, a little early."""

    value: str
    seconds: int
    ends: float


class Tokens:
    """Gives the Authorization header; one token is shared by all requests until shortly before its end."""

    def __init__(self, transport: Transport, login: Login, *, now: Callable[[], float] = time.time) -> None:
        self._transport = transport
        self._login = login
        self._now = now
        self._token: AccessToken | None = None
        self._lock = asyncio.Lock()

    async def header(self, refused: bool = False) -> str:
        """`Bearer …`; `refused` says that the last one was not accepted. Raises PlatformError, Unreachable."""
        stale = self._token
        async with self._lock:
            token = self._token
            # While this waited for the lock, another request may have renewed the token already.
            if token is None or token.ends <= self._now() or (refused and token is stale):
                token = self._token = await self.fetch()
        return f"Bearer {token.value}"

    async def fetch(self) -> AccessToken:
        """A new token. Raises PlatformError, Unreachable."""
        asked = self._now()
        answer = await self._transport.ask(
            "POST",
            f"{self._login.accounts}/v1/token",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=self._form,
        )
        try:
            told: Any = loads(answer.body)
            value, seconds = told["access_token"], int(told["expires_in"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnexpectedAnswer(_WRONG) from error
        return AccessToken(str(value), seconds, asked + max(seconds - EARLY_SECONDS, seconds / 2))

    def _form(self) -> bytes:
        # Made for each attempt: an assertion is good once.
        return urlencode(
            {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": make_assertion(self._login.key, str(self._login.client_id), {}, self._now()),
                **self._login.wants,
            }
        ).encode()
