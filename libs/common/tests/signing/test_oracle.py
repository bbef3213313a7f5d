"""joserfc, an independent implementation, reads what we write and writes what we read."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, RSAKey
from joserfc.registry import HeaderParameter

from lienthong.common.pki import Authority, generate_key, key_to_pem
from lienthong.common.signing import Algorithm, LocalKey, SignedBytes, Signer

from .world import NOW, PAYLOAD, Shape, craft, rsa_key, world

W = world()
ALGORITHMS = [Algorithm.ES256, Algorithm.ES384, Algorithm.PS256, Algorithm.RS256]
REGISTRY = jws.JWSRegistry(
    header_registry={
        "iat": HeaderParameter("issued at", "int"),
        "b64": HeaderParameter("payload not encoded", "bool"),
    },
    algorithms=[algorithm.value for algorithm in ALGORITHMS],
)


def holder_for(algorithm: Algorithm) -> Authority:
    if algorithm is Algorithm.ES256:
        return craft(W.issuing, Shape(key=generate_key()))
    if algorithm is Algorithm.ES384:
        return craft(W.issuing, Shape(key=ec.generate_private_key(ec.SECP384R1())))
    return craft(W.issuing, Shape(key=rsa_key()))


def oracle_key(holder: Authority) -> ECKey | RSAKey:
    pem = key_to_pem(holder.key)
    return ECKey.import_key(pem) if isinstance(holder.key, ec.EllipticCurvePrivateKey) else RSAKey.import_key(pem)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_oracle_verifies_what_we_sign(algorithm: Algorithm) -> None:
    holder = holder_for(algorithm)
    signed = Signer(LocalKey(holder.key, holder.certificate, (), algorithm), lambda: NOW).sign(PAYLOAD)
    obj = jws.deserialize_compact(signed.jws, oracle_key(holder), payload=PAYLOAD, registry=REGISTRY)
    assert obj.payload == PAYLOAD
    assert obj.headers()["x5t#S256"] == holder.certificate.fingerprint
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(signed.jws, oracle_key(holder), payload=PAYLOAD + b" ", registry=REGISTRY)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_we_verify_what_the_oracle_signs(algorithm: Algorithm) -> None:
    holder = holder_for(algorithm)
    header = W.header(alg=algorithm.value, x5t=holder.certificate.fingerprint)
    text = jws.serialize_compact(dict(header), PAYLOAD, oracle_key(holder), registry=REGISTRY)
    protected, signature = text.split(".", 1)[0], text.rsplit(".", 1)[1]
    signed = SignedBytes(PAYLOAD, f"{protected}..{signature}")
    verified = W.verify(signed, known=W.known(certificate=holder.certificate, rs256=True))
    assert verified.payload == PAYLOAD
