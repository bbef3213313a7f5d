"""Access tokens: short JWTs that every service checks alone (architecture, "Trust and rights")."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from lienthong.accounts.domain.assertions import ISSUER

AUDIENCE: Final = "lienthong"
LIFETIME: Final = timedelta(minutes=5)
OPERATE: Final = "operate"
SCOPES: Final = frozenset({"exchange", OPERATE})
DEFAULT_SCOPE: Final = "exchange"


def claims_of_token(
    client_id: UUID, agency_id: UUID | None, *, scope: str, token_id: UUID, now: datetime
) -> dict[str, object]:
    """Who (`sub`) acts for which agency, or as an operator for none, for five minutes."""
    issued = int(now.timestamp())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(client_id),
        **({} if agency_id is None else {"agency": str(agency_id)}),
        "scope": scope,
        "jti": str(token_id),
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
    }


def granted_scope(asked: str | None) -> str | None:
    """The scope a client gets: what it asked for, or the default; None for what is unknown or not had together."""
    wanted = set((asked or DEFAULT_SCOPE).split(" "))
    if not wanted <= SCOPES or (OPERATE in wanted and len(wanted) > 1):
        return None
    return " ".join(sorted(wanted))
