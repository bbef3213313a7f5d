"""Refusals of revocation data: what is missing or unusable is never taken for good."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA224, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from lienthong.common.pki import Authority, Revoked, make_crl, make_ocsp, make_training_authority
from lienthong.common.signing import OcspAnswer, Reason, RevocationData, RevocationList

from .provocations import provokes
from .world import DAY, HOUR, ISSUES, NOW, SECOND, Shape, craft, subject, usage, world

_W = world()
_CRITICAL = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.2"), b"\x05\x00")

RESPONDER = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False), (x509.OCSPNoCheck(), False)]
"""What makes a certificate a responder's."""


def crl(
    issuer: Authority, *extensions: tuple[x509.ExtensionType, bool], digest: SHA256 | SHA224 | None = None
) -> bytes:
    """A list with any extensions and any hash."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.x509.subject)
        .last_update(NOW - HOUR)
        .next_update(NOW + DAY)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer.key, digest or SHA256()).public_bytes(Encoding.DER)


def only(*lists: bytes) -> RevocationData:
    """The root's good list, and of the issuing authority only these."""
    data = RevocationData()
    data.add_crl(make_crl(_W.root, [], number=1, at=NOW - HOUR))
    for each in lists:
        data.add_crl(each)
    return data


def scope(**limits: bool) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=limits.get("user", False),
        only_contains_ca_certs=limits.get("ca", False),
        only_some_reasons=None,
        indirect_crl=limits.get("indirect", False),
        only_contains_attribute_certs=limits.get("attribute", False),
    )


provokes(Reason.REVOCATION_MISSING)(lambda: _W.verify(revocations=RevocationData()))
provokes(Reason.REVOCATION_MISSING)(lambda: _W.verify(revocations=only()))


@provokes(Reason.REVOCATION_MISSING)
def _nothing_about_the_intermediate() -> object:
    data = RevocationData()
    data.add_crl(make_crl(_W.issuing, [], number=1, at=NOW - HOUR))
    return _W.verify(revocations=data)


@provokes(Reason.REVOCATION_MISSING)
def _a_list_of_authorities_only() -> object:
    return _W.verify(revocations=only(crl(_W.issuing, (scope(ca=True), True))))


provokes(Reason.REVOCATION_STALE)(lambda: _W.verify(revocations=_W.lists(at=NOW - DAY, lifetime=DAY)))
provokes(Reason.REVOCATION_STALE)(lambda: _W.verify(revocations=_W.lists(at=NOW - 2 * DAY, lifetime=DAY)))


@provokes(Reason.REVOCATION_STALE)
def _list_made_after_the_certificate_had_expired_and_may_have_left_it_out() -> object:
    holder = craft(_W.issuing, Shape(end=NOW + HOUR))
    known = _W.known(certificate=holder.certificate)
    data = only(make_crl(_W.issuing, [], number=9, at=NOW + 2 * HOUR))
    signed = _W.sign(_W.header(x5t=holder.certificate.fingerprint), key=holder.key)
    return _W.verify(signed, known=known, revocations=data)


@provokes(Reason.ISSUER_REVOKED)
def _intermediate_on_the_roots_list() -> object:
    data = RevocationData()
    data.add_crl(make_crl(_W.root, [Revoked(_W.issuing.certificate.serial, NOW - HOUR)], number=2, at=NOW - HOUR))
    data.add_crl(make_crl(_W.issuing, [], number=1, at=NOW - HOUR))
    return _W.verify(revocations=data)


@provokes(Reason.REVOCATION_NOT_BY_ISSUER)
def _list_of_a_look_alike() -> object:
    fake = make_training_authority(NOW - 100 * DAY)
    return _W.verify(revocations=only(make_crl(fake.issuing, [], number=7, at=NOW - HOUR)))


@provokes(Reason.REVOCATION_NOT_BY_ISSUER)
def _list_with_a_flipped_bit() -> object:
    data = bytearray(make_crl(_W.issuing, [], number=7, at=NOW - HOUR))
    data[-1] ^= 1
    return _W.verify(revocations=only(bytes(data)))


@provokes(Reason.REVOCATION_NOT_BY_ISSUER)
def _issuer_that_may_not_sign_lists() -> object:
    issuer = craft(_W.root, Shape(name=subject("No CRL"), ca=True, usage=usage(key_cert_sign=True)))
    return _W.verify_holder(craft(issuer, Shape()), others=[issuer])


provokes(Reason.REVOCATION_WEAK_HASH)(lambda: _W.verify(revocations=only(crl(_W.issuing, digest=SHA224()))))


@provokes(Reason.REVOCATION_WEAK_HASH)
def _list_signed_by_an_algorithm_nobody_has_heard_of() -> object:
    known, strange = bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d04037f")
    return _W.verify(revocations=only(crl(_W.issuing).replace(known, strange)))


