"""Clients' keys and signatures: one algorithm per key, nothing embedded, nothing doubled."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from lienthong.accounts.domain.client_jwts import LONGEST, open_jwt, public_key_of, public_members, verify_jwt
from lienthong.accounts.domain.errors import AssertionRefused, ClientKeyRefused

EC = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)
CLAIMS = {"sub": "x"}


def public(key: Any) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def signed(key: Any, algorithm: str) -> str:
    return jwt.encode({"alg": algorithm}, dict(CLAIMS), key, algorithms=[algorithm])


def part(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "PS256")])
def test_a_clients_signature_is_verified_with_its_registered_key(key: Any, algorithm: str) -> None:
    opened = open_jwt(signed(key, algorithm))
    assert opened.claims == CLAIMS
    verify_jwt(opened, public_key_of(public(key)))


@pytest.mark.parametrize(
    ("signer", "algorithm", "registered"),
    [
        (ECKey.generate_key("P-256"), "ES256", EC),
        (RSA, "RS256", RSA),
        (RSA, "PS384", RSA),
        (RSA, "PS256", EC),
        (EC, "ES256", RSA),
        (OctKey.import_key("k" * 32), "HS256", EC),
    ],
)
def test_another_key_or_algorithm_is_refused(signer: Any, algorithm: str, registered: Any) -> None:
    with pytest.raises(AssertionRefused):
        verify_jwt(open_jwt(signed(signer, algorithm)), public_key_of(public(registered)))


HEADER, BODY = part({"alg": "ES256"}), part(CLAIMS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "..",
        f"{HEADER}.{BODY}.",
        f"{part(b'{')}.{BODY}.AA",
        f"{part([])}.{BODY}.AA",
        f"{HEADER}.{part('x')}.AA",
        part(b'{"alg":"none","alg":"ES256"}') + f".{BODY}.AA",
        f"{HEADER}." + part(b'{"sub":"a","sub":"b"}') + ".AA",
        f"{HEADER}=.{BODY}.AA",
        "a" * LONGEST + ".b.c",
    ],
)
def test_what_is_no_strict_jwt_is_refused(text: str) -> None:
    with pytest.raises(AssertionRefused):
        open_jwt(text)


@given(st.integers(0, 2000), st.integers(1, 255))
def test_a_changed_byte_is_never_accepted(place: int, change: int) -> None:
    text = bytearray(_GOOD)
    at = place % len(text)
    text[at] ^= change
    with pytest.raises(AssertionRefused):
        verify_jwt(open_jwt(text.decode("latin-1")), public_key_of(public(EC)))


_GOOD = signed(EC, "ES256").encode()


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        public(ECKey.generate_key("P-384")),
        EC.as_dict(private=True),
        RSA.as_dict(private=True),
        public(EC) | {"x5u": "https://evil.example"},
        public(EC) | {"x": 7},
        {name: value for name, value in public(EC).items() if name != "y"},
        public(EC) | {"x": "AAAA"},
        public(EC) | {"y": public(EC)["x"]},
        public(RSA) | {"n": "AAAA"},
        public(RSA) | {"n": public(RSA)["n"][:171]},
    ],
)
def test_a_key_that_may_not_log_in_is_refused(jwk: dict[str, Any]) -> None:
    with pytest.raises(ClientKeyRefused):
        public_key_of(jwk)


def test_what_is_said_about_a_key_is_not_kept() -> None:
    key = public_key_of(public(EC) | {"kid": "anything", "use": "sig"})
    assert public_members(key).keys() == {"kty", "crv", "x", "y"}
    assert public_members(public_key_of(public(RSA))).keys() == {"kty", "n", "e"}
    assert key.thumbprint() == EC.thumbprint()
