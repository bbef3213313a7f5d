"""Claims of a client's JWT: what is accepted, and each thing that is not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from lienthong.accounts.domain.assertions import (
    CONSENT_LIFETIME,
    ISSUER,
    LOGIN_LIFETIME,
    SKEW,
    read_consent,
    read_login,
)
from lienthong.accounts.domain.errors import AssertionRefused

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
# Fixed, because they stand in the names of tests, which every worker must collect alike.
CLIENT, AGENCY, OTHER = (UUID(f"01a20153-4e04-7899-9c11-867fdfe88da{n}") for n in range(3))
URL = "https://accounts.example.vn/v1/token"
HEADER = {"alg": "ES256"}


def claims(**changes: Any) -> dict[str, Any]:
    told = {"iss": str(CLIENT), "sub": str(CLIENT), "aud": ISSUER, "jti": "j1", "iat": AT, "exp": AT + 60}
    return {name: value for name, value in (told | changes).items() if value is not None}


def login(header: dict[str, Any] | None = None, **changes: Any):
    return read_login(header or HEADER, claims(**changes), audiences=(ISSUER, URL), now=NOW)


def consent(header: dict[str, Any] | None = None, **changes: Any):
    told = claims(**({"agency": str(AGENCY)} | changes))
    return read_consent(header or HEADER, told, agency_id=AGENCY, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": URL},
        {"aud": [ISSUER]},
        {"nbf": AT},
        {"exp": AT + int(LOGIN_LIFETIME.total_seconds())},
        {"iat": AT + int(SKEW.total_seconds()), "exp": AT + 60},
        {"iat": AT - 80, "exp": AT - int(SKEW.total_seconds()) + 1},
        {"iat": AT - 0.5},
    ],
)
def test_a_log_in_in_order_is_accepted(changes: dict[str, Any]) -> None:
    assert (login(**changes).client_id, login(**changes).jti) == (CLIENT, "j1")


REFUSED = [
    {"jti": "a\0b"},
    {"iss": str(OTHER)},
    {"iss": None},
    {"sub": None},
    {"iss": "x", "sub": "x"},
    {"iss": None, "sub": None},
    {"aud": None},
    {"aud": "urn:lienthong:exchange"},
    {"aud": URL + "/"},
    {"aud": [ISSUER, URL]},
    {"aud": []},
    {"aud": {"x": 1}},
    {"jti": None},
    {"jti": ""},
    {"jti": "j" * 101},
    {"jti": 7},
    {"exp": None},
    {"exp": "soon"},
    {"exp": True},
    {"exp": float("nan")},
    {"exp": 1e300},
    {"iat": None},
    {"iat": -1},
    {"exp": AT - int(SKEW.total_seconds())},
    {"iat": AT + int(SKEW.total_seconds()) + 1},
    {"nbf": AT + int(SKEW.total_seconds()) + 1},
    {"nbf": "now"},
    {"iat": AT, "exp": AT},
]


@pytest.mark.parametrize("changes", [*REFUSED, {"exp": AT + int(LOGIN_LIFETIME.total_seconds()) + 1}])
def test_a_log_in_out_of_order_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AssertionRefused):
        login(**changes)


@pytest.mark.parametrize("changes", [*REFUSED, {"exp": AT + int(CONSENT_LIFETIME.total_seconds()) + 1}, {"aud": URL}])
def test_a_consent_out_of_order_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AssertionRefused):
        consent(**changes)


def test_a_consent_may_lie_for_days_before_it_is_sealed() -> None:
    given = consent(exp=AT + int(timedelta(days=3).total_seconds()))
    assert given.expires_at == NOW + timedelta(days=3)


@pytest.mark.parametrize("agency", [None, str(OTHER), str(AGENCY).upper(), 7])
def test_a_consent_is_for_one_named_agency(agency: Any) -> None:
    with pytest.raises(AssertionRefused):
        consent(agency=agency)


def test_a_consent_in_the_hands_of_an_agency_logs_nobody_in() -> None:
    with pytest.raises(AssertionRefused, match="consent"):
        login(agency=str(AGENCY))


@pytest.mark.parametrize("header", [{"alg": "PS256"}, {"alg": "ES256", "typ": "JWT", "kid": "x"}])
def test_headers_in_order(header: dict[str, Any]) -> None:
    assert login(header)
    assert consent(header)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "ES384"},
        {"typ": "JWT"},
        {"alg": "ES256", "crit": ["b64"]},
        {"alg": "ES256", "jwk": {}},
        {"alg": "ES256", "jku": "https://evil.example"},
        {"alg": "ES256", "x5c": []},
        {"alg": "ES256", "typ": "at+jwt"},
        {"alg": ["ES256"]},
    ],
)
def test_headers_out_of_order_are_refused(header: dict[str, Any]) -> None:
    for read in (login, consent):
        with pytest.raises(AssertionRefused):
            read(header)


def test_each_kind_has_a_type_of_its_own() -> None:
    assert login({"alg": "ES256", "typ": "client-authentication+jwt"})
    assert consent({"alg": "ES256", "typ": "client-consent+jwt"})
    with pytest.raises(AssertionRefused):
        login({"alg": "ES256", "typ": "client-consent+jwt"})
    with pytest.raises(AssertionRefused):
        consent({"alg": "ES256", "typ": "client-authentication+jwt"})
