"""Refusals of the compact form and of the protected header."""

import json
from base64 import urlsafe_b64encode
from typing import cast

from lienthong.common.signing import Reason, SignedBytes
from lienthong.common.signing.base64url import encode

from .provocations import PROVOCATIONS, provokes
from .world import NOW, PAYLOAD, world

_W = world()


def _jws(change: str) -> SignedBytes:
    protected, _, signature = _W.sign().jws.split(".")
    return SignedBytes(PAYLOAD, change.format(p=protected, s=signature))


def _header(**changes: object) -> object:
    return _W.verify(_W.sign(_W.header(**changes)))


def _raw(text: str) -> object:
    return _W.verify(_W.sign(text.encode()))


def _written(text: str) -> SignedBytes:
    return SignedBytes(PAYLOAD, _jws("{p}..").jws + text)


for _form in ("", ".", "{p}", "{p}.{s}", "{p}..{s}.", "{p}...{s}", "{p}..{s}.{p}.{s}"):
    provokes(Reason.JWS_PART_COUNT)(lambda form=_form: _W.verify(_jws(form)))

for _change in (
    {"jwk": {"kty": "EC"}},
    {"jku": "https://a.vn"},
    {"x5u": "https://a.vn"},
    {"x5c": ["MII"]},
    {"kid": "1"},
):
    provokes(Reason.HEADER_EMBEDDED_KEY)(lambda change=_change: _header(**change))

for _none in ("none", "None", "NONE", "nOnE"):
    provokes(Reason.HEADER_ALG_NONE)(lambda name=_none: _header(alg=name))

for _symmetric in ("HS256", "HS384", "HS512", "hs256"):
    provokes(Reason.HEADER_ALG_SYMMETRIC)(lambda name=_symmetric: _header(alg=name))

for _unknown in ("ES512", "EdDSA", "es256", "ES256K", "RS1", "", " ES256", 256, True, ["ES256"], {"ES256": 1}, 1.5):
    provokes(Reason.HEADER_ALG_UNKNOWN)(lambda value=_unknown: _header(alg=value))

for _b64 in cast("tuple[object, ...]", (True, 0, "false", [], {})):
    provokes(Reason.HEADER_B64)(lambda value=_b64: _header(b64=value))
provokes(Reason.HEADER_B64)(lambda: _header(b64=None))

for _crit in (["b64", "exp"], ["exp"], ["b64", "b64"], ["B64"]):
    provokes(Reason.HEADER_CRIT_UNKNOWN)(lambda value=_crit: _header(crit=value))
for _crit in ("b64", {"b64": 1}, [["b64"]], [1], 7, True):
    provokes(Reason.HEADER_CRIT_MALFORMED)(lambda value=_crit: _header(crit=value))
provokes(Reason.HEADER_CRIT_EMPTY)(lambda: _header(crit=[]))

for _extra in ("typ", "cty", "x5t", "exp", "nbf", "iss", "zip", "", "Alg", "alg ", "\u0000"):
    provokes(Reason.HEADER_UNKNOWN_MEMBER)(lambda name=_extra: _W.verify(_W.sign({**_W.header(), name: "x"})))
for _missing in ("alg", "crit", "iat", "x5t"):
    provokes(Reason.HEADER_MISSING_MEMBER)(lambda name=_missing: _header(**{name: None}))

for _iat in (NOW.timestamp() + 0.5, str(int(NOW.timestamp())), True, -1, 10**12, 10**100, ["1"], "NaN"):
    provokes(Reason.HEADER_IAT)(lambda value=_iat: _header(iat=value))
provokes(Reason.HEADER_IAT)(lambda: _raw(json.dumps(_W.header()).replace(f"{int(NOW.timestamp())}", "1795312800.0")))
provokes(Reason.HEADER_IAT)(lambda: _raw(json.dumps(_W.header()).replace(f"{int(NOW.timestamp())}", "1795312800e0")))

