"""JWTs of machine clients: taken apart strictly, verified with the one key registered for the client.

Header and claims are read by `strict_json`, so that no two readers see two things; the signature is joserfc's work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from lienthong.accounts.domain.errors import AssertionRefused, ClientKeyRefused
from lienthong.common.errors import Words
from lienthong.common.signing import MaterialRefused, base64url
from lienthong.common.strict_json import JsonValue, MalformedJson, loads

ClientKey = ECKey | RSAKey

LONGEST: Final = 4000
_EC_MEMBERS: Final = frozenset({"kty", "crv", "x", "y"})
_RSA_MEMBERS: Final = frozenset({"kty", "n", "e"})
_SAID_ABOUT_KEY: Final = frozenset({"kid", "use", "alg", "key_ops"})
_LEAST_BITS, _MOST_BITS = 2048, 4096


@dataclass(frozen=True, slots=True)
class OpenedJwt:
    """A JWT that could be read. NOT verified: see `verify_jwt`."""

    text: str
    header: Mapping[str, JsonValue]
    claims: Mapping[str, JsonValue]


def open_jwt(text: str) -> OpenedJwt:
    """Take a compact JWT apart. Raises AssertionRefused."""
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) != 3 or not all(parts):
        raise _refused("không phải JWT ba phần", "is no compact JWT of three parts")
    return OpenedJwt(text, _members(parts[0]), _members(parts[1]))


def verify_jwt(opened: OpenedJwt, key: ClientKey) -> None:
    """Verify with the registered key: P-256 for ES256, RSA for PS256, nothing else. Raises AssertionRefused."""
    fitting = "ES256" if isinstance(key, ECKey) else "PS256"
    if opened.header.get("alg") != fitting:
        raise _refused(f"khóa này chỉ dùng {fitting}", f"is not signed by {fitting}, which fits the client's key")
    try:
        jws.deserialize_compact(opened.text, key, algorithms=[fitting])
    except (JoseError, ValueError) as error:
        raise _refused("chữ ký không đúng", "is not signed by the client's key") from error


def public_key_of(jwk: Mapping[str, JsonValue]) -> ClientKey:
    """A client's public key: P-256, or RSA of 2048 to 4096 bits; without its private half. Raises ClientKeyRefused."""
    kind = jwk.get("kty")
    expected = _EC_MEMBERS if kind == "EC" else _RSA_MEMBERS
    if kind not in ("EC", "RSA") or not expected <= jwk.keys() <= expected | _SAID_ABOUT_KEY:
        raise ClientKeyRefused
    members = cast("dict[str, str | list[str]]", {name: jwk[name] for name in expected})
    if not all(isinstance(value, str) for value in members.values()):
        raise ClientKeyRefused
    try:
        return _ec_key(members) if kind == "EC" else _rsa_key(members)
    except (JoseError, ValueError) as error:
        raise ClientKeyRefused from error


def public_members(key: ClientKey) -> dict[str, JsonValue]:
    """The key as a JWK, without what was said about it."""
    told = key.as_dict(private=False)
    return {name: str(told[name]) for name in (_EC_MEMBERS if isinstance(key, ECKey) else _RSA_MEMBERS)}


def _ec_key(members: dict[str, str | list[str]]) -> ECKey:
    if members["crv"] != "P-256":
        raise ClientKeyRefused
    return ECKey.import_key(members)


def _rsa_key(members: dict[str, str | list[str]]) -> RSAKey:
    key = RSAKey.import_key(members)
    if not _LEAST_BITS <= key.public_key.key_size <= _MOST_BITS:
        raise ClientKeyRefused
    return key


def _members(part: str) -> Mapping[str, JsonValue]:
    try:
        value = loads(base64url.decode(part), max_depth=4)
    except (MaterialRefused, MalformedJson) as error:
        raise _refused("phần đầu hoặc nội dung không đọc được", "has a header or claims that cannot be read") from error
    if not isinstance(value, dict):
        raise _refused("phần đầu hoặc nội dung không phải đối tượng", "has a header or claims that are no object")
    return value


def _refused(vi: str, en: str) -> AssertionRefused:
    return AssertionRefused(Words(f"JWT của máy khách: {vi}", f"The client's JWT {en}"))
