"""The broker's settings: listeners, principals, paths."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from lienthong.common.testing.errors import MissingTool, ServersError
from lienthong.common.testing.kafka import cluster_id
from lienthong.common.testing.kafka_jars import Jars, Java, find_java, java_version
from lienthong.common.testing.kafka_settings import ListenerFiles, broker_settings
from lienthong.common.testing.kafka_tls import certify_broker, issue_client

PORTS = {"internal": 1, "agencies": 2, "controller": 3}
FILES = ListenerFiles(Path("/k/broker.pem"), Path("/k/anchors.pem"), Path("/k/anchors.pem"))


def settings_of(data: str = "/k/data", bind: str = "127.0.0.1") -> dict[str, str]:
    lines = broker_settings(Path(data), PORTS, FILES, bind=bind).splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_both_listeners_and_the_authorizer_are_always_on() -> None:
    settings = settings_of()
    assert settings["listeners"] == "INTERNAL://127.0.0.1:1,AGENCIES://127.0.0.1:2,CONTROLLER://127.0.0.1:3"
    assert settings["authorizer.class.name"].endswith("StandardAuthorizer")
    assert settings["allow.everyone.if.no.acl.found"] == "false"
    assert settings["auto.create.topics.enable"] == "false"
    assert settings["listener.name.agencies.ssl.client.auth"] == "required"
    assert settings["listener.name.agencies.ssl.enabled.protocols"] == "TLSv1.3"


def test_a_container_listens_on_all_its_addresses_and_names_loopback() -> None:
    settings = settings_of(bind="0.0.0.0")
    assert settings["listeners"] == "INTERNAL://0.0.0.0:1,AGENCIES://0.0.0.0:2,CONTROLLER://127.0.0.1:3"
    assert settings["advertised.listeners"] == "INTERNAL://127.0.0.1:1,AGENCIES://127.0.0.1:2"


def test_paths_are_written_as_javas_latin_1_files_want_them() -> None:
    assert settings_of("/máy chủ/𝄞\\x")["log.dirs"] == r"/m\u00e1y ch\u1ee7/\ud834\udd1e\\x"


@pytest.mark.parametrize(
    ("subject", "principal"),
    [
        ("CN=01a20142-5155-7a91-b4b2-785d7c3400a1", "01a20142-5155-7a91-b4b2-785d7c3400a1"),
        ("CN=01a20142-5155-7a91-b4b2-785d7c3400a1,O=Sở Nội vụ", None),
        ("CN=01a20142-5155-4a91-b4b2-785d7c3400a1", None),
        ("CN=ANONYMOUS", None),
        ("O=x,CN=01a20142-5155-7a91-b4b2-785d7c3400a1", None),
        ("CN=x+CN=01a20142-5155-7a91-b4b2-785d7c3400a1", None),
    ],
)
def test_only_a_subject_that_is_nothing_but_an_id_becomes_a_short_principal(
    subject: str, principal: str | None
) -> None:
    rule = settings_of()["ssl.principal.mapping.rules"]
    pattern = rule.removeprefix("RULE:").split("/", 1)[0]
    found = re.fullmatch(pattern, subject)
    assert (found.group(1) if found else None) == principal
    assert rule.endswith("/$1/,DEFAULT")


def test_cluster_ids_are_sixteen_bytes_and_never_look_like_an_option() -> None:
    for _ in range(200):
        name = cluster_id()
        assert not name.startswith("-")
        assert len(base64.urlsafe_b64decode(name + "==")) == 16


@pytest.mark.parametrize(("line", "major"), [('JAVA_VERSION="17.0.15"', 17), ('JAVA_VERSION="21"', 21), ("X=1", None)])
def test_javas_version_is_read_from_its_release_file(tmp_path: Path, line: str, major: int | None) -> None:
    (tmp_path / "release").write_text(f"IMPLEMENTOR=x\n{line}\n", "utf-8")
    assert java_version(Java(tmp_path / "bin" / "java", tmp_path)) == major


def test_a_java_too_old_for_kafka_is_refused_with_the_command_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    (tmp_path / "release").write_text('JAVA_VERSION="11.0.2"\n', "utf-8")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ServersError, match=r"Java 17.*apt-get install openjdk-17-jre-headless"):
        find_java()


def test_no_java_at_all_is_a_missing_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MissingTool, match="apt-get install openjdk"):
        find_java()


def test_another_build_of_java_gets_another_archive(tmp_path: Path) -> None:
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        (home / "lib" / "server").mkdir(parents=True)
        (home / "lib" / "server" / "libjvm.so").touch()
    archives = {Jars(tmp_path).archive(Java(home / "bin" / "java", home)) for home in homes}
    assert len(archives) == 2


def test_the_class_path_has_one_order(tmp_path: Path) -> None:
    for name in ("b.jar", "a.jar", "classes.jsa"):
        (tmp_path / name).touch()
    assert Jars(tmp_path).class_path == f"{tmp_path}/a.jar:{tmp_path}/b.jar"


def test_the_authority_stays_and_the_brokers_certificate_is_renewed(tmp_path: Path) -> None:
    first = certify_broker(tmp_path / "pki", tmp_path / "broker.pem")
    anchor, broker = first.anchors.read_bytes(), first.broker.read_bytes()
    certify_broker(tmp_path / "pki", tmp_path / "broker.pem")
    assert first.anchors.read_bytes() == anchor
    assert first.broker.read_bytes() != broker
    assert first.broker.stat().st_mode & 0o777 == 0o600


def test_half_an_authority_is_named_rather_than_replaced(tmp_path: Path) -> None:
    (tmp_path / "pki" / "root").mkdir(parents=True)
    with pytest.raises(ServersError, match="no whole authority"):
        certify_broker(tmp_path / "pki", tmp_path / "broker.pem")


def test_a_clients_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    client = issue_client(tmp_path / "pki", "01a20142-5155-7a91-b4b2-785d7c3400a1", tmp_path / "client")
    assert client.key.stat().st_mode & 0o777 == 0o600
    assert client.context().check_hostname
