"""`lienthong pki`: a training authority on disk and what it issues."""

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from typer.testing import CliRunner

from lienthong.accounts.commands.pki import WouldOverwrite, app
from lienthong.common.clock import SystemClock
from lienthong.common.ids import new_id
from lienthong.common.pki import generate_key, make_csr
from lienthong.common.signing import MaterialRefused, Reason, RevocationData, TrustStore, Usage, load_chain, open_key


def run(*arguments: object) -> Any:
    done = CliRunner().invoke(app, [*(str(each) for each in arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    run("init", tmp_path / "ca", "--name", "Tây Ninh")
    return tmp_path / "ca"


def lists(ca: Path, *revoked: str) -> RevocationData:
    for authority in ("root", "issuing"):
        marks = [f"--revoked={each}" for each in revoked] if authority == "issuing" else []
        run("crl", ca, "--out", ca / f"{authority}.crl", "--number", 1, "--authority", authority, *marks)
    data = RevocationData()
    for authority in ("root", "issuing"):
        data.add_crl((ca / f"{authority}.crl").read_bytes())
    return data


def test_the_authority_says_that_it_is_for_training(ca: Path) -> None:
    (root,) = load_chain((ca / "anchors" / "root.pem").read_bytes())
    assert root.is_training
    assert "Tây Ninh" in root.subject
    with pytest.raises(MaterialRefused):
        TrustStore.load(ca / "anchors", refuse_training=True)


def test_an_authority_is_never_overwritten(ca: Path) -> None:
    before = (ca / "root" / "key.pem").read_bytes()
    with pytest.raises(WouldOverwrite):
        CliRunner().invoke(app, ["init", str(ca)], catch_exceptions=False)
    assert (ca / "root" / "key.pem").read_bytes() == before


@pytest.mark.parametrize("kind", ["service", "tsa"])
def test_a_key_and_its_chain_fit_and_the_key_is_private(ca: Path, tmp_path: Path, kind: str) -> None:
    key, certificate = tmp_path / "k.pem", tmp_path / "c.pem"
    made = run(kind, ca, "exchange", "--key", key, "--certificate", certificate)
    opened = open_key(f"file:{key}?certificate={certificate}")
    assert opened.certificate.fingerprint == made["fingerprint"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    usage = Usage.TIMESTAMP if kind == "tsa" else Usage.SIGNATURE
    finding = TrustStore.load(ca / "anchors").check_path(
        opened.certificate, at=SystemClock().now(), revocations=lists(ca), chain=opened.chain, usage=usage
    )
    assert finding.reason is None
    with pytest.raises(WouldOverwrite):
        run(kind, ca, "exchange", "--key", key, "--certificate", certificate)


def test_a_seal_is_issued_from_a_csr_for_its_own_agency_alone(ca: Path, tmp_path: Path) -> None:
    agency_id, csr, out = new_id(), tmp_path / "a.csr", tmp_path / "a.pem"
    csr.write_bytes(make_csr(generate_key(), agency_id, "Sở"))
    options = ["--csr", csr, "--name", "Sở Công Thương", "--certificate", out]
    made = run("agency", ca, "--agency-id", agency_id, "--days", 2, *options)
    issued = load_chain(out.read_bytes())
    assert (issued[0].agency_id, len(issued)) == (agency_id, 2)
    assert issued[0].not_after < SystemClock().now() + timedelta(days=3)
    with pytest.raises(MaterialRefused) as refused:
        run("agency", ca, "--agency-id", new_id(), *options)
    assert refused.value.reason is Reason.REQUEST_WRONG_NAME
    trust = TrustStore.load(ca / "anchors")
    at = SystemClock().now() + timedelta(seconds=1)
    revoked = trust.check_path(issued[0], at=at, revocations=lists(ca, made["serial"]), chain=issued[1:])
    assert revoked.reason is Reason.CERTIFICATE_REVOKED


def test_certificates_name_the_address_of_their_list(tmp_path: Path) -> None:
    made = run("init", tmp_path / "ca", "--accounts-url", "https://accounts.example.vn/")
    files = ["--key", tmp_path / "k", "--certificate", tmp_path / "c"]
    run("service", tmp_path / "ca", "office", *files)
    points = load_chain((tmp_path / "c").read_bytes())[0].x509.extensions.get_extension_for_class(
        x509.CRLDistributionPoints
    )
    name = (points.value[0].full_name or [])[0]
    assert name.value == f"https://accounts.example.vn/v1/revocation-lists/{made['issuing']}"


def test_keys_may_be_encrypted(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("mật khẩu\n")
    run("init", tmp_path / "ca", "--password-file", password)
    assert b"ENCRYPTED" in (tmp_path / "ca" / "issuing" / "key.pem").read_bytes()
    files = ["--key", tmp_path / "k", "--certificate", tmp_path / "c"]
    run("service", tmp_path / "ca", "office", *files, "--password-file", password)
    with pytest.raises(MaterialRefused):
        run("service", tmp_path / "ca", "office", *files)
