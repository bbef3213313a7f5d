"""Keys by URI, and signing with them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from lienthong.common.pki import issue_kafka_client, key_to_pem, own_key
from lienthong.common.signing import Algorithm, LocalKey, MaterialRefused, Reason, Signer, open_key

from .world import DAY, NOW, PAYLOAD, SECOND, Shape, craft, pem, rsa_key, world

W = world()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seal.pem").write_bytes(key_to_pem(W.key))
    (tmp_path / "locked.pem").write_bytes(key_to_pem(W.key, "mật khẩu".encode()))
    (tmp_path / "seal.pw").write_bytes("mật khẩu\r\nsecond line".encode())
    (tmp_path / "seal.crt").write_bytes(pem(W.certificate, *W.issuing.chain))
    assert isinstance(W.key, ec.EllipticCurvePrivateKey)
    bundle = serialize_key_and_certificates(
        b"seal",
        W.key,
        W.certificate.x509,
        [W.issuing.certificate.x509],
        BestAvailableEncryption("mật khẩu".encode()),
    )
    (tmp_path / "seal.p12").write_bytes(bundle)
    return tmp_path


@pytest.mark.parametrize(
    "uri",
    [
        "file:{f}/seal.pem?certificate={f}/seal.crt",
        "file://{f}/seal.pem?certificate={f}/seal.crt",
        "FILE:{f}/locked.pem?certificate={f}/seal.crt&password-file={f}/seal.pw",
        "pkcs12:{f}/seal.p12?password-file={f}/seal.pw",
    ],
)
def test_key_is_opened_with_its_certificate_and_chain(folder: Path, uri: str) -> None:
    key = open_key(uri.format(f=folder))
    assert key.certificate == W.certificate
    assert key.chain == W.issuing.chain
    assert key.algorithm is Algorithm.ES256
    signed = Signer(key, lambda: NOW).sign(PAYLOAD)
    assert W.verify(signed).payload == PAYLOAD


def test_path_may_hold_escaped_letters(folder: Path) -> None:
    (folder / "con dấu.pem").write_bytes(key_to_pem(W.key))
    assert open_key(f"file:{folder}/con%20d%E1%BA%A5u.pem?certificate={folder}/seal.crt").certificate == W.certificate


def test_key_never_shows_in_a_log(folder: Path) -> None:
    assert "private" not in repr(open_key(f"file:{folder}/seal.pem?certificate={folder}/seal.crt"))


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), Algorithm.ES256),
        (ec.generate_private_key(ec.SECP384R1()), Algorithm.ES384),
        (rsa_key(), Algorithm.PS256),
    ],
)
def test_default_algorithm_is_the_circulars_for_the_kind_of_key(
    key: ec.EllipticCurvePrivateKey, algorithm: Algorithm
) -> None:
    holder = craft(W.issuing, Shape(key=key))
    assert LocalKey.of(holder.key, holder.certificate).algorithm is algorithm


def test_curve_that_no_algorithm_takes_is_refused() -> None:
    holder = craft(W.issuing, Shape(key=ec.generate_private_key(ec.SECP521R1())))
    with pytest.raises(MaterialRefused) as refused:
        LocalKey.of(holder.key, holder.certificate)
    assert refused.value.reason is Reason.KEY_WEAK


class TestSigner:
    """It does not sign what others would have to refuse."""

    def test_header_is_the_one_form(self) -> None:
        signed = Signer(LocalKey.of(W.key, W.certificate), lambda: NOW).sign(PAYLOAD)
        header = signed.unverified_header()
        assert (header.algorithm, header.signed_at) == (Algorithm.ES256, NOW)
        assert header.fingerprint == W.certificate.fingerprint

    @pytest.mark.parametrize(
        ("shape", "reason"),
        [
            (Shape(end=NOW - SECOND), Reason.CERTIFICATE_EXPIRED),
            (Shape(begin=NOW + SECOND, end=NOW + DAY), Reason.CERTIFICATE_NOT_YET_VALID),
        ],
    )
    def test_does_not_sign_outside_the_certificates_validity(self, shape: Shape, reason: Reason) -> None:
        holder = craft(W.issuing, shape)
        signer = Signer(LocalKey.of(holder.key, holder.certificate), lambda: NOW)
        with pytest.raises(MaterialRefused) as refused:
            signer.sign(PAYLOAD)
        assert refused.value.reason is reason

    def test_does_not_take_a_certificate_for_something_else(self) -> None:
        client = issue_kafka_client(W.issuing, own_key(W.key), identifier="a1", at=NOW)
        with pytest.raises(MaterialRefused) as refused:
            Signer(LocalKey.of(W.key, client), lambda: NOW)
        assert refused.value.reason is Reason.CERTIFICATE_KEY_USAGE

    def test_rs256_is_used_only_where_asked_for(self) -> None:
        holder = craft(W.issuing, Shape(key=rsa_key()))
        signer = Signer(LocalKey(holder.key, holder.certificate, (), Algorithm.RS256), lambda: NOW)
        assert signer.sign(PAYLOAD).unverified_header().algorithm is Algorithm.RS256
