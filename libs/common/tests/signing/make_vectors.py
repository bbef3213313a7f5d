"""Makes vectors/*.json: messages, certificates, lists and the answer each must get, now and in ten years.

    python -m libs.common.tests.signing.make_vectors          (from the repository's root)

They are committed, so that a change of the library that reads yesterday's signatures otherwise shows.
Keys are fresh each time and thrown away; making them anew is needed only when a case is added.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from lienthong.common.pki import Revoked, make_crl, make_training_authority
from lienthong.common.signing import Algorithm, Certificate, KnownCertificate, Reason, SignedBytes
from lienthong.common.signing.base64url import encode

from .world import DAY, HOUR, ISSUES, NOW, PAYLOAD, SECOND, Shape, craft, rsa_key, subject, world

FOLDER = Path(__file__).parent / "vectors"
W = world()


@dataclass(frozen=True)
class Vector:
    """One case; what is not given is as in the good one."""

    name: str
    signed: SignedBytes
    reason: Reason | None
    certificate: Certificate = W.certificate
    chain: tuple[Certificate, ...] = W.issuing.chain
    anchors: tuple[Certificate, ...] = W.authority.anchors
    lists: tuple[bytes, ...] = field(
        default_factory=lambda: tuple(
            make_crl(each, [], number=1, at=NOW - HOUR, lifetime=DAY) for each in (W.root, W.issuing)
        )
    )
    at: timedelta = timedelta()
    allows_rs256: bool = False

    def to_json(self) -> str:
        members = {
            "name": self.name,
            "payload": encode(self.signed.payload),
            "jws": self.signed.jws,
            "certificate": encode(self.certificate.der),
            "chain": [encode(each.der) for each in self.chain],
            "anchors": [encode(each.der) for each in self.anchors],
            "lists": [encode(each) for each in self.lists],
            "at": (NOW + self.at).isoformat(),
            "allows_rs256": self.allows_rs256,
            "reason": None if self.reason is None else self.reason.value,
        }
        return json.dumps(members, indent=1) + "\n"


def vectors() -> Iterator[Vector]:
    """All cases."""
    yield from _good()
    yield from _bad_bytes()
    yield from _bad_certificates()


def _good() -> Iterator[Vector]:
    yield Vector("es256", W.sign(), None)
    yield Vector("empty_payload", W.sign(payload=b""), None)
    for algorithm in (Algorithm.PS256, Algorithm.RS256):
        holder = craft(W.issuing, Shape(key=rsa_key()))
        header = W.header(alg=algorithm.value, x5t=holder.certificate.fingerprint)
        signed = W.sign(header, key=holder.key, algorithm=algorithm)
        yield Vector(algorithm.value.lower(), signed, None, holder.certificate, allows_rs256=True)


def _bad_bytes() -> Iterator[Vector]:
    good = W.sign()
    protected, _, signature = good.jws.split(".")
    yield Vector("changed_payload", SignedBytes(PAYLOAD + b" ", good.jws), Reason.SIGNATURE_WRONG)
    yield Vector("padded", SignedBytes(PAYLOAD, good.jws + "=="), Reason.JWS_PADDING)
    attached = SignedBytes(PAYLOAD, f"{protected}.{encode(PAYLOAD)}.{signature}")
    yield Vector("attached", attached, Reason.JWS_ATTACHED_PAYLOAD)
    yield Vector("alg_none", W.sign(W.header(alg="none")), Reason.HEADER_ALG_NONE)
    yield Vector("alg_hs256", W.sign(W.header(alg="HS256")), Reason.HEADER_ALG_SYMMETRIC)
    yield Vector("alg_not_for_key", W.sign(W.header(alg="PS256")), Reason.ALG_NOT_FOR_KEY)
    yield Vector("b64_true", W.sign(W.header(b64=True)), Reason.HEADER_B64)
    yield Vector("crit_unknown", W.sign(W.header(crit=["b64", "exp"])), Reason.HEADER_CRIT_UNKNOWN)
    yield Vector("embedded_key", W.sign(W.header(x5c=[encode(W.certificate.der)])), Reason.HEADER_EMBEDDED_KEY)
    twice = json.dumps(W.header()).replace('{"alg"', '{"alg": "none", "alg"').encode()
    yield Vector("member_twice", W.sign(twice), Reason.HEADER_DUPLICATE_MEMBER)
    old = W.sign(W.header(iat=int((NOW - 73 * HOUR).timestamp())))
    yield Vector("signed_too_long_ago", old, Reason.SIGNATURE_TIME)


def _bad_certificates() -> Iterator[Vector]:
    revoked = make_crl(W.issuing, [Revoked(W.certificate.serial, NOW - HOUR)], number=2, at=NOW - HOUR)
    root_list = make_crl(W.root, [], number=1, at=NOW - 3 * HOUR)
    yield Vector("revoked", W.sign(), Reason.CERTIFICATE_REVOKED, lists=(root_list, revoked))
    before = W.sign(W.header(iat=int((NOW - HOUR - SECOND).timestamp())))
    yield Vector("good_before_revocation", before, None, lists=(root_list, revoked), at=-HOUR - SECOND)
    yield Vector("no_revocation_data", W.sign(), Reason.REVOCATION_MISSING, lists=())
    yield Vector("stale_revocation_data", W.sign(), Reason.REVOCATION_STALE, at=2 * DAY)
    foreign = craft(None, Shape(name=subject("Foreign"), ca=True, usage=ISSUES))
    yield Vector("foreign_ca", W.sign(), Reason.FOREIGN_CA, anchors=(foreign.certificate,))
    fake = make_training_authority(NOW - 300 * DAY)
    yield Vector("look_alike_ca", W.sign(), Reason.LOOK_ALIKE_CA, anchors=fake.anchors)
    expired = craft(W.issuing, Shape(end=NOW - SECOND))
    signed = W.sign(W.header(x5t=expired.certificate.fingerprint), key=expired.key)
    yield Vector("expired", signed, Reason.CERTIFICATE_EXPIRED, expired.certificate)
    weak = craft(W.issuing, Shape(key=rsa_key(1024)))
    header = W.header(alg="PS256", x5t=weak.certificate.fingerprint)
    signed = W.sign(header, key=weak.key, algorithm=Algorithm.PS256)
    yield Vector("weak_key", signed, Reason.CERTIFICATE_WEAK_KEY, weak.certificate)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for vector in vectors():
        # A vector that does not know its certificate would prove nothing.
        assert KnownCertificate(vector.certificate)
        (FOLDER / f"{vector.name}.json").write_text(vector.to_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
