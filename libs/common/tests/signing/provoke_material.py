"""Refusals of policies, anchors, keys and certificate requests."""

import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lienthong.common.pki import (
    check_csr,
    generate_key,
    issue_kafka_client,
    issue_service,
    key_to_pem,
    make_csr,
    own_key,
)
from lienthong.common.signing import (
    Algorithm,
    HeldBy,
    KnownCertificate,
    KnownCertificates,
    LocalKey,
    Reason,
    SignedWithin,
    StandardGrade,
    TrustStore,
    UsesAlgorithm,
    all_of,
    any_of,
    held_by_any,
    open_key,
)

from .provocations import provokes
from .world import AGENCY, NOW, SOURCE, Shape, craft, rsa_key, subject, world

_W = world()
_FOLDER = Path(tempfile.mkdtemp(prefix="lienthong-keys-"))

# Policies ----------------------------------------------------------------------------------------

for _empty in (all_of(), any_of(), held_by_any([]), all_of(SignedWithin(), all_of()), all_of(any_of(), HeldBy(SOURCE))):
    provokes(Reason.POLICY_EMPTY)(lambda policy=_empty: _W.verify(policy=policy))
provokes(Reason.POLICY_NONE_MET)(lambda: _W.verify(policy=any_of(HeldBy("/services/exchange"), HeldBy("/agencies/x"))))
provokes(Reason.POLICY_HOLDER)(lambda: _W.verify(policy=HeldBy("/services/exchange")))
provokes(Reason.POLICY_HOLDER)(lambda: _W.verify(policy=all_of(SignedWithin(), HeldBy("/services/exchange"))))
provokes(Reason.POLICY_ALGORITHM)(lambda: _W.verify(policy=UsesAlgorithm(frozenset({Algorithm.ES384}))))


@provokes(Reason.POLICY_GRADE)
def _tolerated_algorithm() -> object:
    holder = craft(_W.issuing, Shape(key=rsa_key()))
    header = _W.header(alg="RS256", x5t=holder.certificate.fingerprint)
    known = KnownCertificates([KnownCertificate(holder.certificate, holder.chain, allows_rs256=True)])
    signed = _W.sign(header, key=rsa_key(), algorithm=Algorithm.RS256)
    return _W.verify(signed, known=known, policy=StandardGrade())


# Anchors -----------------------------------------------------------------------------------------


def _file(name: str, data: bytes) -> Path:
    path = _FOLDER / name
    path.write_bytes(data)
    return path


provokes(Reason.TRUST_EMPTY)(lambda: TrustStore([]))
provokes(Reason.TRUST_UNREADABLE)(lambda: TrustStore.load(_FOLDER / "missing"))
provokes(Reason.TRUST_UNREADABLE)(lambda: TrustStore.load(_file("rubbish.pem.txt", b"rubbish")))
provokes(Reason.TRUST_UNREADABLE)(lambda: TrustStore.load(Path("nul\x00byte")))
provokes(Reason.TRUST_TRAINING_ANCHOR)(lambda: TrustStore(_W.authority.anchors, refuse_training=True))


@provokes(Reason.TRUST_EMPTY)
def _folder_without_anchors() -> object:
    (_FOLDER / "empty").mkdir(exist_ok=True)
    return TrustStore.load(_FOLDER / "empty")


# Keys --------------------------------------------------------------------------------------------

_KEY = _file("seal.pem", key_to_pem(_W.key))
_LOCKED = _file("locked.pem", key_to_pem(_W.key, b"secret"))
_CERTIFICATE = _file("seal.crt", _W.certificate.to_pem())
_WRONG = _file("wrong.pw", b"guess\n")

for _uri in ("", "seal.pem", "http://a.vn/key", "file:", "file:?certificate=x", "file:/k", "file:/k?certificate"):
    provokes(Reason.KEY_URI_MALFORMED)(lambda uri=_uri: open_key(uri))
for _uri in (
    f"file:{_KEY}?certificate={_CERTIFICATE}&pin=1",
    f"file:{_KEY}?certificate={_CERTIFICATE}&certificate={_CERTIFICATE}",
    f"file://host{_KEY}?certificate={_CERTIFICATE}",
    f"pkcs12:{_KEY}?certificate={_CERTIFICATE}",
):
    provokes(Reason.KEY_URI_MALFORMED)(lambda uri=_uri: open_key(uri))
