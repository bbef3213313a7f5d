"""What a good signature gives, how integrity and trust are told apart, and that nothing old is believed."""

import dataclasses
from datetime import datetime

import pytest

from lienthong.common.pki import Revoked, make_crl
from lienthong.common.signing import (
    ADMISSION,
    STORED,
    Algorithm,
    Certificate,
    Grade,
    HeldBy,
    Integrity,
    KnownCertificate,
    KnownCertificates,
    LocalKey,
    Period,
    Reason,
    RevocationData,
    SignatureRefused,
    SignedBytes,
    Signer,
    State,
    Trust,
    TrustStore,
    Verified,
    Verifier,
    all_of,
    any_of,
)

from .world import DAY, HOUR, MINUTE, NOW, PAYLOAD, SECOND, SOURCE, Shape, craft, rsa_key, world

W = world()


def refusal(**arguments: object) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as refused:
        W.verify(**arguments)  # type: ignore[arg-type]
    return refused.value


class TestGoodSignature:
    def test_tells_who_signed_what_and_when(self) -> None:
        signed = W.sign()
        verified = W.verify(signed)
        assert verified.payload == PAYLOAD
        assert verified.jws == signed.jws
        assert verified.signed == signed
        assert verified.certificate == W.certificate
        assert verified.holder == SOURCE
        assert verified.signed_at == NOW
        assert verified.checked_at == NOW
        assert verified.grade is Grade.STANDARD

    @pytest.mark.parametrize(
        ("algorithm", "grade"),
        [(Algorithm.PS256, Grade.STANDARD), (Algorithm.RS256, Grade.TOLERATED)],
    )
    def test_rsa_is_graded(self, algorithm: Algorithm, grade: Grade) -> None:
        holder = craft(W.issuing, Shape(key=rsa_key()))
        signed = W.sign(
            W.header(alg=algorithm.value, x5t=holder.certificate.fingerprint), key=holder.key, algorithm=algorithm
        )
        verified = W.verify(signed, known=W.known(certificate=holder.certificate, rs256=True))
        assert verified.grade is grade

    def test_certificate_without_a_name_of_ours_passes_and_the_register_names_its_holder(self) -> None:
        government = craft(W.issuing, Shape())
        known = KnownCertificates([KnownCertificate(government.certificate, W.issuing.chain, holder=SOURCE)])
        signed = W.sign(W.header(x5t=government.certificate.fingerprint), key=government.key)
        assert W.verify(signed, known=known, policy=all_of(ADMISSION, HeldBy(SOURCE))).holder == SOURCE

    @pytest.mark.parametrize("payload", [b"", b"\x00", b"a.b.c", b"\xff" * 3000, "Đ".encode() * 70_000])
    def test_payload_may_be_any_bytes(self, payload: bytes) -> None:
        assert W.verify(W.sign(payload=payload)).payload == payload

    @pytest.mark.parametrize("offset", [5 * MINUTE, -72 * HOUR])
    def test_signing_time_may_reach_both_ends_of_the_window(self, offset: object) -> None:
        signed = W.sign(W.header(iat=int((NOW + offset).timestamp())))  # type: ignore[operator]
        assert W.verify(signed)

    def test_stored_facts_may_be_of_any_age_but_not_from_the_future(self) -> None:
        assert W.verify(W.sign(W.header(iat=0)), policy=STORED)
        ahead = W.sign(W.header(iat=int((NOW + 301 * SECOND).timestamp())))
        assert refusal(signed=ahead, policy=STORED).reason is Reason.SIGNATURE_TIME

    def test_any_of_takes_one_of_several_holders(self) -> None:
        assert W.verify(policy=any_of(HeldBy("/services/exchange"), HeldBy(SOURCE)))

    def test_members_of_the_header_may_stand_in_any_order_and_spacing(self) -> None:
        members = W.header()
        assert W.verify(W.sign(dict(reversed(list(members.items())))))

    def test_line_form_carries_the_same_signature(self) -> None:
        signed = W.sign()
        assert SignedBytes.from_line(signed.to_line()) == signed
        assert list(signed.to_line()) == ["protected", "payload", "signature"]
        assert signed.unverified_header().fingerprint == W.certificate.fingerprint


