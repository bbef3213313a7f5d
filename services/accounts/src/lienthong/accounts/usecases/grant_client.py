"""Let a machine client act for an agency: the agency asks under its seal, the client agrees with its own key."""

from uuid import UUID

from lienthong.accounts.domain.assertions import SKEW, read_consent
from lienthong.accounts.domain.client_jwts import open_jwt, public_key_of, public_members, verify_jwt
from lienthong.accounts.domain.clients import enrolled, granted
from lienthong.accounts.domain.errors import AssertionRefused, ClientKeyDiffers
from lienthong.accounts.store import clients
from lienthong.accounts.usecases.context import Context, done
from lienthong.accounts.usecases.sealed_request import Asked, Result
from lienthong.accounts.usecases.taking_part import find_taking_part
from lienthong.common.database import Connection
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import Client, ClientRequest
from lienthong.common.strict_json import JsonValue


async def grant_client(_: Context, connection: Connection, asked: Asked[ClientRequest]) -> Result:
    """Enrol the client, or add this agency to those it acts for.

    Raises AgencyEnded, AssertionRefused, ClientKeyRefused, ClientKeyDiffers, TransitionRefused.
    """
    data = asked.data
    # 1. The agency still exists.
    await find_taking_part(connection, asked.agency_id)
    # 2. The client agrees to act for this very agency, with the key that is asked for; each consent counts once.
    key = public_key_of(data.public_key)
    proof = open_jwt(data.proof)
    consent = read_consent(proof.header, proof.claims, agency_id=asked.agency_id, now=asked.now)
    if consent.client_id != data.client_id:
        raise AssertionRefused(Words("proof của máy khách khác", "The proof is of another client"))
    verify_jwt(proof, key)
    if not await clients.use_assertion(connection, consent.client_id, consent.jti, consent.expires_at + SKEW):
        raise AssertionRefused(Words("proof đã được dùng", "The proof was used before"))
    # 3. A new client, or one more agency for a known one with the same key.
    before = await clients.find(connection, data.client_id, lock=True)
    if before is None:
        after = enrolled(data.client_id, data.name, key.thumbprint(), asked.agency_id, asked.now)
        if not await clients.insert(connection, after, public_members(key)):
            raise ClientKeyDiffers
        return _result(asked, after, (after,))
    if before.client.key_thumbprint != key.thumbprint():
        raise ClientKeyDiffers
    changed = granted(before.client, asked.agency_id, asked.now)
    if changed is None:
        return _result(asked, before.client, ())
    await clients.update(connection, changed)
    return _result(asked, changed, (changed,))


def client_answer(client: Client, agency_id: UUID) -> dict[str, JsonValue]:
    """What an agency is told of a client, and whether it acts for this agency; other agencies are not named."""
    acts = any(grant.agency_id == agency_id for grant in client.grants)
    return {"client_id": str(client.client_id), "name": client.name, "state": client.state.value, "granted": acts}


def _result(asked: Asked[ClientRequest], client: Client, facts: tuple[Client, ...]) -> Result:
    audit = done(asked.now, asked.who, "client.grant", f"/clients/{client.client_id}", thumbprint=client.key_thumbprint)
    return Result(client_answer(client, asked.agency_id), facts, (audit,))
