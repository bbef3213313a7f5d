"""Access tokens: who is asking, and for which agency. Checked here, by keys that came as events; nobody is asked.

A token speaks for an agency (`agency`), or for an operator of the platform (scope `operate` and no agency), never for
both: neither opens what is the other's.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from lienthong.common.auth.callers import (
    AgenciesOnly,
    AgencyNotGranted,
    Caller,
    ClientNotActive,
    Operator,
    OperatorsOnly,
    TokenExpired,
    TokenMissing,
    TokenRefused,
)
from lienthong.common.clock import Clock
from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.signing import MaterialRefused, base64url
from lienthong.common.strict_json import MalformedJson, loads
from lienthong.common.trust import TrustFollower

K = TypeVar("K")
V = TypeVar("V")

ISSUER = "urn:lienthong:accounts"
AUDIENCE = "lienthong"
OPERATE = "operate"
"""The scope of operators; a token that has it has no other, and no agency."""
LONGEST_SECONDS = 300
"""A token lives five minutes at most: what it says is looked up again that often."""
_SKEW_SECONDS = 30
_MOST_CHARS = 4096
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ"})
_TYPES = ("JWT", "at+jwt")
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class _Token:
    key: ECKey
    key_id: str
    bearer: Caller | Operator
    issued_at: int
    expires_at: int


class TokenVerifier:
    """Checks tokens. One seen before, good or bad, costs no signature check; key and client are looked up always."""

    def __init__(self, trust: TrustFollower, clock: Clock) -> None:
        self._trust = trust
        self._clock = clock
        self._seen: OrderedDict[str, _Token] = OrderedDict()
        self._bad: OrderedDict[bytes, ECKey] = OrderedDict()

    def verify(self, authorization: str | None) -> Caller:
        """Who sends this `Authorization` header.

        Raises TokenMissing, TokenRefused, TokenExpired, ClientNotActive, AgencyNotGranted, AgenciesOnly; or
        TrustNotCurrent where a process that has just started knows too little to refuse.
        """
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise TokenMissing
        return self.verify_token(value.strip())

    def verify_token(self, value: str) -> Caller:
        """Who this token speaks for. Raises as `verify`."""
        bearer = self._bearer(value)
        if isinstance(bearer, Operator):
            raise AgenciesOnly
        return bearer

    def verify_operator(self, value: str) -> Operator:
        """Which operator this token speaks for. Raises as `verify`, and OperatorsOnly."""
        bearer = self._bearer(value)
        if not isinstance(bearer, Operator):
            raise OperatorsOnly
        return bearer

    def check_client(self, bearer: Caller | Operator) -> None:
        """Whether whoever was let in still is. Raises ClientNotActive, AgencyNotGranted, OperatorsOnly."""
        clients = self._trust.clients
        if isinstance(bearer, Operator):
            if clients.operates(bearer.client_id):
                return
        elif clients.may_act_for(bearer.client_id, bearer.agency_id):
            return
        self._trust.require_ready()
        if clients.is_active(bearer.client_id):
            raise OperatorsOnly if isinstance(bearer, Operator) else AgencyNotGranted
        raise ClientNotActive

    def _bearer(self, value: str) -> Caller | Operator:
        token = self._seen.get(value)
        if token is None or self._trust.token_keys.find(token.key_id) is not token.key:
            token = self._read(value)
            _remember(self._seen, value, token)
        self._check_times(token)
        self.check_client(token.bearer)
        return token.bearer

    def _read(self, value: str) -> _Token:
        key_id = _read_key_id(value)
        key = self._key(key_id)
        digest = hashlib.sha256(value.encode()).digest()
        if self._bad.get(digest) is key:
            raise TokenRefused
        try:
            decoded = jwt.decode(value, key, algorithms=["ES256"])
        except (JoseError, ValueError) as error:
            _remember(self._bad, digest, key)
            raise TokenRefused from error
        return _read_claims(decoded.claims, key, key_id)

    def _key(self, key_id: str) -> ECKey:
        key = self._trust.token_keys.find(key_id)
        if key is None:
            self._trust.require_ready()
            raise TokenRefused(Words("Khóa ký mã truy cập không được biết đến", "The token's key is unknown"))
        return key

    def _check_times(self, token: _Token) -> None:
        now = self._clock.now().timestamp()
        if now >= token.expires_at or token.issued_at > now + _SKEW_SECONDS:
            raise TokenExpired


def _remember(seen: OrderedDict[K, V], name: K, what: V) -> None:
    seen[name] = what
    if len(seen) > _REMEMBERED:
        seen.popitem(last=False)


def _read_key_id(value: str) -> str:
    """The key named by a token of three parts, each written in its one way, whose header says nothing else to act upon.

    The library reads duplicate members silently, and stumbles over a `crit` that is no list of names.
    """
    parts = value.split(".")
    if len(value) > _MOST_CHARS or len(parts) != 3:
        raise TokenRefused
    try:
        header, _ = (loads(base64url.decode(part), max_depth=4) for part in parts[:2])
    except (MaterialRefused, MalformedJson) as error:
        raise TokenRefused from error
    if not isinstance(header, dict) or not header.keys() <= _HEADER_MEMBERS or header.get("typ", "JWT") not in _TYPES:
        raise TokenRefused
    return str(header.get("kid"))


def _read_claims(claims: Mapping[str, Any], key: ECKey, key_id: str) -> _Token:
    if claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
        raise TokenRefused(Words("Mã truy cập dành cho nơi khác", "The token is meant for another platform"))
    issued_at, expires_at = _seconds(claims, "iat"), _seconds(claims, "exp")
    not_before = _seconds(claims, "nbf") if "nbf" in claims else issued_at
    if not 0 < expires_at - issued_at <= LONGEST_SECONDS or not_before > expires_at:
        raise TokenRefused(Words("Thời hạn của mã truy cập không hợp lệ", "The token's period is not allowed"))
    return _Token(key, key_id, _read_bearer(claims), max(issued_at, not_before), expires_at)


def _read_bearer(claims: Mapping[str, Any]) -> Caller | Operator:
    scope = frozenset(str(claims.get("scope") or "").split())
    if OPERATE not in scope:
        return Caller(_id(claims, "sub"), _id(claims, "agency"), _text(claims, "jti"), scope)
    if len(scope) > 1 or "agency" in claims:
        raise TokenRefused(Words("Mã truy cập cho hai vai trò", "The token is for two roles at once"))
    return Operator(_id(claims, "sub"), _text(claims, "jti"))


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:  # True is an int too
        raise TokenRefused
    return value


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise TokenRefused
    return value


def _id(claims: Mapping[str, Any], name: str) -> UUID:
    try:
        return parse_id(_text(claims, name))
    except MalformedId as error:
        raise TokenRefused from error