for _thumb in (
    "",
    "A" * 42,
    "A" * 44,
    "A" * 42 + "=",
    "A" * 43 + "\n",
    "+" * 43,
    5,
    None.__class__.__name__,
    ["A" * 43],
):
    provokes(Reason.HEADER_THUMBPRINT)(lambda value=_thumb: _header(x5t=value))

for _bytes in (
    b"",
    b"{",
    b"\xff",
    b"\xef\xbb\xbf{}",
    b"{}{}",
    b"{'alg':1}",
    b'{"iat":NaN}',
    b"[" * 1500,
    b'{"iat":Infinity}',
    b"nul",
):
    provokes(Reason.HEADER_NOT_JSON)(lambda data=_bytes: _W.verify(_W.sign(data)))
for _bytes in (b"[]", b'"x"', b"1", b"null", b"true", b"[" * 180 + b"]" * 180):
    provokes(Reason.HEADER_NOT_OBJECT)(lambda data=_bytes: _W.verify(_W.sign(data)))

provokes(Reason.HEADER_DUPLICATE_MEMBER)(
    lambda: _raw(json.dumps(_W.header()).replace('{"alg"', '{"alg": "none", "alg"'))
)
provokes(Reason.HEADER_DUPLICATE_MEMBER)(
    lambda: _raw(json.dumps(_W.header()).replace('"b64": false', '"b64": false, "b6\\u0034": true'))
)
provokes(Reason.HEADER_DUPLICATE_MEMBER)(lambda: _raw('{"a":{"b":1,"b":1}}'))


@provokes(Reason.JWS_ATTACHED_PAYLOAD)
def _attached() -> object:
    return _W.verify(_jws("{p}." + encode(PAYLOAD) + ".{s}"))


@provokes(Reason.JWS_OVERSIZED)
def _endless_signature() -> object:
    return _W.verify(_jws("{p}..{s}" + "A" * 100_000))


@provokes(Reason.HEADER_OVERSIZED)
def _endless_header() -> object:
    return _W.verify(_W.sign(json.dumps(_W.header()).encode() + b" " * 2048))


@provokes(Reason.JWS_PADDING)
def _padded_signature() -> object:
    return _W.verify(_jws("{p}..{s}=="))


@provokes(Reason.JWS_PADDING)
def _padded_header() -> object:
    raw = json.dumps(_W.header()).encode()
    padded = urlsafe_b64encode(raw + b" " * (1 if len(raw) % 3 == 0 else 0)).decode()
    return _W.verify(_jws(padded + "..{s}"))


for _letter in ("+", "/", " ", "\n", "\t", "é", "\u0000", "\ud800", "!", "*", "=A", "\u2060"):
    provokes(Reason.JWS_NOT_BASE64URL)(lambda letter=_letter: _W.verify(_jws("{p}..{s}" + letter)))
    provokes(Reason.JWS_NOT_BASE64URL)(lambda letter=_letter: _W.verify(_jws("{p}" + letter + "..{s}")))


@provokes(Reason.JWS_NOT_CANONICAL)
def _last_bits_set() -> object:
    jws = _W.sign().jws
    # 64 bytes leave four unused bits in the last letter: A, Q, g and w are the only canonical ones.
    return _W.verify(SignedBytes(PAYLOAD, jws[:-1] + chr(ord(jws[-1]) + 1)))


@provokes(Reason.JWS_NOT_CANONICAL)
def _one_letter_too_many() -> object:
    return _W.verify(_written("AAAAA"))


for _line in (
    {},
    {"protected": "a", "payload": "b"},
    {"protected": "a", "payload": "b", "signature": 5},
    {"protected": "a", "payload": "b", "signature": "c", "more": "d"},
    {"protected": "a", "payload": "\ud800", "signature": "c"},
):
    provokes(Reason.JWS_LINE)(lambda line=_line: SignedBytes.from_line(line))
provokes(Reason.JWS_LINE)(lambda: SignedBytes(b"\xff", _W.sign().jws).to_line())

__all__ = ["PROVOCATIONS"]
