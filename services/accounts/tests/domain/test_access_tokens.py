"""What an access token says."""

from datetime import UTC, datetime

import pytest

from lienthong.accounts.domain.access_tokens import claims_of_token, granted_scope
from lienthong.common.ids import new_id


def test_a_token_names_client_agency_and_five_minutes() -> None:
    client, agency, token = new_id(), new_id(), new_id()
    now = datetime(2026, 11, 22, 3, 0, 0, 999000, tzinfo=UTC)
    claims = claims_of_token(client, agency, scope="exchange", token_id=token, now=now)
    assert claims == {
        "iss": "urn:lienthong:accounts",
        "aud": "lienthong",
        "sub": str(client),
        "agency": str(agency),
        "scope": "exchange",
        "jti": str(token),
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 300,
    }


def test_a_token_of_an_operator_names_no_agency() -> None:
    claims = claims_of_token(new_id(), None, scope="operate", token_id=new_id(), now=datetime(2026, 11, 22, tzinfo=UTC))
    assert "agency" not in claims


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, "exchange"),
        ("exchange", "exchange"),
        ("operate", "operate"),
        ("operate operate", "operate"),
        ("admin", None),
        ("exchange admin", None),
        ("exchange operate", None),
    ],
)
def test_only_known_scopes_are_granted(asked: str | None, granted: str | None) -> None:
    assert granted_scope(asked) == granted
