"""Time stamps as RFC 3161 wants them: OpenSSL and pyHanko read what we make, and we refuse what is not so."""

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp
from cryptography.x509 import ReasonFlags

from lienthong.common.pki import (
    Revoked,
    generate_key,
    issue_service,
    issue_tsa,
    make_crl,
    make_training_authority,
    own_key,
)
from lienthong.common.signing import LocalKey, MaterialRefused, Reason, RevocationData, TrustStore
from lienthong.common.timestamps import (
    TimeStampQuery,
    TimeStampRefused,
    TokenFault,
    TrainingTimeStamper,
    certificates_of,
    read_response,
    verify_token,
)

AT = datetime(2026, 11, 22, 2, 37, 6, 123456, UTC)
CA = make_training_authority(AT - timedelta(days=1))
KEY = generate_key()
CERTIFICATE = issue_tsa(CA.issuing, own_key(KEY), name="Dấu thời gian", at=AT - timedelta(hours=1))
STAMPER = TrainingTimeStamper(LocalKey.of(KEY, CERTIFICATE, CA.issuing.chain), lambda: AT)
TRUST = TrustStore(CA.anchors)
DIGEST = hashlib.sha256("công văn".encode()).digest()


def revocations(*revoked: Revoked) -> RevocationData:
    data = RevocationData()
    for authority, marks in ((CA.root, ()), (CA.issuing, revoked)):
        data.add_crl(make_crl(authority, marks, number=1, at=AT - timedelta(minutes=1)))
    return data


def token(digest: bytes = DIGEST, stamper: TrainingTimeStamper = STAMPER) -> bytes:
    query = TimeStampQuery.over(digest)
    return read_response(stamper.answer(query.to_bytes()), query)


def refused(data: bytes, digest: bytes = DIGEST, lists: RevocationData | None = None) -> TokenFault | Reason:
    with pytest.raises(TimeStampRefused) as caught:
        verify_token(data, digest, trust=TRUST, revocations=lists or revocations())
    return caught.value.fault


def test_a_stamp_tells_when_to_the_millisecond_and_by_whom() -> None:
    stamp = verify_token(token(), DIGEST, trust=TRUST, revocations=revocations())
    assert stamp.at == AT.replace(microsecond=123000)
    assert stamp.not_after == stamp.at + timedelta(seconds=1)
    assert stamp.certificate == CERTIFICATE
    assert set(certificates_of(token())) == {CERTIFICATE, *CA.issuing.chain}


def test_openssl_believes_it(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ca, key = make_training_authority(now - timedelta(days=1)), generate_key()
    certificate = issue_tsa(ca.issuing, own_key(key), name="TSA", at=now - timedelta(hours=1))
    stamper = TrainingTimeStamper(LocalKey.of(key, certificate, ca.issuing.chain), lambda: now)
    (tmp_path / "token").write_bytes(token(stamper=stamper))
    (tmp_path / "root.pem").write_bytes(ca.root.certificate.to_pem())
    (tmp_path / "issuing.pem").write_bytes(ca.issuing.certificate.to_pem())
    command = [
        "openssl",
        "ts",
        "-verify",
        "-token_in",
        "-in",
        "token",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
        "-digest",
    ]
    done = subprocess.run([*command, DIGEST.hex()], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_another_reader_of_asn1_reads_the_same() -> None:
    query = TimeStampQuery.over(DIGEST)
    asked: Any = tsp.TimeStampReq.load(query.to_bytes(), strict=True)
    assert (asked["nonce"].native, asked["cert_req"].native) == (query.nonce, True)
    answer: Any = tsp.TimeStampResp.load(STAMPER.answer(query.to_bytes()), strict=True)
    signed = answer["time_stamp_token"]["content"]
    info = signed["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == DIGEST
    assert info["gen_time"].native == AT.replace(microsecond=123000)
    assert info["nonce"].native == query.nonce


def test_a_stamp_over_something_else_is_refused() -> None:
    assert refused(token(), hashlib.sha256(b"another").digest()) is TokenFault.OTHER_CONTENT


def test_an_answer_to_another_query_or_a_refusal_is_no_stamp() -> None:
    query = TimeStampQuery.over(DIGEST)
    with pytest.raises(TimeStampRefused) as caught:
        read_response(STAMPER.answer(query.to_bytes()), TimeStampQuery.over(DIGEST))
    assert caught.value.fault is TokenFault.OTHER_QUERY
    short = TimeStampQuery(b"short", 1)
    with pytest.raises(TimeStampRefused) as caught:
        read_response(STAMPER.answer(short.to_bytes()), short)
    assert caught.value.fault is TokenFault.NOT_GRANTED
    with pytest.raises(TimeStampRefused) as caught:
        read_response(b"<html>", query)
    assert caught.value.fault is TokenFault.MALFORMED


def test_a_revoked_or_foreign_authority_is_refused() -> None:
    taken = revocations(Revoked(CERTIFICATE.serial, AT - timedelta(minutes=1)))
    assert refused(token(), lists=taken) is Reason.CERTIFICATE_REVOKED
    assert refused(token(), lists=RevocationData()) is Reason.REVOCATION_MISSING
    other = make_training_authority(AT - timedelta(days=1), name="another")
    certificate = issue_tsa(other.issuing, own_key(KEY), name="TSA", at=AT - timedelta(hours=1))
    foreign = TrainingTimeStamper(LocalKey.of(KEY, certificate, other.issuing.chain), lambda: AT)
    assert refused(token(stamper=foreign)) is Reason.FOREIGN_CA


@pytest.mark.parametrize("reason", ReasonFlags)
def test_a_revocation_leaves_earlier_stamps_good_only_where_it_says_that_the_key_was_not_lost(
    reason: ReasonFlags,
) -> None:
    """RFC 3161 section 4; a reason that is left out (`unspecified`, RFC 5280) says nothing of the kind."""
    if reason is ReasonFlags.remove_from_crl:
        pytest.skip("of partial lists")
    later = revocations(Revoked(CERTIFICATE.serial, AT + timedelta(minutes=1), reason))
    safe = {"affiliation_changed", "superseded", "cessation_of_operation", "certificate_hold"}
    if reason.name in safe:
        assert verify_token(token(), DIGEST, trust=TRUST, revocations=later).at < AT
    else:
        assert refused(token(), lists=later) is Reason.CERTIFICATE_REVOKED


def test_only_a_certificate_for_time_stamps_alone_may_stamp() -> None:
    seal = issue_service(CA.issuing, own_key(KEY), name="exchange", at=AT - timedelta(hours=1))
    with pytest.raises(MaterialRefused):
        TrainingTimeStamper(LocalKey.of(KEY, seal), lambda: AT)


def test_no_changed_byte_of_what_was_stamped_is_taken() -> None:
    """What the authority did not sign (its certificates' own bytes apart) changes no answer: time and content stand."""
    good, whole = verify_token(token(), DIGEST, trust=TRUST, revocations=revocations()), token()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1
        try:
            stamp = verify_token(bytes(changed), DIGEST, trust=TRUST, revocations=revocations())
        except TimeStampRefused:
            continue
        assert (stamp.at, stamp.certificate) == (good.at, good.certificate)


@pytest.mark.parametrize(
    "data", [b"", b"0", b"0\x80\x00\x00", b"\x30\x82\xff\xff", token()[:-1], token() + b"\0", b"0" * 70_000]
)
def test_what_is_no_token_is_refused(data: bytes) -> None:
    assert refused(data) is TokenFault.MALFORMED