class TestAnswer:
    """Integrity, trust and reason apart."""

    def check(self, signed: SignedBytes | None = None, revocations: RevocationData | None = None) -> object:
        verifier = Verifier(W.trust(), revocations or W.lists(), ADMISSION)
        answer = verifier.check(signed or W.sign(), at=NOW, certificates=W.known())
        return (answer.integrity, answer.trust, answer.reason, answer.exit_code, answer.ok)

    def test_valid(self) -> None:
        assert self.check() == (Integrity.VALID, Trust.TRUSTED, None, 0, True)

    def test_changed_payload_says_nothing_of_the_signer(self) -> None:
        changed = SignedBytes(PAYLOAD + b" ", W.sign().jws)
        assert self.check(changed) == (Integrity.INVALID, Trust.UNKNOWN, Reason.SIGNATURE_WRONG, 1, False)

    def test_revoked_signer_of_intact_bytes(self) -> None:
        revoked = W.lists(Revoked(W.certificate.serial, NOW - HOUR))
        expected = (Integrity.VALID, Trust.UNTRUSTED, Reason.CERTIFICATE_REVOKED, 1, False)
        assert self.check(revocations=revoked) == expected

    def test_without_revocation_data_nobody_can_tell(self) -> None:
        expected = (Integrity.VALID, Trust.UNKNOWN, Reason.REVOCATION_MISSING, 2, False)
        assert self.check(revocations=RevocationData()) == expected

    def test_unknown_certificate_leaves_integrity_open(self) -> None:
        verification = refusal(known=KnownCertificates()).verification
        assert (verification.integrity, verification.trust) == (Integrity.UNKNOWN, Trust.UNTRUSTED)
        assert verification.signed_at == NOW
        assert verification.certificate is None

    def test_refusal_names_the_certificate_and_the_claimed_time(self) -> None:
        verification = refusal(known=W.known(Period(State.SUSPENDED, NOW))).verification
        assert verification.certificate == W.certificate
        assert verification.signed_at == NOW
        assert verification.grade is Grade.STANDARD


class TestVerifiedIsMadeByTheVerifierOnly:
    def test_has_no_constructor(self) -> None:
        with pytest.raises(TypeError):
            Verified()

    def test_cannot_be_copied_with_other_contents(self) -> None:
        verified = W.verify()
        with pytest.raises(TypeError):
            dataclasses.replace(verified, payload=b"other")  # type: ignore[type-var]

    @pytest.mark.parametrize("name", ["payload", "certificate", "holder", "jws", "signed_at"])
    def test_cannot_be_altered(self, name: str) -> None:
        verified = W.verify()
        with pytest.raises(AttributeError):
            setattr(verified, name, b"other")
        with pytest.raises(AttributeError):
            verified.anything = 1  # type: ignore[attr-defined]

    def test_unverified_bytes_are_another_type(self) -> None:
        assert not isinstance(W.sign(), Verified)


