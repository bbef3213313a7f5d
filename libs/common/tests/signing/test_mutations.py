"""Only the exact signature over the exact bytes is accepted, and only SignatureRefused comes of the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lienthong.common.signing import (
    ADMISSION,
    MaterialRefused,
    SignatureRefused,
    SignedBytes,
    Verified,
    Verifier,
)
from lienthong.common.signing.base64url import decode, encode
from lienthong.common.signing.header import Header, parse_header, read_strictly

from .world import NOW, PAYLOAD, world

W = world()
VERIFIER = Verifier(W.trust(), W.lists(), ADMISSION)
KNOWN = W.known()
GOOD = W.sign()
PROTECTED, _, SIGNATURE = GOOD.jws.split(".")
HEADER = decode(PROTECTED)
URL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MANY = settings(max_examples=400, deadline=None)


def judge(signed: SignedBytes) -> Verified | None:
    """None if refused as it should be; every other exception is a fault and escapes."""
    try:
        return VERIFIER.verify(signed, at=NOW, certificates=KNOWN)
    except SignatureRefused as refused:
        answer = refused.verification
    assert not answer.ok
    assert answer.exit_code in {1, 2}
    return None


def test_the_unchanged_message_is_accepted() -> None:
    assert judge(GOOD) is not None


@MANY
@given(st.binary(max_size=200))
def test_no_other_payload_is_accepted(payload: bytes) -> None:
    assume(payload != PAYLOAD)
    assert judge(SignedBytes(payload, GOOD.jws)) is None


@pytest.mark.parametrize("index", range(len(PAYLOAD)))
def test_no_flipped_bit_of_the_payload_is_accepted(index: int) -> None:
    for bit in range(8):
        changed = bytearray(PAYLOAD)
        changed[index] ^= 1 << bit
        assert judge(SignedBytes(bytes(changed), GOOD.jws)) is None


def test_no_change_of_one_letter_of_the_jws_is_accepted() -> None:
    for index, letter in enumerate(GOOD.jws):
        for other in URL_LETTERS + ".=+/ \n":
            if other != letter:
                assert judge(SignedBytes(PAYLOAD, GOOD.jws[:index] + other + GOOD.jws[index + 1 :])) is None


def test_no_inserted_or_missing_letter_is_accepted() -> None:
    for index in range(len(GOOD.jws) + 1):
        assert judge(SignedBytes(PAYLOAD, GOOD.jws[:index] + GOOD.jws[index + 1 :])) is None or index == len(GOOD.jws)
        for letter in "A_-=+. \t\n\u00e9":
            assert judge(SignedBytes(PAYLOAD, GOOD.jws[:index] + letter + GOOD.jws[index:])) is None


@MANY
@given(st.text(max_size=300))
def test_no_text_at_all_passes_for_a_signature(jws: str) -> None:
    assert judge(SignedBytes(PAYLOAD, jws)) is None


@MANY
@given(st.binary(max_size=200))
def test_no_bytes_at_all_pass_for_a_signature(signature: bytes) -> None:
    assume(encode(signature) != SIGNATURE)
    assert judge(SignedBytes(PAYLOAD, f"{PROTECTED}..{encode(signature)}")) is None


@MANY
@given(st.lists(st.tuples(st.integers(0, 63), st.integers(1, 255)), min_size=1, max_size=4, unique_by=lambda x: x[0]))
def test_no_changed_bytes_of_the_signature_are_accepted(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(decode(SIGNATURE))
    for index, mask in changes:
        raw[index] ^= mask
    assert judge(SignedBytes(PAYLOAD, f"{PROTECTED}..{encode(bytes(raw))}")) is None


@MANY
@given(st.binary(max_size=300))
def test_no_other_header_is_accepted_under_the_same_signature(header: bytes) -> None:
    assume(header != HEADER)
    assert judge(SignedBytes(PAYLOAD, f"{encode(header)}..{SIGNATURE}")) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["alg", "b64", "crit", "iat", "x5t#S256", "kid", "jwk", "x5t", "typ"]) | st.text(max_size=8)


@settings(max_examples=1000, deadline=None)
@given(st.dictionaries(names, json_values, min_size=1, max_size=4), st.booleans())
def test_no_header_that_says_otherwise_is_accepted_even_if_well_signed(
    changes: dict[str, object], ascii_only: bool
) -> None:
    members = W.header()
    changed = {**members, **changes}
    assume(changed != members or any(type(changed[name]) is not type(members[name]) for name in members))
    raw = json.dumps(changed, ensure_ascii=ascii_only).encode("utf-8", errors="surrogatepass")
    verified = judge(W.sign(raw))
    # An honest header with another iat inside the window is the only other one there may be.
    if verified is not None:
        assert set(changes) == {"iat"}
        assert type(changes["iat"]) is int


@MANY
@given(st.integers(0, len(HEADER) - 1), st.integers(0, 255))
def test_no_changed_byte_of_a_header_is_accepted_even_if_well_signed(index: int, value: int) -> None:
    changed = bytearray(HEADER)
    assume(changed[index] != value)
    changed[index] = value
    verified = judge(W.sign(bytes(changed)))
    if verified is not None:
        # JSON leaves white space free, and the last digits of iat may differ within the window.
        assert json.loads(bytes(changed)) | {"iat": 0} == json.loads(HEADER) | {"iat": 0}


@MANY
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_base64url_has_one_form_for_each_content(data: bytes) -> None:
    assert decode(encode(data)) == data


@MANY
@given(st.text(alphabet=URL_LETTERS + "=+/. \n", max_size=24))
def test_base64url_that_is_read_is_written_the_same(text: str) -> None:
    with suppress(MaterialRefused):
        assert encode(decode(text)) == text


@MANY
@given(
    st.sampled_from(["ES256", "ES384", "PS256", "RS256", "none", "HS256"]),
    st.integers(-2, 10**13),
    st.text(alphabet=URL_LETTERS, min_size=42, max_size=44),
)
def test_the_quick_reader_says_what_the_strict_one_says(algorithm: str, issued_at: int, fingerprint: str) -> None:
    members = {"alg": algorithm, "b64": False, "crit": ["b64"], "iat": issued_at, "x5t#S256": fingerprint}
    raw = json.dumps(members, separators=(",", ":")).encode()

    def outcome(read: Callable[[], Header]) -> Header | str:
        try:
            return read()
        except MaterialRefused as refused:
            return refused.reason.value

    assert outcome(lambda: parse_header(encode(raw))) == outcome(lambda: read_strictly(raw))


@MANY
@given(st.dictionaries(st.sampled_from(["protected", "payload", "signature", "x"]), json_values, max_size=4))
def test_no_line_raises_anything_else(line: dict[str, object]) -> None:
    with suppress(MaterialRefused):
        judge(SignedBytes.from_line(line))
