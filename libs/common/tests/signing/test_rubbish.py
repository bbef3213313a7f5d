"""Files of any content end in MaterialRefused or in a certificate, a list, an answer: nothing else escapes."""

from contextlib import suppress

import pytest
from cryptography.x509 import load_der_x509_crl
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.common.pki import make_crl, make_ocsp
from lienthong.common.signing import (
    ADMISSION,
    Certificate,
    KnownCertificate,
    KnownCertificates,
    MaterialRefused,
    OcspAnswer,
    RevocationData,
    RevocationList,
    TrustStore,
    Verifier,
)

from .world import HOUR, NOW, world

W = world()
CRL = make_crl(W.issuing, [], number=1, at=NOW - HOUR)
OCSP = make_ocsp(W.issuing, W.certificate, at=NOW - HOUR)
SIGNED_LIST = load_der_x509_crl(CRL).tbs_certlist_bytes
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")
MANY = settings(max_examples=300, deadline=None)


def flips(data: bytes) -> list[bytes]:
    """Every byte changed in three ways."""
    return [
        data[:index] + bytes([data[index] ^ mask]) + data[index + 1 :]
        for index in range(len(data))
        for mask in (1, 0x20, 0x80)
    ]


def _same(one: Certificate, other: Certificate) -> bool:
    """Whether what the issuer signed is the same: outside of it DER leaves a few bits that say nothing."""
    return one.x509.tbs_certificate_bytes == other.x509.tbs_certificate_bytes


def test_a_changed_certificate_is_never_trusted() -> None:
    verifier = Verifier(W.trust(), W.lists(), ADMISSION)
    for data in flips(W.certificate.der):
        with suppress(MaterialRefused):
            certificate = Certificate.from_der(data)
            known = KnownCertificate(certificate, W.issuing.chain)
            signed = W.sign(W.header(x5t=certificate.fingerprint))
            answer = verifier.check(signed, at=NOW, certificates=KnownCertificates([known]))
            assert not answer.ok or _same(certificate, W.certificate)


def test_a_changed_anchor_or_intermediate_never_helps() -> None:
    for data in flips(W.issuing.certificate.der):
        with suppress(MaterialRefused):
            chain = (Certificate.from_der(data),)
            finding = W.trust().check_path(W.certificate, at=NOW, revocations=W.lists(), chain=chain)
            assert finding.reason is not None or _same(chain[0], W.issuing.certificate)
    for data in flips(W.root.certificate.der):
        with suppress(MaterialRefused):
            trust = TrustStore([Certificate.from_der(data)])
            trust.check_path(W.certificate, at=NOW, revocations=W.lists(), chain=W.issuing.chain)


def test_a_changed_list_never_speaks() -> None:
    for data in flips(CRL):
        with suppress(MaterialRefused):
            found = RevocationData([RevocationList.from_bytes(data)])
            reason = found.finding(W.certificate, W.issuing.certificate, NOW).reason
            assert reason is not None or load_der_x509_crl(data).tbs_certlist_bytes == SIGNED_LIST


def test_a_changed_answer_never_says_good() -> None:
    for data in flips(OCSP):
        with suppress(MaterialRefused):
            found = RevocationData(answers=[OcspAnswer.from_bytes(data)])
            finding = found.finding(W.certificate, W.issuing.certificate, NOW)
            # What lies outside the signed part, such as the status' encoding, may change; the answer may not.
            assert finding.reason is not None or OcspAnswer.from_bytes(data).evidence(
                W.certificate, W.issuing.certificate
            ) == OcspAnswer.from_bytes(OCSP).evidence(W.certificate, W.issuing.certificate)


@MANY
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_as_material(data: bytes) -> None:
    for read in (Certificate.from_der, Certificate.from_pem, RevocationList.from_bytes, OcspAnswer.from_bytes):
        with pytest.raises(MaterialRefused):
            read(data)
