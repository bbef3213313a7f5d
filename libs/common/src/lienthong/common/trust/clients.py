"""Machine clients and the keys of access tokens, as accounts has said last."""

from uuid import UUID

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from lienthong.common.messages.accounts import Client, ClientState, Duty, TokenKey, TokenKeyState
from lienthong.common.signing import MaterialRefused, Reason


class TokenKeys:
    """Keys that access tokens may be signed with, by `kid`."""

    def __init__(self) -> None:
        self._keys: dict[str, ECKey] = {}

    def find(self, key_id: str) -> ECKey | None:
        """The public key, unless it is unknown or ended."""
        return self._keys.get(key_id)

    def put(self, record: TokenKey) -> None:
        """Take over what accounts says of a key. Raises MaterialRefused(KEY_UNREADABLE) for any but a P-256 key."""
        if record.state is TokenKeyState.ENDED:
            self.withdraw(record.key_id)
            return
        self._keys[record.key_id] = _public_key(record)

    def withdraw(self, key_id: str) -> None:
        """Forget a key."""
        self._keys.pop(key_id, None)


def _public_key(record: TokenKey) -> ECKey:
    members = {name: record.public_key.get(name) for name in ("kty", "crv", "x", "y")}
    if members["kty"] != "EC" or members["crv"] != "P-256" or "d" in record.public_key:
        raise MaterialRefused(Reason.KEY_UNREADABLE, "a token key is a public P-256 key")
    try:
        return ECKey.import_key({name: str(value) for name, value in members.items()})
    except (JoseError, ValueError) as error:
        raise MaterialRefused(Reason.KEY_UNREADABLE, "not a JWK") from error


class Clients:
    """Machine clients by id."""

    def __init__(self) -> None:
        self._clients: dict[UUID, Client] = {}
        self._granted: dict[UUID, frozenset[UUID]] = {}

    def find(self, client_id: UUID) -> Client | None:
        """What accounts says of the client, whatever its state."""
        return self._clients.get(client_id)

    def is_active(self, client_id: UUID) -> bool:
        """Whether the client is known, neither suspended nor ended."""
        client = self._clients.get(client_id)
        return client is not None and client.state is ClientState.ACTIVE

    def may_act_for(self, client_id: UUID, agency_id: UUID) -> bool:
        """Whether the client is active and this agency has agreed that it acts for it."""
        return self.is_active(client_id) and agency_id in self._granted[client_id]

    def operates(self, client_id: UUID) -> bool:
        """Whether the client is active and an operator of the platform works with it."""
        client = self._clients.get(client_id)
        return client is not None and client.state is ClientState.ACTIVE and Duty.OPERATE in client.duties

    def put(self, client: Client) -> None:
        """Take over what accounts says of a client."""
        self._clients[client.client_id] = client
        self._granted[client.client_id] = frozenset(grant.agency_id for grant in client.grants)

    def withdraw(self, client_id: str) -> None:
        """Forget a client; a text that is no id at all names none."""
        try:
            self._clients.pop(UUID(client_id), None)
        except ValueError:
            return
