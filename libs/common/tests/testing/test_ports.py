"""Ports are remembered, and never shared."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from lienthong.common.testing.ports import answers, free_port, is_free, remembered_ports

NAMES = ["internal", "agencies", "postgres"]


def test_ports_are_kept_for_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    assert remembered_ports(file, NAMES) == remembered_ports(file, NAMES)


def test_names_never_share_a_port(tmp_path: Path) -> None:
    assert len(set(remembered_ports(tmp_path / "ports.json", NAMES).values())) == len(NAMES)


def test_a_port_taken_by_a_stranger_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    before = remembered_ports(file, NAMES)
    with socket.create_server(("127.0.0.1", before["agencies"])):
        after = remembered_ports(file, NAMES)
    assert after["agencies"] != before["agencies"]
    assert {name: after[name] for name in ("internal", "postgres")} == {
        name: before[name] for name in ("internal", "postgres")
    }


def test_a_port_held_by_our_own_server_stays(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    before = remembered_ports(file, NAMES)
    with socket.create_server(("127.0.0.1", before["internal"])):
        assert remembered_ports(file, NAMES, held=["internal"]) == before


def test_a_file_where_two_names_share_a_port_is_put_right(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    port = free_port()
    file.write_text(json.dumps({"internal": port, "agencies": port}), "utf-8")
    ports = remembered_ports(file, NAMES)
    assert ports["internal"] == port
    assert ports["agencies"] != port


def test_free_ports_lie_below_the_range_of_outgoing_connections() -> None:
    first, _ = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split())
    assert all(free_port() < first for _ in range(50))


def test_a_listener_is_seen() -> None:
    port = free_port()
    assert is_free(port)
    assert not answers(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
        assert answers(port)
