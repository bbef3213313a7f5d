"""What verification costs beside the bare signature check of `cryptography`.

Both are measured in one run, short slice by short slice in turn, so that a busy machine slows both.
The bare check is handed everything ready-made: the DER signature and the bytes.

    python tests/bench/verify_ratio.py          # prints {"ratio": …, …}
"""

import gc
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter_ns
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from lienthong.common.pki import (
    generate_key,
    issue_agency,
    make_crl,
    make_training_authority,
    own_key,
)
from lienthong.common.signing import (
    ADMISSION,
    KnownCertificate,
    KnownCertificates,
    LocalKey,
    RevocationData,
    SignedBytes,
    Signer,
    TrustStore,
    Verifier,
)
from lienthong.common.signing.base64url import decode

LIMIT = 1.15
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AGENCY = UUID("019a0000-0000-7000-8000-000000000001")
PAYLOAD_BYTES = 2048
MESSAGES = 50
"""Per slice: some 3 ms, shorter than what a neighbour usually takes away at once."""
ROUNDS = 200

Run = Callable[[], None]


@dataclass(frozen=True)
class Ratio:
    ratio: float
    """Median over all rounds of (verification / bare check) of neighbouring slices."""
    of_minima: float
    """Of the fastest slice of each."""
    verify_us: float
    bare_us: float


def measure(*, fresh_headers: bool, rounds: int = ROUNDS) -> Ratio:
    """Measure both in turn, `rounds` slices each.

    `fresh_headers`: every message of a slice has a header not seen before (a signer's first message of
    a second); otherwise headers repeat, as under load.
    """
    verify, bare = _prepare(fresh_headers=fresh_headers)
    verify()
    bare()
    gc.collect()
    gc.disable()
    try:
        pairs = [(_time(verify), _time(bare)) for _ in range(rounds)]
    finally:
        gc.enable()
    ours, theirs = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    ratio = median(our / their for our, their in pairs)
    return Ratio(round(ratio, 4), round(ours / theirs, 4), _us(ours), _us(theirs))


def _prepare(*, fresh_headers: bool) -> tuple[Run, Run]:
    authority = make_training_authority(NOW - timedelta(days=1))
    key = generate_key()
    certificate = issue_agency(authority.issuing, own_key(key), agency_id=AGENCY, name="UBND tỉnh", at=NOW)
    revocations = RevocationData()
    for issuer in (authority.root, authority.issuing):
        revocations.add_crl(make_crl(issuer, [], number=1, at=NOW - timedelta(hours=1)))
    trust = TrustStore(authority.anchors)
    known = KnownCertificates([KnownCertificate(certificate, authority.issuing.chain)])
    messages = [_sign(LocalKey.of(key, certificate), number) for number in range(MESSAGES)]
    ready = [_ready(signed) for signed in messages]
    public = key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    scheme = ec.ECDSA(SHA256())
    verifier = Verifier(trust, revocations, ADMISSION, remembered_headers=0 if fresh_headers else 4096)

    def verify() -> None:
        for signed in messages:
            verifier.verify(signed, at=NOW, certificates=known)

    def bare() -> None:
        for signature, data in ready:
            public.verify(signature, data, scheme)

    return verify, bare


def _sign(key: LocalKey, number: int) -> SignedBytes:
    at = NOW + timedelta(seconds=number)
    return Signer(key, lambda: at).sign(str(number).encode().ljust(PAYLOAD_BYTES, b"x"))


def _ready(signed: SignedBytes) -> tuple[bytes, bytes]:
    protected, _, written = signed.jws.split(".")
    raw = decode(written)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return encode_dss_signature(r, s), protected.encode() + b"." + signed.payload


def _time(run: Callable[[], None]) -> int:
    begin = perf_counter_ns()
    run()
    return perf_counter_ns() - begin


def _us(slice_ns: float) -> float:
    return round(slice_ns / MESSAGES / 1000, 2)


def main() -> None:
    repeated, fresh = measure(fresh_headers=False), measure(fresh_headers=True)
    print(json.dumps({"ratio": repeated.ratio, "repeated": asdict(repeated), "fresh": asdict(fresh)}))


if __name__ == "__main__":
    main()
