"""The folder of services' certificates, read as it changes."""

from pathlib import Path

from lienthong.accounts.clients.service_certificates import ServiceCertificates
from lienthong.common.clock import SystemClock
from lienthong.common.pki import generate_key, issue_service, make_training_authority, own_key

NOW = SystemClock().now()
AUTHORITY = make_training_authority(NOW)


def chain(name: str) -> bytes:
    made = issue_service(AUTHORITY.issuing, own_key(generate_key()), name=name, at=NOW)
    return made.to_pem() + AUTHORITY.issuing.certificate.to_pem()


def test_only_what_is_new_or_changed_is_given(tmp_path: Path) -> None:
    folder = ServiceCertificates(tmp_path)
    (tmp_path / "exchange.pem").write_bytes(chain("exchange"))
    (tmp_path / "exchange.key").write_text("no certificate")
    assert [(path.name, found[0].service_name) for path, found in folder.find_new()] == [("exchange.pem", "exchange")]
    assert folder.find_new() == []
    (tmp_path / "exchange.pem").write_bytes(chain("exchange") + b"\n")
    assert len(folder.find_new()) == 1


def test_what_could_not_be_registered_is_given_again(tmp_path: Path) -> None:
    folder = ServiceCertificates(tmp_path)
    (tmp_path / "a.pem").write_bytes(chain("office"))
    ((path, _),) = folder.find_new()
    folder.forget(path)
    assert len(folder.find_new()) == 1


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("-----BEGIN CERTIFICATE-----\nbroken")
    (tmp_path / "b.pem").write_bytes(chain("office"))
    assert [path.name for path, _ in ServiceCertificates(tmp_path).find_new()] == ["b.pem"]


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    assert ServiceCertificates(None).find_new() == []
    assert ServiceCertificates(tmp_path / "none").find_new() == []
