"""What a JWT signed by a machine client must say: to log in (RFC 7523), and to agree to act for an agency.

The two are told apart by the claim `agency`: a consent names the agency it is given to, a log-in never has one. So a
consent that an agency's staff have in hand logs nobody in, and a log-in binds nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from lienthong.accounts.domain.errors import AssertionRefused
from lienthong.common.errors import Words
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.strict_json import JsonValue

ISSUER: Final = "urn:lienthong:accounts"
ALGORITHMS: Final = ("ES256", "PS256")
SKEW: Final = timedelta(seconds=30)
LOGIN_LIFETIME: Final = timedelta(minutes=5)
CONSENT_LIFETIME: Final = timedelta(days=7)
"""A consent passes through people's hands on its way under the seal."""

_LOGIN_TYPES: Final = (None, "JWT", "client-authentication+jwt")
_CONSENT_TYPES: Final = (None, "JWT", "client-consent+jwt")
_HEADER_MEMBERS: Final = frozenset({"alg", "typ", "kid"})
_LONGEST_JTI: Final = 100
_LATEST: Final = 253402300799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class Assertion:
    """A JWT whose claims are in order. Until its signature is verified it says nothing."""

    client_id: UUID
    jti: str
    expires_at: datetime


def read_login(
    header: Mapping[str, JsonValue], claims: Mapping[str, JsonValue], *, audiences: Sequence[str], now: datetime
) -> Assertion:
    """A client's assertion at the token endpoint (RFC 7523 section 3). Raises AssertionRefused."""
    _check_header(header, _LOGIN_TYPES)
    if "agency" in claims:
        raise _refused("là văn bản đồng ý, không phải đăng nhập", "is a consent, not a log-in")
    return _read(claims, audiences, now, LOGIN_LIFETIME)


def read_consent(
    header: Mapping[str, JsonValue], claims: Mapping[str, JsonValue], *, agency_id: UUID, now: datetime
) -> Assertion:
    """A client's consent to act for one agency (`ClientRequest.proof`). Raises AssertionRefused."""
    _check_header(header, _CONSENT_TYPES)
    if claims.get("agency") != str(agency_id):
        raise _refused("agency không phải cơ quan yêu cầu", "`agency` is not the agency that asks")
    return _read(claims, (ISSUER,), now, CONSENT_LIFETIME)


def _check_header(header: Mapping[str, JsonValue], types: Sequence[str | None]) -> None:
    if header.get("alg") not in ALGORITHMS:
        raise _refused("alg phải là ES256 hoặc PS256", "`alg` is neither ES256 nor PS256")
    if not header.keys() <= _HEADER_MEMBERS or header.get("typ") not in types:
        raise _refused("tiêu đề chỉ được có alg, typ, kid", "the header has members other than alg, typ, kid")


def _read(claims: Mapping[str, JsonValue], audiences: Sequence[str], now: datetime, longest: timedelta) -> Assertion:
    if claims.get("iss") != claims.get("sub"):
        raise _refused("iss và sub phải cùng là mã máy khách", "`iss` and `sub` are not the same client")
    if _audience(claims.get("aud")) not in audiences:
        raise _refused("aud không phải dịch vụ accounts", "`aud` is not exactly this authorisation server")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= _LONGEST_JTI or not jti.isprintable():
        raise _refused("thiếu jti (1 đến 100 ký tự in được)", "`jti` is missing, or not 1 to 100 printable characters")
    return Assertion(_client_id(claims), jti, _check_times(claims, now, longest))


def _audience(aud: JsonValue) -> JsonValue:
    """One audience, also as a list of one: an assertion made for others too could be used by them here."""
    return aud[0] if isinstance(aud, list) and len(aud) == 1 else aud


def _client_id(claims: Mapping[str, JsonValue]) -> UUID:
    try:
        return parse_id(str(claims.get("sub")))
    except MalformedId:
        raise _refused("sub không phải mã máy khách", "`sub` is not a client id (UUIDv7)") from None


def _check_times(claims: Mapping[str, JsonValue], now: datetime, longest: timedelta) -> datetime:
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    not_before = _time(claims, "nbf") if "nbf" in claims else issued
    if expires <= now - SKEW:
        raise _refused("đã hết hạn (exp)", "it has expired (`exp`)")
    if max(issued, not_before) > now + SKEW:
        raise _refused("chưa có hiệu lực (iat, nbf)", "it is not valid yet (`iat`, `nbf`)")
    if not issued < expires <= issued + longest:
        words = int(longest.total_seconds())
        raise _refused(f"hiệu lực tối đa {words} giây", f"it is valid for longer than {words} seconds")
    return expires


def _time(claims: Mapping[str, JsonValue], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise _refused(f"thiếu {name} hoặc không phải thời điểm", f"`{name}` is missing or no NumericDate")
    return datetime.fromtimestamp(value, UTC)


def _refused(vi: str, en: str) -> AssertionRefused:
    return AssertionRefused(Words(f"JWT của máy khách: {vi}", f"The client's JWT: {en}"))