provokes(Reason.REVOCATION_MALFORMED)(lambda: RevocationList.from_bytes(b""))
provokes(Reason.REVOCATION_MALFORMED)(lambda: RevocationList.from_bytes(b"-----BEGIN X509 CRL-----\n"))
provokes(Reason.REVOCATION_MALFORMED)(lambda: RevocationList.from_bytes(_W.certificate.der))
provokes(Reason.REVOCATION_MALFORMED)(lambda: OcspAnswer.from_bytes(b"\x30\x00"))
for _extension in (
    (x509.DeltaCRLIndicator(1), True),
    (scope(indirect=True), True),
    (scope(attribute=True), True),
    (_CRITICAL, True),
):
    provokes(Reason.REVOCATION_UNSUPPORTED)(
        lambda extension=_extension: RevocationList.from_bytes(crl(_W.issuing, extension))
    )


@provokes(Reason.REVOCATION_UNSUPPORTED)
def _entry_with_a_critical_extension() -> object:
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(5)
        .revocation_date(NOW - DAY)
        .add_extension(x509.CertificateIssuer([x509.DirectoryName(subject("Other"))]), critical=True)
        .build()
    )
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(_W.issuing.certificate.x509.subject)
        .last_update(NOW - HOUR)
        .next_update(NOW + DAY)
        .add_revoked_certificate(entry)
    )
    return _W.verify(revocations=only(builder.sign(_W.issuing.key, SHA256()).public_bytes(Encoding.DER)))


def answer(
    status: ocsp.OCSPCertStatus,
    signer: Authority,
    *extra: x509.Certificate,
    since: datetime = NOW - HOUR,
    until: datetime = NOW + HOUR,
) -> RevocationData:
    """The root's good list and one answer about the seal, signed by anyone."""
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=_W.certificate.x509,
        issuer=_W.issuing.certificate.x509,
        algorithm=SHA256(),
        cert_status=status,
        this_update=since,
        next_update=until,
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate.x509)
    if extra:
        builder = builder.certificates(extra)
    data = only()
    data.add_ocsp(builder.sign(signer.key, SHA256()).public_bytes(Encoding.DER))
    return data


@provokes(Reason.REVOCATION_STATUS_UNKNOWN)
def _responder_that_does_not_know_the_certificate() -> object:
    return _W.verify(revocations=answer(ocsp.OCSPCertStatus.UNKNOWN, _W.issuing))


@provokes(Reason.REVOCATION_STATUS_UNKNOWN)
def _responder_that_is_busy() -> object:
    busy = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    return OcspAnswer.from_bytes(busy.public_bytes(Encoding.DER))


@provokes(Reason.REVOCATION_NOT_BY_ISSUER)
def _ocsp_answer_of_a_look_alike() -> object:
    stranger = craft(_W.root, Shape(name=_W.issuing.certificate.x509.subject, ca=True, usage=ISSUES))
    return _W.verify(revocations=answer(ocsp.OCSPCertStatus.GOOD, stranger))


@provokes(Reason.REVOCATION_NOT_BY_ISSUER)
def _ocsp_answer_of_a_seal_of_the_same_issuer() -> object:
    seal = craft(_W.issuing, Shape(name=subject("Seal")))
    return _W.verify(revocations=answer(ocsp.OCSPCertStatus.GOOD, seal, seal.certificate.x509))


@provokes(Reason.REVOCATION_NOT_BY_ISSUER)
def _ocsp_responder_certified_by_the_wrong_authority() -> object:
    responder = craft(_W.root, Shape(name=subject("Responder"), extensions=RESPONDER))
    return _W.verify(revocations=answer(ocsp.OCSPCertStatus.GOOD, responder, responder.certificate.x509))


@provokes(Reason.REVOCATION_NOT_BY_ISSUER)
def _ocsp_responder_that_might_be_revoked_itself() -> object:
    responder = craft(_W.issuing, Shape(name=subject("Responder"), extensions=RESPONDER[:1]))
    return _W.verify(revocations=answer(ocsp.OCSPCertStatus.GOOD, responder, responder.certificate.x509))


@provokes(Reason.REVOCATION_STALE)
def _ocsp_answer_of_yesterday() -> object:
    data = only()
    data.add_ocsp(make_ocsp(_W.issuing, _W.certificate, at=NOW - DAY, lifetime=timedelta(hours=1)))
    return _W.verify(revocations=data)


@provokes(Reason.CERTIFICATE_REVOKED)
def _ocsp_says_revoked() -> object:
    data = _W.lists()
    data.add_ocsp(
        make_ocsp(_W.issuing, _W.certificate, at=NOW - HOUR, revoked=Revoked(_W.certificate.serial, NOW - 2 * HOUR))
    )
    return _W.verify(revocations=data)


@provokes(Reason.CERTIFICATE_REVOKED)
def _stale_list_that_knew_it_already() -> object:
    stale = make_crl(
        _W.issuing, [Revoked(_W.certificate.serial, NOW - 3 * DAY)], number=1, at=NOW - 2 * DAY, lifetime=DAY - SECOND
    )
    return _W.verify(revocations=only(stale))
