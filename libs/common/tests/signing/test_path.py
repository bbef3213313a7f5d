"""Paths: several ways up, dishonest company, and an independent path checker as the oracle."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.common.pki import Authority, Revoked, issue_tsa, make_crl, make_training_authority, own_key
from lienthong.common.signing import Certificate, Reason, TrustStore, Usage, load_certificates
from lienthong.common.signing.path import MAX_CHECKS, Search

from .world import DAY, HOUR, ISSUES, NOW, SECOND, Shape, craft, pem, subject, world

W = world()


def reason(
    leaf: Authority,
    trust: TrustStore,
    *,
    lists: list[Authority],
    chain: tuple[Certificate, ...] = (),
    usage: Usage = Usage.SIGNATURE,
) -> Reason | None:
    return trust.check_path(
        leaf.certificate, at=NOW, revocations=W.lists(others=lists), chain=chain, usage=usage
    ).reason


def authority(issuer: Authority | None, name: str, **changes: object) -> Authority:
    return craft(issuer, Shape(name=subject(name), ca=True, usage=ISSUES, **changes))  # type: ignore[arg-type]


class TestWays:
    def test_intermediates_may_be_configured_instead_of_brought_along(self) -> None:
        trust = TrustStore(W.authority.anchors, [W.issuing.certificate])
        assert reason(craft(W.issuing, Shape()), trust, lists=[]) is None

    def test_intermediates_may_come_in_any_order_among_others(self) -> None:
        top, middle = authority(None, "Top"), None
        middle = authority(top, "Middle")
        low = authority(middle, "Low")
        chain = (W.root.certificate, low.certificate, top.certificate, middle.certificate)
        found = reason(craft(low, Shape()), TrustStore([top.certificate]), lists=[top, middle, low], chain=chain)
        assert found is None

    def test_an_intermediate_may_itself_be_the_anchor(self) -> None:
        assert reason(craft(W.issuing, Shape()), TrustStore([W.issuing.certificate]), lists=[]) is None

    def test_one_good_way_of_two_suffices(self) -> None:
        old, new = authority(None, "Old root"), authority(None, "New root")
        low = authority(new, "Low")
        crossed = craft(old, Shape(name=subject("Low"), key=low.key, ca=True, usage=ISSUES, end=NOW - SECOND))
        trust = TrustStore([old.certificate, new.certificate])
        leaf = craft(low, Shape())
        for chain in ((crossed.certificate, low.certificate), (low.certificate, crossed.certificate)):
            assert reason(leaf, trust, lists=[old, new, low], chain=chain) is None
        assert reason(leaf, trust, lists=[old, new, low], chain=(crossed.certificate,)) is Reason.ISSUER_NOT_VALID

    def test_self_issued_authorities_do_not_count_for_the_path_length(self) -> None:
        top = authority(None, "Top", path_length=1)
        old = authority(top, "Same", path_length=0)
        renewed = craft(old, Shape(name=subject("Same"), ca=True, usage=ISSUES))
        lists = [top, old, renewed]
        chain = (old.certificate, renewed.certificate)
        assert reason(craft(renewed, Shape()), TrustStore([top.certificate]), lists=lists, chain=chain) is None

    def test_revoked_intermediate_spoils_the_way(self) -> None:
        data = W.lists()
        data.add_crl(make_crl(W.root, [Revoked(W.issuing.certificate.serial, NOW - DAY)], number=3, at=NOW - HOUR))
        finding = W.trust().check_path(W.certificate, at=NOW, revocations=data, chain=W.issuing.chain)
        assert finding.reason is Reason.ISSUER_REVOKED


class TestUsage:
    def test_time_stamps_need_a_certificate_for_nothing_else(self) -> None:
        key = craft(W.issuing, Shape())
        tsa = issue_tsa(W.issuing, own_key(key.key), name="TSA", at=NOW)
        stamper = Authority(tsa, key.key)
        trust = W.trust()
        assert reason(stamper, trust, lists=[], chain=W.issuing.chain, usage=Usage.TIMESTAMP) is None
        assert reason(stamper, trust, lists=[], chain=W.issuing.chain) is Reason.CERTIFICATE_KEY_USAGE
        seal = Authority(W.certificate, W.key)
        found = reason(seal, trust, lists=[], chain=W.issuing.chain, usage=Usage.TIMESTAMP)
        assert found is Reason.CERTIFICATE_KEY_USAGE

    def test_absent_key_usage_restricts_nothing(self) -> None:
        leaf = craft(W.issuing, Shape(usage=None))
        assert reason(leaf, W.trust(), lists=[], chain=W.issuing.chain) is None


class TestDishonestCompany:
    def test_a_crowd_of_namesakes_costs_a_bounded_number_of_checks(self) -> None:
        fakes = [authority(None, "Namesake").certificate for _ in range(12)]
        last = authority(None, "Namesake")
        search = Search((W.root.certificate,), (*fakes, last.certificate))
        assert list(search.paths_from(craft(last, Shape()).certificate)) == []
        assert 0 <= search.checks_left <= MAX_CHECKS

    def test_two_authorities_that_certify_each_other_end_the_search(self) -> None:
        one = authority(None, "One")
        two = authority(one, "Two")
        back = craft(two, Shape(name=subject("One"), key=one.key, ca=True, usage=ISSUES))
        leaf = craft(one, Shape())
        chain = (one.certificate, two.certificate, back.certificate)
        assert reason(leaf, W.trust(), lists=[], chain=chain) in {Reason.FOREIGN_CA, Reason.PATH_TOO_LONG}

    def test_the_look_alike_root_in_the_signers_own_bundle_is_not_an_anchor(self) -> None:
        fake = make_training_authority(NOW - 100 * DAY)
        leaf = craft(fake.issuing, Shape())
        chain = (fake.issuing.certificate, fake.root.certificate)
        assert reason(leaf, W.trust(), lists=[fake.root, fake.issuing], chain=chain) is Reason.LOOK_ALIKE_CA


class TestAnchorsOnDisk:
    def test_folder_of_pem_and_der(self, tmp_path: Path) -> None:
        other = authority(None, "Other")
        (tmp_path / "a.pem").write_bytes(pem(W.root.certificate, W.issuing.certificate))
        (tmp_path / "b.cer").write_bytes(other.certificate.der)
        (tmp_path / "README").write_text("not a certificate")
        expected = (W.root.certificate, W.issuing.certificate, other.certificate)
        assert load_certificates(tmp_path) == expected
        assert TrustStore.load(tmp_path).anchors == expected

    def test_production_takes_an_anchor_that_is_not_for_training(self) -> None:
        real = authority(None, "RootCA chuyên dùng Chính phủ G2")
        assert TrustStore([real.certificate], refuse_training=True).anchors == (real.certificate,)


def oracle_accepts(leaf: Certificate, chain: list[Certificate], anchor: Certificate) -> bool:
    ca = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.CRITICAL, None)
    builder = (
        PolicyBuilder()
        .store(Store([anchor.x509]))
        .time(NOW)
        .extension_policies(ca_policy=ca, ee_policy=ExtensionPolicy.permit_all())
    )
    try:
        builder.build_client_verifier().verify(leaf.x509, [each.x509 for each in chain])
    except VerificationError:
        return False
    return True


level = st.fixed_dictionaries(
    {
        "ca": st.sampled_from([True, True, True, False]),
        "path_length": st.sampled_from([None, None, 0, 1]),
        "begin": st.sampled_from([NOW - DAY, NOW - DAY, NOW + DAY]),
        "end": st.sampled_from([NOW + 30 * DAY, NOW + 30 * DAY, NOW + 2 * DAY]),
        "honest": st.sampled_from([True, True, True, False]),
    }
)


@settings(max_examples=150, deadline=None)
@given(st.lists(level, min_size=1, max_size=4), st.booleans())
def test_we_accept_what_an_independent_checker_accepts_and_nothing_else(
    levels: list[dict[str, object]], known_root: bool
) -> None:
    """Chains of honest and dishonest authorities, judged by us and by `cryptography`'s own verifier."""
    root = authority(None, "Root")
    issuers = [root]
    for number, each in enumerate(levels):
        honest = each["honest"]
        above = issuers[-1] if honest else authority(None, f"Level {number - 1}" if number else "Root")
        is_ca = bool(each["ca"])
        shape = Shape(
            name=subject(f"Level {number}"),
            ca=is_ca,
            usage=ISSUES,
            path_length=each["path_length"] if is_ca else None,  # type: ignore[arg-type]
            begin=each["begin"],  # type: ignore[arg-type]
            end=max(each["begin"] + DAY, each["end"]),  # type: ignore[operator,type-var]
        )
        issuers.append(craft(above, shape))
    leaf = craft(issuers[-1], Shape(extensions=[(x509.SubjectAlternativeName([x509.DNSName("a.vn")]), False)]))
    chain = [each.certificate for each in issuers[1:]]
    anchor = root.certificate if known_root else authority(None, "Root").certificate
    ours = reason(leaf, TrustStore([anchor]), lists=issuers, chain=tuple(chain)) is None
    theirs = oracle_accepts(leaf.certificate, chain, anchor)
    assert ours == theirs
