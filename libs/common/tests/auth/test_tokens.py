"""Access tokens: what is accepted, and what every other token is refused as."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from lienthong.common.auth import (
    AgenciesOnly,
    AgencyNotGranted,
    ClientNotActive,
    OperatorsOnly,
    TokenExpired,
    TokenMissing,
    TokenRefused,
    TokenVerifier,
)
from lienthong.common.broker import BrokerSettings
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import Client, ClientGrant, ClientState, Duty, TokenKey, TokenKeyState
from lienthong.common.signing.algorithms import SCHEMES, Algorithm
from lienthong.common.telemetry import make_telemetry
from lienthong.common.testing.clock import FixedClock
from lienthong.common.testing.voice import Voice
from lienthong.common.trust import TrustFollower, TrustNotCurrent


class World:
    """A follower that has heard of one key and one client, without a broker."""

    def __init__(self) -> None:
        self.clock = FixedClock(datetime(2026, 11, 22, 3, tzinfo=UTC))
        self.trust = TrustFollower(
            BrokerSettings("nowhere:1", "t"), Voice(self.clock).store, self.clock, make_telemetry("t")
        )
        self.trust._become_ready()
        self.key = ECKey.generate_key("P-256", {"kid": "k1"})
        self.client, self.agency = new_id(), new_id()
        self.say_key(TokenKeyState.ACTIVE)
        self.say_client(ClientState.ACTIVE, [self.agency])
        self.verifier = TokenVerifier(self.trust, self.clock)

    def token_key(self, state: TokenKeyState) -> TokenKey:
        jwk: dict[str, Any] = {**self.key.as_dict(private=False)}
        return TokenKey(key_id="k1", version=1, state=state, public_key=jwk)

    def say_key(self, state: TokenKeyState) -> None:
        self.trust.token_keys.put(self.token_key(state))

    def say_client(self, state: ClientState, agencies: list[UUID], duties: tuple[Duty, ...] = ()) -> None:
        grants = tuple(ClientGrant(agency_id=agency, since=self.clock.now()) for agency in agencies)
        self.trust.clients.put(
            Client(
                client_id=self.client,
                version=1,
                state=state,
                name="x",
                grants=grants,
                key_thumbprint="t",
                duties=duties,
            )
        )

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": "urn:lienthong:accounts",
            "aud": "lienthong",
            "sub": str(self.client),
            "agency": str(self.agency),
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": str(new_id()),
            "scope": "messages",
        } | changed
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, **changed: Any) -> str:
        return jwt.encode({"alg": "ES256", "kid": "k1"}, self.claims(**changed), self.key)

    def signed(self, header: bytes, claims: bytes) -> str:
        """Any two texts under a good signature of the key."""
        text = f"{base64url(header)}.{base64url(claims)}"
        assert self.key.private_key is not None
        return f"{text}.{base64url(SCHEMES[Algorithm.ES256].sign(self.key.private_key, text.encode()))}"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture
def world() -> World:
    return World()


def test_a_good_token_names_client_and_agency(world: World) -> None:
    caller = world.verifier.verify(f"Bearer {world.token()}")
    assert (caller.client_id, caller.agency_id) == (world.client, world.agency)
    assert caller.scope == {"messages"}
    assert caller.source == f"/agencies/{world.agency}"


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer ", "Bearer"])
def test_no_token_is_missing(world: World, header: str | None) -> None:
    with pytest.raises(TokenMissing):
        world.verifier.verify(header)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "urn:someone:else"},
        {"aud": "another"},
        {"aud": ["lienthong"]},
        {"sub": "not-an-id"},
        {"agency": None},
        {"jti": None},
        {"jti": ""},
        {"exp": None},
        {"exp": True},
        {"iat": None},
    ],
    ids=str,
)
def test_a_wrong_claim_is_refused(world: World, changed: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        world.verifier.verify_token(world.token(**changed))


def test_a_token_that_lives_longer_than_five_minutes_is_refused(world: World) -> None:
    now = int(world.clock.now().timestamp())
    with pytest.raises(TokenRefused):
        world.verifier.verify_token(world.token(exp=now + 301))


def test_a_token_ends_also_when_it_was_seen_before(world: World) -> None:
    token = world.token()
    world.verifier.verify_token(token)
    world.clock.advance(timedelta(seconds=300))
    with pytest.raises(TokenExpired):
        world.verifier.verify_token(token)


def test_a_token_from_the_future_is_not_good_yet(world: World) -> None:
    now = int(world.clock.now().timestamp())
    with pytest.raises(TokenExpired):
        world.verifier.verify_token(world.token(iat=now + 120, nbf=now + 120, exp=now + 200))


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"ES256","kid":"k1","crit":5}',
        b'{"alg":"ES256","kid":"k1","crit":[[]]}',
        b'{"alg":"ES256","kid":"k1","crit":[5]}',
        b'{"alg":"ES256","kid":"k1","crit":[]}',
        b'{"alg":"none","alg":"ES256","kid":"k1"}',
        b'{"alg":"ES256","kid":"k1","jwk":{"kty":"oct"}}',
        b'{"alg":"ES256","kid":"k1","typ":"client-consent+jwt"}',
        b'{"alg":"ES256","kid":"k1","typ":["JWT"]}',
        b'["ES256"]',
    ],
)
def test_a_header_that_says_more_than_it_should_is_refused(world: World, header: bytes) -> None:
    for token in (world.signed(header, json.dumps(world.claims()).encode()), f"{base64url(header)}.e30.AAAA"):
        with pytest.raises(TokenRefused):
            world.verifier.verify_token(token)


def test_claims_with_a_member_twice_are_refused(world: World) -> None:
    claims = json.dumps(world.claims())[:-1] + f', "agency": "{world.agency}"}}'
    with pytest.raises(TokenRefused):
        world.verifier.verify_token(world.signed(b'{"alg":"ES256","kid":"k1"}', claims.encode()))


def test_another_key_under_the_same_name_is_refused(world: World) -> None:
    other = ECKey.generate_key("P-256")
    with pytest.raises(TokenRefused):
        world.verifier.verify_token(jwt.encode({"alg": "ES256", "kid": "k1"}, world.claims(), other))


def test_a_symmetric_key_made_of_the_public_one_is_refused(world: World) -> None:
    signed = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "kid": "k1"}, world.claims()))
    tag = hmac.digest(world.key.as_pem(private=False), signed.encode(), "sha256")
    with pytest.raises(TokenRefused):
        world.verifier.verify_token(f"{signed}.{base64url(tag)}")


@pytest.mark.parametrize("token", ["a.b.c", "", "x" * 5000, "ey.ey.", "é.é.é"])
def test_nonsense_is_refused(world: World, token: str) -> None:
    with pytest.raises(TokenRefused):
        world.verifier.verify_token(token)


def test_an_unsigned_token_is_refused(world: World) -> None:
    head, claims, _ = world.token().split(".")
    with pytest.raises(TokenRefused):
        world.verifier.verify_token(f"{head}.{claims}.")


def test_an_ended_key_voids_its_tokens_at_once(world: World) -> None:
    token = world.token()
    world.verifier.verify_token(token)
    world.say_key(TokenKeyState.RETIRED)
    world.verifier.verify_token(token)
    world.say_key(TokenKeyState.ENDED)
    with pytest.raises(TokenRefused):
        world.verifier.verify_token(token)


def test_a_bad_token_costs_one_signature_check_until_its_key_is_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def decode(value: str, *rest: Any, **named: Any) -> Any:
        checked.append(value)
        return real(value, *rest, **named)

    real = jwt.decode
    monkeypatch.setattr(jwt, "decode", decode)
    world.key = ECKey.generate_key("P-256", {"kid": "k1"})
    token = world.token()
    for _ in range(3):
        with pytest.raises(TokenRefused):
            world.verifier.verify_token(token)
    assert checked == [token]
    world.say_key(TokenKeyState.ACTIVE)
    assert world.verifier.verify_token(token).agency_id == world.agency, "what was refused under another key is no more"


def test_a_suspended_client_is_refused_at_once_with_a_token_already_in_use(world: World) -> None:
    token = world.token()
    world.verifier.verify_token(token)
    world.say_client(ClientState.SUSPENDED, [world.agency])
    with pytest.raises(ClientNotActive):
        world.verifier.verify_token(token)


def test_an_agency_that_withdraws_its_consent_is_heard_at_once(world: World) -> None:
    token = world.token()
    world.verifier.verify_token(token)
    world.say_client(ClientState.ACTIVE, [new_id()])
    with pytest.raises(AgencyNotGranted):
        world.verifier.verify_token(token)


def test_a_process_that_has_just_started_calls_nobody_unknown() -> None:
    world = World()
    started = TrustFollower(
        BrokerSettings("nowhere:1", "t"), Voice(world.clock).store, world.clock, make_telemetry("t")
    )
    with pytest.raises(TrustNotCurrent):
        TokenVerifier(started, world.clock).verify(f"Bearer {world.token()}")
    started.token_keys.put(world.token_key(TokenKeyState.ACTIVE))
    with pytest.raises(TrustNotCurrent):
        TokenVerifier(started, world.clock).verify(f"Bearer {world.token()}")


@pytest.mark.requirement("A7")
def test_an_operators_token_opens_no_agencys_route_and_an_agencys_none_of_operators(world: World) -> None:
    agencys = world.token()
    with pytest.raises(OperatorsOnly):
        world.verifier.verify_operator(agencys)
    world.say_client(ClientState.ACTIVE, [], (Duty.OPERATE,))
    operators = world.token(scope="operate", agency=None)
    operator = world.verifier.verify_operator(operators)
    assert (operator.client_id, operator.path) == (world.client, f"/clients/{world.client}")
    with pytest.raises(AgenciesOnly):
        world.verifier.verify_token(operators)
    with pytest.raises(AgencyNotGranted):
        world.verifier.verify_token(agencys)


@pytest.mark.parametrize(
    "changed", [{"scope": "operate"}, {"scope": "operate messages", "agency": None}, {"agency": None}, {"scope": ""}]
)
def test_a_token_is_for_one_role(world: World, changed: dict[str, Any]) -> None:
    world.say_client(ClientState.ACTIVE, [world.agency], (Duty.OPERATE,))
    with pytest.raises((TokenRefused, OperatorsOnly)):
        world.verifier.verify_operator(world.token(**changed))


def test_an_operator_who_was_removed_or_never_was_one_gets_in_nowhere(world: World) -> None:
    token = world.token(scope="operate", agency=None)
    with pytest.raises(OperatorsOnly):
        world.verifier.verify_operator(token)
    world.say_client(ClientState.ACTIVE, [], (Duty.OPERATE,))
    assert world.verifier.verify_operator(token)
    for state in (ClientState.SUSPENDED, ClientState.ENDED):
        world.say_client(state, [], (Duty.OPERATE,))
        with pytest.raises(ClientNotActive):
            world.verifier.verify_operator(token)
