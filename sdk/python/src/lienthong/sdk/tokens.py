"""Access tokens by the client's own key (RFC 7523, `private_key_jwt`): no secret is ever sent."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

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
    key: ECKey, client_id: str, extra: dict[str, str], now: float, *, seconds: int = ASSERTION_SECONDS
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
    return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, key, algorithms=["ES256"])


_WRONG = Words("Câu trả lời cấp mã truy cập không đúng", "The answer of the token endpoint is wrong")


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    good_until: float


class Tokens:
    """Gives the Authorization header; one token is shared by all requests until shortly before its end."""

    def __init__(
        self, transport: Transport, profile: Profile, *, now: Callable[[], float] = time.time, key: ECKey | None = None
    ) -> None:
        self._transport = transport
        self._profile = profile
        self._now = now
        self._key = key or open_client_key(profile.client_key)
        self._token: _Token | None = None
        self._lock = asyncio.Lock()

    async def header(self, refused: bool = False) -> str:
        """`Bearer …`; `refused` says that the last one was not accepted. Raises PlatformError, Unreachable."""
        stale = self._token
        async with self._lock:
            token = self._token
            # While this waited for the lock, another request may have renewed the token already.
            if token is None or token.good_until <= self._now() or (refused and token is stale):
                token = self._token = await self._fetch()
        return f"Bearer {token.value}"

    async def _fetch(self) -> _Token:
        asked = self._now()
        answer = await self._transport.ask(
            "POST",
            f"{self._profile.accounts}/v1/token",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=self._form,
        )
        try:
            told: Any = loads(answer.body)
            value, seconds = told["access_token"], int(told["expires_in"])
        except (ValueError, KeyError, TypeError) as error:
            raise UnexpectedAnswer(_WRONG) from error
        return _Token(str(value), asked + max(seconds - EARLY_SECONDS, seconds / 2))

    def _form(self) -> bytes:
        # Made for each attempt: an assertion is good once.
        client = str(self._profile.client_id)
        return urlencode(
            {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": make_assertion(self._key, client, {}, self._now()),
                "agency": str(self._profile.agency_id),
            }
        ).encode()
