"""`lienthong verify`: one answer per situation, an exit status scripts can rely on, and no traceback for anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lienthong.common.pki import (
    Revoked,
    generate_key,
    issue_agency,
    make_crl,
    make_ocsp,
    make_training_authority,
    own_key,
)
from lienthong.common.signing import LocalKey, Signer
from lienthong.sdk.commands.verify import verify

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AGENCY = UUID("019a0000-0000-7000-8000-000000000001")
CA = make_training_authority(NOW - timedelta(days=30))
KEY = generate_key()
SEAL = issue_agency(CA.issuing, own_key(KEY), agency_id=AGENCY, name="UBND tỉnh", at=NOW - timedelta(days=9))
APP = typer.Typer()
APP.command()(verify)
RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    signed = Signer(LocalKey.of(KEY, SEAL), lambda: NOW).sign("Về việc nghỉ Tết".encode())
    at = NOW - timedelta(hours=1)
    (tmp_path / "payload").write_bytes(signed.payload)
    (tmp_path / "jws").write_text(signed.jws + "\n")
    (tmp_path / "seal.pem").write_bytes(SEAL.to_pem())
    (tmp_path / "issuing.pem").write_bytes(CA.issuing.certificate.to_pem())
    (tmp_path / "anchors").mkdir()
    (tmp_path / "anchors" / "root.pem").write_bytes(CA.root.certificate.to_pem())
    (tmp_path / "root.crl").write_bytes(make_crl(CA.root, [], number=1, at=at))
    (tmp_path / "issuing.crl").write_bytes(make_crl(CA.issuing, [], number=1, at=at))
    (tmp_path / "seal.ocsp").write_bytes(make_ocsp(CA.issuing, SEAL, at=at))
    return tmp_path


def arguments(folder: Path, **changes: str | list[str]) -> list[str]:
    """The good call with changes; file names are taken from `folder`."""
    options: dict[str, str | list[str]] = {
        "payload": "payload",
        "signature": "jws",
        "certificate": ["seal.pem", "issuing.pem"],
        "trust": "anchors",
        "crl": ["root.crl", "issuing.crl"],
    }
    options |= changes
    found = ["--at", "2026-11-22T09:00:00+07:00"] if "at" not in changes else ["--at", str(options.pop("at"))]
    for name, values in options.items():
        for value in [values] if isinstance(values, str) else values:
            found += [f"--{name}", str(folder / value)]
    return found


def answer(folder: Path, **changes: str | list[str]) -> tuple[int, dict[str, str | None]]:
    result = RUNNER.invoke(APP, [*arguments(folder, **changes), "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_good_signature(folder: Path) -> None:
    assert answer(folder) == (0, {"integrity": "valid", "trust": "trusted", "reason": None})


def test_ocsp_serves_as_well(folder: Path) -> None:
    assert answer(folder, crl=["root.crl"], ocsp="seal.ocsp")[0] == 0


def test_changed_byte(folder: Path) -> None:
    (folder / "payload").write_bytes("Về việc nghỉ tết".encode())
    assert answer(folder) == (1, {"integrity": "invalid", "trust": "unknown", "reason": "signature.wrong"})


def test_revoked(folder: Path) -> None:
    revoked = make_crl(CA.issuing, [Revoked(SEAL.serial, NOW - timedelta(minutes=1))], number=2, at=NOW)
    (folder / "issuing.crl").write_bytes(revoked)
    assert answer(folder) == (1, {"integrity": "valid", "trust": "untrusted", "reason": "certificate.revoked"})


def test_foreign_authority(folder: Path) -> None:
    foreign = make_training_authority(NOW, name="other")
    (folder / "anchors" / "root.pem").write_bytes(foreign.root.certificate.to_pem())
    assert answer(folder) == (1, {"integrity": "valid", "trust": "untrusted", "reason": "certificate.foreign_ca"})


def test_expired(folder: Path) -> None:
    expected = (1, {"integrity": "valid", "trust": "untrusted", "reason": "certificate.expired"})
    assert answer(folder, at="2036-01-01T00:00:00Z") == expected


def test_rubbish_in_the_signature_file_is_an_invalid_signature(folder: Path) -> None:
    (folder / "jws").write_bytes(b"\x00\xff rubbish")
    assert answer(folder) == (1, {"integrity": "invalid", "trust": "unknown", "reason": "jws.part_count"})


@pytest.mark.parametrize(("crl", "reason"), [([], "revocation.missing"), (["root.crl"], "revocation.missing")])
def test_missing_revocation_data_leaves_the_answer_open(folder: Path, crl: list[str], reason: str) -> None:
    assert answer(folder, crl=crl) == (2, {"integrity": "valid", "trust": "unknown", "reason": reason})


def test_stale_revocation_data_leaves_the_answer_open(folder: Path) -> None:
    expected = (2, {"integrity": "valid", "trust": "unknown", "reason": "revocation.stale"})
    assert answer(folder, at="2026-12-24T00:00:00Z") == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": "none"},
        {"payload": "anchors"},
        {"signature": "none"},
        {"certificate": "none"},
        {"certificate": "payload"},
        {"trust": "none"},
        {"trust": "payload"},
        {"crl": "payload"},
        {"crl": "none"},
        {"ocsp": "payload"},
        {"at": "yesterday"},
        {"at": "2026-11-22T02:00:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_inputs_that_cannot_be_read_leave_the_answer_open(folder: Path, changes: dict[str, str]) -> None:
    assert answer(folder, **changes) == (
        2,
        {"integrity": "unknown", "trust": "unknown", "reason": "input.unreadable"},
    )


@pytest.mark.parametrize(
    ("changes", "vietnamese", "english"),
    [
        ({}, "Chữ ký HỢP LỆ", "The signature is VALID"),
        ({"crl": []}, "KHÔNG THỂ KẾT LUẬN", "CANNOT TELL"),
        ({"at": "2036-01-01T00:00:00Z"}, "Chứng thư số đã hết hạn.", "The certificate has expired."),
        ({"payload": "none"}, "Không đọc được dữ liệu đầu vào", "An input cannot be read"),
    ],
)
def test_people_are_told_in_both_languages(
    folder: Path, changes: dict[str, str], vietnamese: str, english: str
) -> None:
    output = RUNNER.invoke(APP, arguments(folder, **changes)).stdout
    assert vietnamese in output
    assert english in output


def test_people_are_told_who_signed_when_and_by_whom_certified(folder: Path) -> None:
    output = RUNNER.invoke(APP, arguments(folder)).stdout
    assert "UBND tỉnh" in output
    assert "Issuing CA" in output
    assert "09:00:00 22/11/2026 (+07)" in output


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["payload", "jws", "seal.pem", "anchors/root.pem", "root.crl"]))
def test_no_file_of_any_content_makes_it_fail(folder: Path, data: bytes, name: str) -> None:
    kept = (folder / name).read_bytes()
    (folder / name).write_bytes(data)
    try:
        result = RUNNER.invoke(APP, [*arguments(folder), "--json"])
    finally:
        (folder / name).write_bytes(kept)
    assert isinstance(result.exception, SystemExit | None)
    assert result.exit_code in {1, 2}
    assert set(json.loads(result.stdout)) == {"integrity", "trust", "reason"}
