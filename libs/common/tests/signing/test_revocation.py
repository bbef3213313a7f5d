"""When revocation data speaks for a time: the table of revocation.py, row by row."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ReasonFlags, ocsp

from lienthong.common.pki import Revoked, make_crl, make_ocsp
from lienthong.common.signing import Finding, Reason, RevocationData
from lienthong.common.signing.crl import EXPIRED_CERTS_ON_CRL
from lienthong.common.signing.revocation import KEEP

from .provoke_revocation import RESPONDER, answer, crl, only
from .world import DAY, HOUR, NOW, SECOND, Shape, craft, subject, world

W = world()
HOLD = ReasonFlags.certificate_hold


def ask(data: RevocationData, at: datetime = NOW) -> Finding:
    return data.finding(W.certificate, W.issuing.certificate, at)


def lists(*issues: tuple[datetime, list[Revoked]], lifetime: timedelta = DAY) -> RevocationData:
    data = RevocationData()
    for number, (at, revoked) in enumerate(issues):
        data.add_crl(make_crl(W.issuing, revoked, number=number, at=at, lifetime=lifetime))
    return data


def mine(at: datetime, reason: ReasonFlags = ReasonFlags.key_compromise) -> Revoked:
    return Revoked(W.certificate.serial, at, reason)


class TestList:
    def test_covers_from_this_update_until_next_update(self) -> None:
        data = lists((NOW, []))
        assert ask(data, NOW).reason is None
        assert ask(data, NOW + DAY - SECOND).reason is None
        assert ask(data, NOW + DAY).reason is Reason.REVOCATION_STALE

    def test_good_finding_holds_for_its_span_only(self) -> None:
        finding = ask(lists((NOW, [])))
        assert (finding.since, finding.until) == (NOW, NOW + DAY)

    def test_revocation_counts_from_its_date_on(self) -> None:
        data = lists((NOW, [mine(NOW - HOUR)]))
        assert ask(data, NOW - HOUR - SECOND).reason is None
        assert ask(data, NOW - HOUR).reason is Reason.CERTIFICATE_REVOKED
        assert ask(data, NOW).reason is Reason.CERTIFICATE_REVOKED

    def test_revocation_is_final_even_on_a_stale_list_or_under_a_newer_one_without_it(self) -> None:
        data = lists((NOW - 10 * DAY, [mine(NOW - 11 * DAY)]), (NOW, []))
        assert ask(data).reason is Reason.CERTIFICATE_REVOKED
        assert ask(lists((NOW - 10 * DAY, [mine(NOW - 11 * DAY)]))).reason is Reason.CERTIFICATE_REVOKED

    def test_later_list_speaks_for_the_past(self) -> None:
        data = lists((NOW, []))
        assert ask(data, NOW - 5 * DAY).reason is None
        assert ask(lists((NOW, [mine(NOW - DAY)])), NOW - 5 * DAY).reason is None

    def test_hold_suspends_while_the_newest_covering_list_says_so(self) -> None:
        data = lists((NOW - 2 * HOUR, [mine(NOW - 3 * HOUR, HOLD)]), (NOW, []))
        assert ask(data, NOW - SECOND).reason is Reason.CERTIFICATE_SUSPENDED
        assert ask(data, NOW).reason is None

    def test_stale_hold_is_stale_not_good(self) -> None:
        assert ask(lists((NOW - 2 * DAY, [mine(NOW - 3 * DAY, HOLD)]))).reason is Reason.REVOCATION_STALE

    def test_serial_listed_twice_counts_by_its_harder_entry(self) -> None:
        data = lists((NOW, [mine(NOW - DAY), mine(NOW - 2 * DAY, HOLD)]))
        assert ask(data).reason is Reason.CERTIFICATE_REVOKED

    def test_other_serials_do_not_matter(self) -> None:
        assert ask(lists((NOW, [Revoked(1, NOW - DAY), Revoked(2**150, NOW - DAY)]))).reason is None

    @pytest.mark.parametrize("scope", ["user", "address"])
    def test_list_of_the_right_scope_speaks(self, scope: str) -> None:
        points = [x509.UniformResourceIdentifier("http://crl.vn/1")]
        distribution = x509.IssuingDistributionPoint(
            full_name=points if scope == "address" else None,
            relative_name=None,
            only_contains_user_certs=scope == "user",
            only_contains_ca_certs=False,
            only_some_reasons=None,
            indirect_crl=False,
            only_contains_attribute_certs=False,
        )
        data = only(crl(W.issuing, (distribution, True)))
        pointing = craft(
            W.issuing,
            Shape(extensions=[(x509.CRLDistributionPoints([x509.DistributionPoint(points, None, None, None)]), False)]),
        ).certificate
        assert data.finding(pointing, W.issuing.certificate, NOW).reason is None
        expected = None if scope == "user" else Reason.REVOCATION_MISSING
        assert ask(data).reason is expected

    def test_list_without_next_update_covers_nothing(self) -> None:
        # `cryptography` makes no such list; an OCSP answer without nextUpdate takes the same way.
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=W.certificate.x509,
            issuer=W.issuing.certificate.x509,
            algorithm=SHA256(),
            cert_status=ocsp.OCSPCertStatus.GOOD,
            this_update=NOW - HOUR,
            next_update=None,
            revocation_time=None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, W.issuing.certificate.x509)
        data = RevocationData()
        data.add_ocsp(builder.sign(W.issuing.key, SHA256()).public_bytes(Encoding.DER))
        assert ask(data).reason is Reason.REVOCATION_STALE
        assert ask(data, NOW - 2 * HOUR).reason is None

    def test_forgetting_old_lists_never_makes_anything_good(self) -> None:
        gone = craft(W.issuing, Shape(begin=NOW - 90 * DAY, end=NOW - 20 * DAY)).certificate
        data = lists((NOW - 30 * DAY, [Revoked(gone.serial, NOW - 31 * DAY)]))
        assert data.finding(gone, W.issuing.certificate, NOW - 25 * DAY).reason is Reason.CERTIFICATE_REVOKED
        for number in range(KEEP):
            data.add_crl(make_crl(W.issuing, [], number=number + 1, at=NOW + number * SECOND))
        assert data.finding(gone, W.issuing.certificate, NOW - 25 * DAY).reason is Reason.REVOCATION_STALE

    @pytest.mark.parametrize("held_number", [2, 4])
    @pytest.mark.parametrize("held_first", [True, False])
    def test_of_two_lists_of_one_second_the_higher_number_is_the_newer(
        self, held_number: int, *, held_first: bool
    ) -> None:
        held = make_crl(W.issuing, [mine(NOW - 2 * HOUR, HOLD)], number=held_number, at=NOW - HOUR)
        free = make_crl(W.issuing, [], number=3, at=NOW - HOUR)
        data = RevocationData()
        for each in (held, free) if held_first else (free, held):
            data.add_crl(each)
        expected = None if held_number < 3 else Reason.CERTIFICATE_SUSPENDED
        assert ask(data).reason is expected
        assert ask(data, NOW - HOUR - SECOND).reason is expected

    def test_a_list_that_keeps_expired_certificates_speaks_for_them(self) -> None:
        gone = craft(W.issuing, Shape(begin=NOW - 90 * DAY, end=NOW - 20 * DAY)).certificate
        data = RevocationData()
        data.add_crl(make_crl(W.issuing, [], number=1, at=NOW, keeps_expired=True))
        assert data.finding(gone, W.issuing.certificate, NOW - 25 * DAY).reason is None
        stolen = Revoked(gone.serial, NOW - 30 * DAY)
        data.add_crl(make_crl(W.issuing, [stolen], number=2, at=NOW, keeps_expired=True))
        assert data.finding(gone, W.issuing.certificate, NOW - 25 * DAY).reason is Reason.CERTIFICATE_REVOKED

    @pytest.mark.parametrize(
        "value", [b"\x18\x0f20261101000000Z", b"\x18\x0f2026110100000Zx", b"\x17\x0d200101000000Z", b"", b"\x18\x0f"]
    )
    def test_one_that_keeps_only_some_of_them_or_says_it_badly_does_not(self, value: bytes) -> None:
        gone = craft(W.issuing, Shape(begin=NOW - 90 * DAY, end=NOW - 25 * DAY)).certificate
        data = only(crl(W.issuing, (x509.UnrecognizedExtension(EXPIRED_CERTS_ON_CRL, value), False)))
        assert data.finding(gone, W.issuing.certificate, NOW - 30 * DAY).reason is Reason.REVOCATION_STALE


class TestOcsp:
    # Wide, because `cryptography` writes the machine's time as producedAt.
    RESPONDS = Shape(name=subject("Responder"), extensions=RESPONDER, begin=NOW - 4000 * DAY, end=NOW + 4000 * DAY)

    def test_good_answer_of_the_issuer(self) -> None:
        data = RevocationData()
        data.add_ocsp(make_ocsp(W.issuing, W.certificate, at=NOW - HOUR))
        assert ask(data).reason is None

    def test_answer_of_a_responder_the_issuer_has_named(self) -> None:
        responder = craft(W.issuing, self.RESPONDS)
        data = answer(ocsp.OCSPCertStatus.GOOD, responder, responder.certificate.x509)
        assert ask(data).reason is None

    def test_what_a_responder_said_ends_with_its_certificate(self) -> None:
        responder, far = craft(W.issuing, self.RESPONDS), NOW + 9000 * DAY
        data = answer(ocsp.OCSPCertStatus.GOOD, responder, responder.certificate.x509, until=far)
        assert ask(data, self.RESPONDS.end - SECOND).reason is None
        assert ask(data, self.RESPONDS.end).reason is Reason.REVOCATION_STALE

    def test_a_responder_says_nothing_of_times_after_its_own(self) -> None:
        responder, since = craft(W.issuing, self.RESPONDS), self.RESPONDS.end + DAY
        data = answer(
            ocsp.OCSPCertStatus.GOOD, responder, responder.certificate.x509, since=since, until=since + 9000 * DAY
        )
        assert ask(data).reason is Reason.REVOCATION_NOT_BY_ISSUER
        assert ask(data, since + HOUR).reason is Reason.REVOCATION_NOT_BY_ISSUER

    def test_responder_whose_certificate_had_expired_is_not_believed(self) -> None:
        responder = craft(W.issuing, replace(self.RESPONDS, end=NOW - 3000 * DAY))
        data = answer(ocsp.OCSPCertStatus.GOOD, responder, responder.certificate.x509)
        assert ask(data).reason is Reason.REVOCATION_NOT_BY_ISSUER

    def test_hold_suspends(self) -> None:
        data = RevocationData()
        data.add_ocsp(make_ocsp(W.issuing, W.certificate, at=NOW - HOUR, revoked=mine(NOW - DAY, HOLD)))
        assert ask(data).reason is Reason.CERTIFICATE_SUSPENDED

    def test_answer_about_another_certificate_is_no_answer(self) -> None:
        other = craft(W.issuing, Shape()).certificate
        data = RevocationData()
        data.add_ocsp(make_ocsp(W.issuing, other, at=NOW - HOUR))
        assert ask(data).reason is Reason.REVOCATION_MISSING

    def test_list_and_answer_are_weighed_together(self) -> None:
        data = lists((NOW - HOUR, []))
        data.add_ocsp(make_ocsp(W.issuing, W.certificate, at=NOW - HOUR, revoked=mine(NOW - HOUR)))
        assert ask(data).reason is Reason.CERTIFICATE_REVOKED
