"""Servers named by the environment, and what a run tells another."""

from pathlib import Path

import pytest

from lienthong.common.testing.addresses import Servers, given_servers

BOTH = {"LIENTHONG_KAFKA": "broker:9092", "LIENTHONG_POSTGRES": "postgresql://u@db/postgres"}


def test_servers_given_by_the_environment_are_used_as_they_are() -> None:
    servers = given_servers(Path("/none"), BOTH)
    assert servers == Servers(Path("/none"), "given", "broker:9092", "", "postgresql://u@db/postgres")


def test_what_one_run_is_told_leads_another_to_the_same_servers() -> None:
    first = Servers(Path("/x"), "embedded", "k:1", "k:2", "postgresql://p", kafka_ca=Path("/x/ca.pem"))
    second = given_servers(Path("/x"), first.environment())
    assert second is not None
    assert second.environment() == first.environment()


@pytest.mark.parametrize("environment", [{}, {"LIENTHONG_KAFKA": "", "LIENTHONG_POSTGRES": ""}])
def test_nothing_given_is_nothing_found(environment: dict[str, str]) -> None:
    assert given_servers(Path("/none"), environment) is None


@pytest.mark.parametrize("name", list(BOTH))
def test_half_a_pair_is_a_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="together"):
        given_servers(Path("/none"), {name: BOTH[name]})


def test_an_operators_shell_does_not_give_the_platforms_own_servers_away() -> None:
    assert given_servers(Path("/x"), {**BOTH, "LIENTHONG_PLATFORM": "/x"}) is None
