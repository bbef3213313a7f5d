"""The training authority: what it says of itself, what it issues, and that it never issues unasked or too much."""

from __future__ import annotations

import stat
from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lienthong.common.pki import (
    Authority,
    Revoked,
    Urls,
    check_csr,
    generate_key,
    is_training,
    issue_agency,
    issue_kafka_client,
    issue_service,
    issue_tls_server,
    issue_tsa,
    key_from_pem,
    key_to_pem,
    load_authority,
    make_crl,
    make_csr,
    make_root,
    make_training_authority,
    own_key,
    read_password,
    save_authority,
    write_private,
)
from lienthong.common.signing import (
    Algorithm,
    Certificate,
    MaterialRefused,
    Reason,
    RevocationData,
    RevocationList,
    TrustStore,
)

NOW = datetime(2026, 11, 22, 2, 0, 0, 123_000, tzinfo=UTC)
AGENCY = UUID("019a0000-0000-7000-8000-000000000001")
CA = make_training_authority(NOW, root_urls=Urls(crl="http://ca.vn/root.crl"), issuing_urls=Urls("http://ca.vn/i.crl"))
KEY = generate_key()
REQUEST = own_key(KEY)


def common_names(certificate: Certificate) -> list[str]:
    return [str(each.value) for each in certificate.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def purposes(certificate: Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.x509.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


class TestAuthority:
    def test_subjects_say_training(self) -> None:
        for authority in (CA.root, CA.issuing):
            assert "TRAINING – ĐÀO TẠO" in authority.certificate.subject
            assert is_training(authority.certificate)

    def test_an_authority_that_does_not_say_so_is_not_for_training(self) -> None:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "RootCA chuyên dùng Chính phủ G2")])
        assert not is_training(make_root(name, NOW, urls=Urls()).certificate)

    @pytest.mark.parametrize("name", ["đào tạo", "Môi trường ĐÀO TẠO", "training ca", "Đào Tạo"])
    def test_the_mark_is_found_however_it_is_written(self, name: str) -> None:
        subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
        assert is_training(make_root(subject, NOW, urls=Urls()).certificate)

    def test_whatever_it_issues_is_marked_too(self) -> None:
        assert is_training(issue_kafka_client(CA.issuing, REQUEST, identifier="a1", at=NOW))

    def test_issued_certificates_point_to_their_issuers_list(self) -> None:
        seal = issue_agency(CA.issuing, REQUEST, agency_id=AGENCY, name="UBND", at=NOW)
        for certificate, url in ((CA.issuing.certificate, "http://ca.vn/root.crl"), (seal, "http://ca.vn/i.crl")):
            points = certificate.x509.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
            assert [name.value for point in points for name in point.full_name or ()] == [url]

    def test_nothing_outlives_its_issuer_or_begins_before_it(self) -> None:
        late = CA.issuing.certificate.not_after - timedelta(days=1)
        seal = issue_agency(CA.issuing, REQUEST, agency_id=AGENCY, name="UBND", at=late)
        assert seal.not_after == CA.issuing.certificate.not_after
        assert issue_service(CA.issuing, REQUEST, name="exchange", at=NOW).not_before >= (
            CA.issuing.certificate.not_before
        )

    def test_certificates_are_good_at_once(self) -> None:
        made = issue_service(CA.issuing, REQUEST, name="exchange", at=NOW)
        assert made.not_before <= NOW <= made.not_after


class TestIssued:
    def test_agency(self) -> None:
        name = "Ủy ban nhân dân phường Hoa Lư, tỉnh Ninh Bình – Văn phòng Hội đồng nhân dân và Ủy ban nhân dân"
        seal = issue_agency(CA.issuing, REQUEST, agency_id=AGENCY, name=name, at=NOW)
        usage = seal.x509.extensions.get_extension_for_class(x509.KeyUsage).value
        assert seal.agency_id == AGENCY
        assert seal.source == f"/agencies/{AGENCY}"
        assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
        organisations = seal.x509.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        assert [each.value for each in organisations] == [name]
        assert name.startswith(common_names(seal)[0])

    def test_service(self) -> None:
        assert issue_service(CA.issuing, REQUEST, name="public_services", at=NOW).source == "/services/public_services"

    def test_tsa_is_for_time_stamps_alone_and_says_so_critically(self) -> None:
        extension = issue_tsa(CA.issuing, REQUEST, name="TSA", at=NOW).x509.extensions.get_extension_for_class(
            x509.ExtendedKeyUsage
        )
        assert extension.critical
        assert list(extension.value) == [ExtendedKeyUsageOID.TIME_STAMPING]

    def test_tls_server_names_hosts_and_addresses(self) -> None:
        server = issue_tls_server(CA.issuing, REQUEST, hosts=["kafka.local", "127.0.0.1", "::1"], at=NOW)
        names = server.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["kafka.local"]
        assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
        assert purposes(server) == [ExtendedKeyUsageOID.SERVER_AUTH]

    def test_kafka_client_has_one_cn_and_nothing_else(self) -> None:
        client = issue_kafka_client(CA.issuing, REQUEST, identifier=str(AGENCY), at=NOW)
        assert client.subject == f"CN={AGENCY}"
        assert len(list(client.x509.subject)) == 1
        assert purposes(client) == [ExtendedKeyUsageOID.CLIENT_AUTH]

    def test_a_requests_own_subject_is_not_taken_over(self) -> None:
        pem = make_csr(KEY, AGENCY, "Someone, CN=admin")
        client = issue_kafka_client(CA.issuing, check_csr(pem), identifier="a1", at=NOW)
        assert client.subject == "CN=a1"

    def test_the_issued_certificate_leads_to_the_anchor(self) -> None:
        data = RevocationData()
        for each in (CA.root, CA.issuing):
            data.add_crl(make_crl(each, [], number=1, at=NOW))
        for certificate in (
            issue_agency(CA.issuing, REQUEST, agency_id=AGENCY, name="UBND", at=NOW),
            issue_service(CA.issuing, REQUEST, name="accounts", at=NOW),
        ):
            finding = TrustStore(CA.anchors).check_path(certificate, at=NOW, revocations=data, chain=CA.issuing.chain)
            assert finding.reason is None