provokes(Reason.KEY_URI_UNSUPPORTED)(lambda: open_key("pkcs11:token=seal;object=key?pin-source=/run/pin"))
provokes(Reason.KEY_UNREADABLE)(lambda: open_key(f"file:{_FOLDER}/none.pem?certificate={_CERTIFICATE}"))
provokes(Reason.KEY_UNREADABLE)(lambda: open_key(f"file:{_CERTIFICATE}?certificate={_CERTIFICATE}"))
provokes(Reason.KEY_UNREADABLE)(lambda: open_key(f"pkcs12:{_KEY}"))
provokes(Reason.KEY_PASSWORD)(lambda: open_key(f"file:{_LOCKED}?certificate={_CERTIFICATE}"))
provokes(Reason.KEY_PASSWORD)(lambda: open_key(f"file:{_LOCKED}?certificate={_CERTIFICATE}&password-file={_WRONG}"))
provokes(Reason.KEY_PASSWORD)(lambda: open_key(f"file:{_KEY}?certificate={_CERTIFICATE}&password-file={_WRONG}"))
provokes(Reason.KEY_NOT_FOR_CERTIFICATE)(lambda: LocalKey.of(generate_key(), _W.certificate))


@provokes(Reason.KEY_WEAK)
def _weak_key_for_a_weak_certificate() -> object:
    weak = craft(_W.issuing, Shape(key=rsa_key(1024)))
    return LocalKey.of(weak.key, weak.certificate)


@provokes(Reason.KEY_WEAK)
def _key_of_a_kind_the_circular_does_not_name() -> object:
    key = ed25519.Ed25519PrivateKey.generate()
    path = _file("ed.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return open_key(f"file:{path}?certificate={_CERTIFICATE}")


provokes(Reason.KEY_WEAK)(lambda: check_csr(make_csr(rsa_key(1024), AGENCY, "UBND")))
provokes(Reason.KEY_WEAK)(lambda: own_key(rsa_key(1024)))

# Requests ----------------------------------------------------------------------------------------


def _request(*names: x509.GeneralName) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject("x"))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(generate_key(), SHA256()).public_bytes(Encoding.PEM)


def _named(text: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(text)


@provokes(Reason.REQUEST_NOT_PROVEN)
def _someone_elses_public_key() -> object:
    request = x509.load_pem_x509_csr(make_csr(_W.key, AGENCY, "UBND"))
    der = bytearray(request.public_bytes(Encoding.DER))
    der[-1] ^= 1
    return check_csr(x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM))


provokes(Reason.REQUEST_MALFORMED)(lambda: check_csr(b"rubbish"))
provokes(Reason.REQUEST_MALFORMED)(lambda: check_csr(b"-----BEGIN" + b"x" * 20_000))
provokes(Reason.REQUEST_WRONG_NAME)(lambda: check_csr(_request(), agency_id=AGENCY))
provokes(Reason.REQUEST_WRONG_NAME)(lambda: check_csr(_request(_named("lienthong:agency:x")), agency_id=AGENCY))
provokes(Reason.REQUEST_WRONG_NAME)(lambda: check_csr(_request(_named("a:1"), _named("a:2"))))
provokes(Reason.REQUEST_WRONG_NAME)(lambda: check_csr(_request(x509.DNSName("gov.vn"))))
for _id in ("", "a,CN=b", "a+CN=b", "a=b", "a b", "a\nb", "á", "a" * 65, "-a", 'a"b', "a/CN=b"):
    provokes(Reason.REQUEST_WRONG_NAME)(
        lambda identifier=_id: issue_kafka_client(_W.issuing, own_key(_W.key), identifier=identifier, at=NOW)
    )
for _id in ("", "Exchange", "a/b", "a:b", "a b", "1a"):
    provokes(Reason.REQUEST_WRONG_NAME)(lambda name=_id: issue_service(_W.issuing, own_key(_W.key), name=name, at=NOW))
for _name in ("", " ", "a\nb", "a\x00b"):
    provokes(Reason.REQUEST_WRONG_NAME)(lambda name=_name: make_csr(_W.key, AGENCY, name))
