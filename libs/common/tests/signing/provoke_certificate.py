"""Refusals of the signature, the certificate, its path and the register."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA224
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from lienthong.common.pki import Authority, Revoked, make_training_authority
from lienthong.common.signing import (
    Algorithm,
    Certificate,
    KnownCertificate,
    KnownCertificates,
    Period,
    Reason,
    SignedBytes,
    State,
    TrustStore,
    load_chain,
)
from lienthong.common.signing.base64url import encode

from .provocations import provokes
from .world import (
    DAY,
    HOUR,
    ISSUES,
    NOW,
    PAYLOAD,
    SECOND,
    Shape,
    craft,
    rsa_key,
    subject,
    usage,
    with_other_hash,
    world,
)

_W = world()
_SHA256_RSA, _SHA1_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
_STRANGE = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")


def _signature(raw: bytes) -> SignedBytes:
    return SignedBytes(PAYLOAD, _W.sign().jws.rpartition(".")[0] + "." + encode(raw))


# The signature -----------------------------------------------------------------------------------

for _length in (0, 1, 63, 65, 70, 71, 72, 96, 128, 512):
    provokes(Reason.SIGNATURE_LENGTH)(lambda length=_length: _W.verify(_signature(b"\x01" * length)))
for _raw in (b"\x00" * 64, b"\xff" * 64, b"\x01" * 64, b"\x00" * 32 + b"\x01" * 32, b"\x01" * 32 + b"\x00" * 32):
    provokes(Reason.SIGNATURE_WRONG)(lambda raw=_raw: _W.verify(_signature(raw)))
provokes(Reason.SIGNATURE_WRONG)(lambda: _W.verify(SignedBytes(PAYLOAD + b" ", _W.sign().jws)))
provokes(Reason.SIGNATURE_WRONG)(lambda: _W.verify(SignedBytes(b"", _W.sign().jws)))
provokes(Reason.SIGNATURE_WRONG)(lambda: _W.verify(_W.sign(key=_W.issuing.key)))


@provokes(Reason.SIGNATURE_LENGTH)
def _rsa_signature_cut_short() -> object:
    holder = craft(_W.issuing, Shape(key=rsa_key()))
    header = _W.header(alg="PS256", x5t=holder.certificate.fingerprint)
    signed = _W.sign(header, key=rsa_key(), algorithm=Algorithm.PS256)
    cut = SignedBytes(PAYLOAD, signed.jws.rpartition(".")[0] + "." + encode(b"\x01" * 255))
    return _W.verify(cut, known=_W.known(certificate=holder.certificate))


@provokes(Reason.SIGNATURE_WRONG)
def _pss_called_pkcs1() -> object:
    holder = craft(_W.issuing, Shape(key=rsa_key()))
    header = _W.header(alg="PS256", x5t=holder.certificate.fingerprint)
    signed = _W.sign(header, key=rsa_key(), algorithm=Algorithm.RS256)
    return _W.verify(signed, known=_W.known(certificate=holder.certificate))


for _algorithm in ("ES384", "PS256", "RS256"):
    provokes(Reason.ALG_NOT_FOR_KEY)(lambda name=_algorithm: _W.verify(_W.sign(_W.header(alg=name))))


@provokes(Reason.ALG_NOT_FOR_KEY)
def _es256_with_an_rsa_key() -> object:
    holder = craft(_W.issuing, Shape(key=rsa_key()))
    signed = _W.sign(_W.header(x5t=holder.certificate.fingerprint))
    return _W.verify(signed, known=_W.known(certificate=holder.certificate))


@provokes(Reason.ALG_NOT_REGISTERED)
def _rs256_without_registration() -> object:
    holder = craft(_W.issuing, Shape(key=rsa_key()))
    header = _W.header(alg="RS256", x5t=holder.certificate.fingerprint)
    signed = _W.sign(header, key=rsa_key(), algorithm=Algorithm.RS256)
    return _W.verify(signed, known=_W.known(certificate=holder.certificate))


for _iat in (NOW + 301 * SECOND, NOW - 72 * HOUR - SECOND, NOW - 300 * DAY):
    provokes(Reason.SIGNATURE_TIME)(lambda iat=_iat: _W.verify(_W.sign(_W.header(iat=int(iat.timestamp())))))

# The register ------------------------------------------------------------------------------------

provokes(Reason.CERTIFICATE_UNKNOWN)(lambda: _W.verify(known=KnownCertificates()))
provokes(Reason.CERTIFICATE_UNKNOWN)(lambda: _W.verify(_W.sign(_W.header(x5t="A" * 43))))
for _state, _reason in (
    (State.SUSPENDED, Reason.CERTIFICATE_SUSPENDED),
    (State.REVOKED, Reason.CERTIFICATE_REVOKED),
    (State.SUPERSEDED, Reason.CERTIFICATE_SUPERSEDED),
):
    provokes(_reason)(lambda state=_state: _W.verify(known=_W.known(Period(state, NOW))))
    provokes(_reason)(
        lambda state=_state: _W.verify(known=_W.known(Period(State.ACTIVE, NOW - DAY), Period(state, NOW - SECOND)))
    )
provokes(Reason.CERTIFICATE_NOT_REGISTERED_THEN)(lambda: _W.verify(known=_W.known(Period(State.ACTIVE, NOW + SECOND))))
provokes(Reason.CERTIFICATE_HOLDER_MISMATCH)(
    lambda: KnownCertificate(_W.certificate, holder="/agencies/019a0000-0000-7000-8000-000000000002")
)

# The certificate ---------------------------------------------------------------------------------

provokes(Reason.CERTIFICATE_MALFORMED)(lambda: Certificate.from_der(_W.certificate.der[:-1]))
provokes(Reason.CERTIFICATE_MALFORMED)(lambda: Certificate.from_der(_W.certificate.der + b"\x00"))
provokes(Reason.CERTIFICATE_MALFORMED)(
    lambda: load_chain(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
)
for _uris in (
    ["lienthong:agency:019A0000-0000-7000-8000-000000000001"],
    ["lienthong:agency:{019a0000-0000-7000-8000-000000000001}"],
    ["lienthong:agency:none"],
    ["lienthong:root:exchange"],
    ["lienthong:service:exchange", "lienthong:service:accounts"],
):
    provokes(Reason.CERTIFICATE_MALFORMED)(
        lambda uris=_uris: craft(
            _W.issuing,
            Shape(
                extensions=[(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris]), False)]
            ),
        )
    )
provokes(Reason.CERTIFICATE_NOT_YET_VALID)(lambda: _W.verify_holder(craft(_W.issuing, Shape(begin=NOW + SECOND))))
provokes(Reason.CERTIFICATE_EXPIRED)(lambda: _W.verify_holder(craft(_W.issuing, Shape(end=NOW - SECOND))))
provokes(Reason.CERTIFICATE_WEAK_KEY)(lambda: _W.verify_holder(craft(_W.issuing, Shape(key=rsa_key(1024)))))


@provokes(Reason.CERTIFICATE_WEAK_KEY)
def _small_exponent() -> object:
    key = rsa.generate_private_key(public_exponent=3, key_size=2048)
    return _W.verify_holder(craft(_W.issuing, Shape(key=key)))


@provokes(Reason.CERTIFICATE_WEAK_KEY)
def _weak_key_of_an_intermediate() -> object:
    weak = craft(_W.root, Shape(name=subject("Weak CA"), key=rsa_key(1024), ca=True, usage=ISSUES))
    return _W.verify_holder(craft(weak, Shape()), others=[weak])


@provokes(Reason.CERTIFICATE_WEAK_KEY)
def _curve_nobody_asked_for() -> object:
    odd = craft(
        _W.root,
        Shape(name=subject("Odd CA"), key=ec.generate_private_key(ec.SECP256K1()), ca=True, usage=ISSUES),
    )
    return _W.verify_holder(craft(odd, Shape()), others=[odd])


@provokes(Reason.CERTIFICATE_WEAK_HASH)
def _sha1_certificate() -> object:
    issuer = craft(_W.root, Shape(name=subject("RSA CA"), key=rsa_key(), ca=True, usage=ISSUES))
    good = craft(issuer, Shape())
    weak = with_other_hash(good.certificate, _SHA256_RSA, _SHA1_RSA)
    return _W.verify_holder(Authority(weak, good.key, issuer.chain), others=[issuer])


provokes(Reason.CERTIFICATE_WEAK_HASH)(lambda: _W.verify_holder(craft(_W.issuing, Shape(digest=SHA224()))))


@provokes(Reason.CERTIFICATE_WEAK_HASH)
def _intermediate_with_a_weak_hash() -> object:
    issuer = craft(_W.root, Shape(name=subject("SHA-224 CA"), ca=True, usage=ISSUES, digest=SHA224()))
    return _W.verify_holder(craft(issuer, Shape()), others=[issuer])


for _usage in (usage(), usage(key_encipherment=True), ISSUES, usage(key_agreement=True)):
    provokes(Reason.CERTIFICATE_KEY_USAGE)(lambda u=_usage: _W.verify_holder(craft(_W.issuing, Shape(usage=u))))
for _purposes in (
    [ExtendedKeyUsageOID.SERVER_AUTH],
    [ExtendedKeyUsageOID.CLIENT_AUTH],
    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
    [ExtendedKeyUsageOID.TIME_STAMPING],
    [ExtendedKeyUsageOID.OCSP_SIGNING],
):
    provokes(Reason.CERTIFICATE_KEY_USAGE)(
        lambda purposes=_purposes: _W.verify_holder(
            craft(_W.issuing, Shape(extensions=[(x509.ExtendedKeyUsage(purposes), False)]))
        )
    )
provokes(Reason.CERTIFICATE_CRITICAL_EXTENSION)(
    lambda: _W.verify_holder(craft(_W.issuing, Shape(extensions=[(_STRANGE, True)])))
)


@provokes(Reason.CERTIFICATE_CRITICAL_EXTENSION)
def _name_constraints_we_do_not_process() -> object:
    constraints = x509.NameConstraints([x509.DNSName("gov.vn")], None)
    issuer = craft(_W.root, Shape(name=subject("Bound CA"), ca=True, usage=ISSUES, extensions=[(constraints, True)]))
    return _W.verify_holder(craft(issuer, Shape()), others=[issuer])


provokes(Reason.CERTIFICATE_IS_CA)(
    lambda: _W.verify_holder(craft(_W.root, Shape(ca=True, usage=usage(digital_signature=True, key_cert_sign=True))))
)

# The path ----------------------------------------------------------------------------------------


@provokes(Reason.FOREIGN_CA)
def _another_authority() -> object:
    foreign = craft(None, Shape(name=subject("Foreign Root"), ca=True, usage=ISSUES))
    return _W.verify_holder(craft(foreign, Shape()), others=[foreign])


@provokes(Reason.FOREIGN_CA)
def _self_signed_seal() -> object:
    return _W.verify_holder(craft(None, Shape()))


@provokes(Reason.LOOK_ALIKE_CA)
def _root_with_the_same_name_and_another_key() -> object:
    fake = make_training_authority(NOW - 100 * DAY)
    assert fake.root.certificate.x509.subject == _W.root.certificate.x509.subject
    return _W.verify_holder(craft(fake.issuing, Shape()))


@provokes(Reason.LOOK_ALIKE_CA)
def _issuing_authority_with_the_same_name() -> object:
    fake = craft(None, Shape(name=_W.issuing.certificate.x509.subject, ca=True, usage=ISSUES))
    return _W.verify_holder(craft(fake, Shape()))


@provokes(Reason.PATH_TOO_LONG)
def _authority_below_one_that_may_have_none() -> object:
    below = craft(_W.issuing, Shape(name=subject("Below"), ca=True, usage=ISSUES))
    return _W.verify_holder(craft(below, Shape()), others=[below])


@provokes(Reason.PATH_TOO_LONG)
def _endless_chain() -> object:
    top = craft(None, Shape(name=subject("Top"), ca=True, usage=ISSUES))
    last = top
    for number in range(8):
        last = craft(last, Shape(name=subject(f"Level {number}"), ca=True, usage=ISSUES))
    return _W.verify_holder(craft(last, Shape()), trust=TrustStore([top.certificate]))


@provokes(Reason.ISSUER_NOT_CA)
def _issued_by_another_seal() -> object:
    seal = craft(_W.issuing, Shape(name=subject("Seal")))
    return _W.verify_holder(craft(seal, Shape()), others=[seal])


@provokes(Reason.ISSUER_NOT_CA)
def _authority_that_may_not_sign_certificates() -> object:
    issuer = craft(_W.root, Shape(name=subject("CRL only"), ca=True, usage=usage(crl_sign=True)))
    return _W.verify_holder(craft(issuer, Shape()), others=[issuer])


@provokes(Reason.ISSUER_NOT_CA)
def _self_signed_seal_made_an_anchor() -> object:
    seal = craft(None, Shape())
    return _W.verify_holder(seal, trust=TrustStore([seal.certificate]))


@provokes(Reason.ISSUER_NOT_VALID)
def _expired_intermediate() -> object:
    issuer = craft(_W.root, Shape(name=subject("Old CA"), ca=True, usage=ISSUES, end=NOW - SECOND))
    return _W.verify_holder(craft(issuer, Shape()), others=[issuer])


@provokes(Reason.ISSUER_NOT_VALID)
def _intermediate_of_tomorrow() -> object:
    issuer = craft(_W.root, Shape(name=subject("New CA"), ca=True, usage=ISSUES, begin=NOW + SECOND))
    return _W.verify_holder(craft(issuer, Shape()), others=[issuer])


@provokes(Reason.CERTIFICATE_REVOKED)
def _on_the_list() -> object:
    return _W.verify(revocations=_W.lists(Revoked(_W.certificate.serial, NOW - HOUR)))


@provokes(Reason.CERTIFICATE_SUSPENDED)
def _on_hold() -> object:
    held = Revoked(_W.certificate.serial, NOW - HOUR, x509.ReasonFlags.certificate_hold)
    return _W.verify(revocations=_W.lists(held))