class TestRequest:
    @pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.ES384, Algorithm.PS256])
    def test_proven_request_gives_its_key_and_name(self, algorithm: Algorithm) -> None:
        key = generate_key(algorithm)
        checked = check_csr(make_csr(key, AGENCY, "UBND tỉnh"), agency_id=AGENCY)
        assert checked.public_key == key.public_key()
        assert checked.name == f"lienthong:agency:{AGENCY}"

    def test_any_flipped_bit_of_what_is_signed_is_refused(self) -> None:
        request = x509.load_pem_x509_csr(make_csr(KEY, AGENCY, "UBND"))
        der = request.public_bytes(Encoding.DER)
        begin, end = b"-----BEGIN CERTIFICATE REQUEST-----\n", b"-----END CERTIFICATE REQUEST-----\n"
        first = der.index(request.tbs_certrequest_bytes)
        for index in range(first, first + len(request.tbs_certrequest_bytes)):
            changed = bytearray(der)
            changed[index] ^= 1
            with pytest.raises(MaterialRefused):
                check_csr(begin + encodebytes(changed) + end, agency_id=AGENCY)

    def test_request_for_another_agency_is_refused(self) -> None:
        with pytest.raises(MaterialRefused) as refused:
            check_csr(make_csr(KEY, AGENCY, "UBND"), agency_id=UUID(int=AGENCY.int + 1))
        assert refused.value.reason is Reason.REQUEST_WRONG_NAME


class TestList:
    def test_carries_number_reasons_and_next_update(self) -> None:
        der = make_crl(
            CA.issuing,
            [Revoked(7, NOW, x509.ReasonFlags.key_compromise), Revoked(8, NOW)],
            number=41,
            at=NOW,
            lifetime=timedelta(hours=6),
        )
        crl = x509.load_der_x509_crl(der)
        assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 41
        assert crl.next_update_utc == NOW.replace(microsecond=0) + timedelta(hours=6)
        entry = crl.get_revoked_certificate_by_serial_number(7)
        assert entry is not None
        assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
        assert RevocationList.from_bytes(der).this_update <= NOW


class TestFolder:
    def test_saved_authority_is_read_back_and_its_keys_are_its_owners_alone(self, tmp_path: Path) -> None:
        save_authority(tmp_path / "ca", CA, b"secret")
        loaded = load_authority(tmp_path / "ca", b"secret")
        for ours, theirs in ((CA.root, loaded.root), (CA.issuing, loaded.issuing)):
            assert ours.certificate == theirs.certificate
            assert ours.urls == theirs.urls
            assert ours.chain == theirs.chain
            assert ours.key.public_key() == theirs.key.public_key()
        for key in tmp_path.rglob("key.pem"):
            assert stat.S_IMODE(key.stat().st_mode) == 0o600
            assert b"ENCRYPTED" in key.read_bytes()
        assert TrustStore.load(tmp_path / "ca" / "anchors").anchors == CA.anchors

    def test_wrong_password_is_named(self, tmp_path: Path) -> None:
        save_authority(tmp_path / "ca", CA, b"secret")
        for password in (b"guess", None):
            with pytest.raises(MaterialRefused) as refused:
                load_authority(tmp_path / "ca", password)
            assert refused.value.reason is Reason.KEY_PASSWORD

    def test_an_authority_is_never_overwritten(self, tmp_path: Path) -> None:
        save_authority(tmp_path / "ca", CA)
        with pytest.raises(FileExistsError):
            save_authority(tmp_path / "ca", make_training_authority(NOW))
        assert load_authority(tmp_path / "ca").root.certificate == CA.root.certificate

    def test_private_file_replaces_an_open_one_without_keeping_its_rights(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        path.write_bytes(b"old")
        path.chmod(0o644)
        write_private(path, b"new")
        assert path.read_bytes() == b"new"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [each.name for each in tmp_path.iterdir()] == ["key.pem"]

    def test_password_is_the_first_line(self, tmp_path: Path) -> None:
        (tmp_path / "pw").write_bytes(b"secret \r\nnot this")
        assert read_password(tmp_path / "pw") == b"secret "

    def test_keys_survive_being_written(self) -> None:
        pem = key_to_pem(KEY, b"secret")
        assert key_from_pem(pem, b"secret").public_key() == KEY.public_key()


def test_authorities_do_not_print_their_keys() -> None:
    assert "key=" not in repr(Authority(CA.root.certificate, CA.root.key))
