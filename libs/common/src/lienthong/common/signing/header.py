"""The protected header: exactly five members, nothing to negotiate (RFC 7515 section 4, RFC 7797).

    {"alg":"ES256","b64":false,"crit":["b64"],"iat":1795315026,"x5t#S256":"…"}

What is refused, and against what:

* any key or address of a key in the header (`jwk`, `jku`, `x5u`, `x5c`, `kid`): the signer would choose
  the key he is checked with; the certificate is found by `x5t#S256` in our own register or not at all;
* `none`, `HS…` and every other `alg` than four: algorithm confusion;
* a member twice: two readers could see two headers;
* `b64` other than false, `crit` other than ["b64"]: the bytes checked would not be the bytes received;
* any further or missing member: what nobody checks must not look signed.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, NoReturn, cast

from lienthong.common.signing import base64url
from lienthong.common.signing.algorithms import Algorithm
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason

MAX_HEADER_CHARS: Final = 2048
"""Ours have 180. Room enough to call an embedded certificate by its name, and no more for hostile JSON."""
MAX_IAT: Final = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second a datetime can hold."""

_MEMBERS: Final = ("alg", "b64", "crit", "iat", "x5t#S256")
_EMBEDDED: Final = ("jwk", "jku", "x5u", "x5c", "kid")
_USUAL: Final = re.compile(
    rb'\{"alg":"(ES256|ES384|PS256|RS256)","b64":false,"crit":\["b64"\],'
    rb'"iat":(0|[1-9][0-9]{0,10}),"x5t#S256":"([A-Za-z0-9_-]{43})"\}'
)
"""The header as `make_header` writes it, which the strict reader would accept too, at half the cost."""
_BY_NAME: Final = {algorithm.value.encode("ascii"): algorithm for algorithm in Algorithm}
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}\Z")


class Header(NamedTuple):
    """A header whose form is right; what it says is not yet verified."""

    algorithm: Algorithm
    signed_at: datetime
    """`iat`, whole seconds, UTC."""
    fingerprint: str
    """`x5t#S256`."""


def make_header(algorithm: Algorithm, signed_at: datetime, fingerprint: str) -> str:
    """The protected header as base64url; `signed_at` is rounded down to whole seconds."""
    return _make_header(algorithm, int(signed_at.timestamp()), fingerprint)


@lru_cache(maxsize=64)  # a busy signer's header is the same for a second
def _make_header(algorithm: Algorithm, issued_at: int, fingerprint: str) -> str:
    members = {
        "alg": algorithm.value,
        "b64": False,
        "crit": ["b64"],
        "iat": issued_at,
        "x5t#S256": fingerprint,
    }
    return base64url.encode(json.dumps(members, separators=(",", ":")).encode("ascii"))


def parse_header(protected: str) -> Header:
    """Read a protected header strictly. Raises MaterialRefused with a reason `header.…` or `jws.…`."""
    if len(protected) > MAX_HEADER_CHARS:
        raise MaterialRefused(Reason.HEADER_OVERSIZED, f"more than {MAX_HEADER_CHARS} characters")
    data = base64url.decode(protected)
    usual = _USUAL.fullmatch(data)
    if usual is not None:
        return _read_usual(usual)
    return read_strictly(data)


def _read_usual(usual: re.Match[bytes]) -> Header:
    algorithm, issued_at, fingerprint = usual.groups()
    return Header(_BY_NAME[algorithm], datetime.fromtimestamp(int(issued_at), UTC), fingerprint.decode("ascii"))


def read_strictly(data: bytes) -> Header:
    """Read any order and any white space that JSON allows; every fault by its name."""
    members = _read_json(data)
    _refuse_embedded(members)
    algorithm = _algorithm(members)
    _check_b64(members)
    for name in members:
        if name not in _MEMBERS:
            raise MaterialRefused(Reason.HEADER_UNKNOWN_MEMBER, repr(name))
    return Header(algorithm, _issued_at(members), _thumbprint(members))


def _read_json(data: bytes) -> dict[str, Any]:
    try:
        value: object = _DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MaterialRefused(Reason.HEADER_NOT_JSON, "not a JSON text") from error
    if not isinstance(value, dict):
        raise MaterialRefused(Reason.HEADER_NOT_OBJECT)
    return cast("dict[str, Any]", value)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MaterialRefused(Reason.HEADER_DUPLICATE_MEMBER)
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_refuse_constant)


def _refuse_embedded(members: dict[str, Any]) -> None:
    for name in _EMBEDDED:
        if name in members:
            raise MaterialRefused(Reason.HEADER_EMBEDDED_KEY, name)


def _algorithm(members: dict[str, Any]) -> Algorithm:
    value = _member(members, "alg")
    try:
        return Algorithm(value)
    except ValueError:
        pass
    if isinstance(value, str) and value.lower() == "none":
        raise MaterialRefused(Reason.HEADER_ALG_NONE)
    if isinstance(value, str) and value.upper().startswith("HS"):
        raise MaterialRefused(Reason.HEADER_ALG_SYMMETRIC, repr(value))
    raise MaterialRefused(Reason.HEADER_ALG_UNKNOWN, repr(value))


def _check_b64(members: dict[str, Any]) -> None:
    if members.get("b64") is not False:
        raise MaterialRefused(Reason.HEADER_B64, "b64 must be there and false")
    critical = _member(members, "crit")
    if critical == ["b64"]:
        return
    if not isinstance(critical, list) or not all(isinstance(name, str) for name in cast("list[object]", critical)):
        raise MaterialRefused(Reason.HEADER_CRIT_MALFORMED)
    if not critical:
        raise MaterialRefused(Reason.HEADER_CRIT_EMPTY)
    raise MaterialRefused(Reason.HEADER_CRIT_UNKNOWN, repr(cast("list[str]", critical)))


def _issued_at(members: dict[str, Any]) -> datetime:
    value = _member(members, "iat")
    # True is an int for isinstance, and 1e3 would be a float.
    if type(value) is not int or not 0 <= value <= MAX_IAT:
        raise MaterialRefused(Reason.HEADER_IAT, "iat must be whole seconds since 1970")
    return datetime.fromtimestamp(value, UTC)


def _thumbprint(members: dict[str, Any]) -> str:
    value = _member(members, "x5t#S256")
    if not isinstance(value, str) or not _THUMBPRINT.match(value):
        raise MaterialRefused(Reason.HEADER_THUMBPRINT, "x5t#S256 must be 43 characters of base64url")
    return value


def _member(members: dict[str, Any], name: str) -> Any:
    if name not in members:
        raise MaterialRefused(Reason.HEADER_MISSING_MEMBER, name)
    return members[name]