class TestMemoryOfPaths:
    """A path is judged once, and never for a moment longer than the judgement holds."""

    def judge(self, verifier: Verifier, known: KnownCertificates, at: datetime) -> Reason | None:
        signed = W.sign(W.header(iat=int(at.timestamp())))
        return verifier.check(signed, at=at, certificates=known).reason

    def test_ends_with_the_list(self) -> None:
        verifier, known = Verifier(W.trust(), W.lists(at=NOW, lifetime=HOUR), ADMISSION), W.known()
        assert self.judge(verifier, known, NOW) is None
        assert self.judge(verifier, known, NOW + HOUR - SECOND) is None
        assert self.judge(verifier, known, NOW + HOUR) is Reason.REVOCATION_STALE
        assert self.judge(verifier, known, NOW + HOUR - SECOND) is None

    def test_ends_with_a_new_list(self) -> None:
        data = W.lists()
        verifier, known = Verifier(W.trust(), data, ADMISSION), W.known()
        assert self.judge(verifier, known, NOW) is None
        data.add_crl(make_crl(W.issuing, [Revoked(W.certificate.serial, NOW - MINUTE)], number=2, at=NOW))
        assert self.judge(verifier, known, NOW) is Reason.CERTIFICATE_REVOKED
        assert self.judge(verifier, known, NOW - 2 * MINUTE) is None

    def test_ends_with_a_new_entry_of_the_register(self) -> None:
        verifier, known = Verifier(W.trust(), W.lists(), ADMISSION), W.known()
        assert self.judge(verifier, known, NOW) is None
        known.put(KnownCertificate(W.certificate, W.issuing.chain, (Period(State.SUSPENDED, NOW - DAY),)))
        assert self.judge(verifier, known, NOW) is Reason.CERTIFICATE_SUSPENDED

    def test_ends_with_the_certificate_to_the_microsecond(self) -> None:
        holder = craft(W.issuing, Shape(end=NOW + MINUTE))
        known = W.known(certificate=holder.certificate)
        verifier = Verifier(W.trust(), W.lists(), ADMISSION)
        signed = W.sign(W.header(x5t=holder.certificate.fingerprint), key=holder.key)

        def reason(at: datetime) -> Reason | None:
            return verifier.check(signed, at=at, certificates=known).reason

        assert reason(NOW) is None
        assert reason(NOW + MINUTE) is None
        assert reason(NOW + MINUTE + datetime.resolution) is Reason.CERTIFICATE_EXPIRED

    def test_ends_where_a_period_begins(self) -> None:
        known = W.known(
            Period(State.ACTIVE, NOW - DAY, NOW),
            Period(State.SUSPENDED, NOW, NOW + HOUR),
            Period(State.ACTIVE, NOW + HOUR, NOW + 2 * HOUR),
            Period(State.SUPERSEDED, NOW + 2 * HOUR),
        )
        verifier = Verifier(W.trust(), W.lists(), ADMISSION)
        expected = [None, Reason.CERTIFICATE_SUSPENDED, None, Reason.CERTIFICATE_SUPERSEDED]
        times = [NOW - SECOND, NOW, NOW + HOUR, NOW + 2 * HOUR]
        assert [self.judge(verifier, known, at) for at in times] == expected
        assert [self.judge(verifier, known, at) for at in reversed(times)] == expected[::-1]

    def test_is_not_shared_between_verifiers_of_different_trust(self) -> None:
        known = W.known()
        foreign = Verifier(TrustStore([craft(None, Shape(ca=True)).certificate]), W.lists(), ADMISSION)
        own = Verifier(W.trust(), W.lists(), ADMISSION)
        for _ in range(2):
            assert self.judge(own, known, NOW) is None
            assert self.judge(foreign, known, NOW) is Reason.FOREIGN_CA

    def test_revocation_that_takes_effect_later_is_not_overlooked(self) -> None:
        data = W.lists(Revoked(W.certificate.serial, NOW + HOUR))
        verifier, known = Verifier(W.trust(), data, ADMISSION), W.known()
        assert self.judge(verifier, known, NOW) is None
        assert self.judge(verifier, known, NOW + HOUR) is Reason.CERTIFICATE_REVOKED


def test_signer_and_verifier_agree_for_every_kind_of_key() -> None:
    for shape in (Shape(), Shape(key=rsa_key())):
        holder = craft(W.issuing, shape)
        signed = Signer(LocalKey.of(holder.key, holder.certificate), lambda: NOW).sign(PAYLOAD)
        assert W.verify(signed, known=W.known(certificate=holder.certificate)).payload == PAYLOAD


def test_equal_certificates_are_those_of_equal_bytes() -> None:
    assert Certificate.from_der(W.certificate.der) == W.certificate
    assert len({Certificate.from_der(W.certificate.der), W.certificate}) == 1
    assert W.root.certificate != W.issuing.certificate
