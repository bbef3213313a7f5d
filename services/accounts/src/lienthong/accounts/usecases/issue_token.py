"""Give a machine client a short access token (RFC 6749 section 4.4 with RFC 7523 private_key_jwt).

1. the assertion is a fresh log-in for us (header, claims)
2. it is signed by the key the client is registered with
3. it was not used before, in this process or another
4. the client acts for the agency, and the agency exists; without an agency, the client is an operator's
5. sign the token with the key in use
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.accounts.clients.key_folder import KeyFolder
from lienthong.accounts.domain.access_tokens import claims_of_token
from lienthong.accounts.domain.assertions import SKEW, Assertion, read_login
from lienthong.accounts.domain.client_jwts import OpenedJwt, open_jwt, public_key_of, verify_jwt
from lienthong.accounts.domain.errors import AssertionRefused, ClientNotGranted, TokenKeyNotAvailable
from lienthong.accounts.domain.permissions import Denied, may_act_for, may_operate, may_take_part
from lienthong.accounts.store import agencies, clients, token_keys
from lienthong.accounts.usecases.context import Context, refused
from lienthong.common.audit import AuditRecord, write_audit
from lienthong.common.database import Connection
from lienthong.common.errors import Words
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import Client, ClientState


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a client asks at the token endpoint, its parameters already in form; without an agency it is an operator."""

    assertion: str
    client_id: UUID | None
    agency_id: UUID | None
    scope: str


@dataclass(frozen=True, slots=True)
class Logins:
    """What the token endpoint has beside the context: its own names (`aud`) and the private keys."""

    audiences: Sequence[str]
    keys: KeyFolder


async def issue_token(context: Context, logins: Logins, asked: TokenRequest) -> str:
    """A signed access token. Raises AssertionRefused, ClientNotGranted, TokenKeyNotAvailable."""
    now = context.clock.now()
    # 1.
    opened = open_jwt(asked.assertion)
    login = read_login(opened.header, opened.claims, audiences=logins.audiences, now=now)
    if asked.client_id not in (None, login.client_id):
        raise AssertionRefused(Words("client_id khác với sub", "`client_id` is not the assertion's `sub`"))
    async with context.database.transaction() as connection:
        client = await _log_in(connection, opened, login)
        denied = await _find_denial(connection, client, asked.agency_id)
        if denied is not None:
            await write_audit(connection, _refusal(now, login, asked.agency_id, denied))
        key_id = await token_keys.active_id(connection)
    if denied is not None:  # raised after the commit: the assertion is used up by the attempt
        raise ClientNotGranted(denied.reason)
    # 5.
    if key_id is None:
        raise TokenKeyNotAvailable(retry_after=2)
    claims = claims_of_token(login.client_id, asked.agency_id, scope=asked.scope, token_id=new_id(), now=now)
    return logins.keys.sign(key_id, claims)


async def _log_in(connection: Connection, opened: OpenedJwt, login: Assertion) -> Client:
    # 2. An unknown client gets the same answer as a wrong signature.
    found = await clients.find(connection, login.client_id)
    if found is None or found.client.state is not ClientState.ACTIVE:
        raise AssertionRefused(Words("Máy khách không đăng nhập được", "The client cannot log in"))
    verify_jwt(opened, public_key_of(found.public_key))
    # 3.
    if not await clients.use_assertion(connection, login.client_id, login.jti, login.expires_at + SKEW):
        raise AssertionRefused(Words("JWT đã được dùng (jti)", "The assertion was used before (`jti`)"))
    return found.client


async def _find_denial(connection: Connection, client: Client, agency_id: UUID | None) -> Denied | None:
    # 4.
    if agency_id is None:
        operates = may_operate(client)
        return operates if isinstance(operates, Denied) else None
    verdict = may_act_for(client, agency_id)
    if isinstance(verdict, Denied):
        return verdict
    agency = await agencies.find(connection, agency_id)
    if agency is None:
        return Denied(Words("Không có cơ quan này", "There is no such agency"))
    exists = may_take_part(agency)
    return exists if isinstance(exists, Denied) else None


def _refusal(now: datetime, login: Assertion, agency_id: UUID | None, denied: Denied) -> AuditRecord:
    thing = "/operations" if agency_id is None else f"/agencies/{agency_id}"
    return refused(now, f"/clients/{login.client_id}", "token.issue", thing, cause=denied.reason.en)
