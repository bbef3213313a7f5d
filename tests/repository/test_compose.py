"""docker-compose.yml and the image: of their form, and no wider open than they must be."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.repository.compose import FILE, ROOT, Contained

from lienthong.common.testing.docker import KAFKA_IMAGE, POSTGRES_IMAGE
from lienthong.common.testing.kafka_settings import ListenerFiles, broker_settings
from lienthong.common.testing.layout import local_settings

SERVICES = Contained.read()
OURS = [each for each in SERVICES.values() if each.is_ours]
LASTING = [each for each in SERVICES.values() if each.is_lasting]


def test_the_compose_file_is_of_the_published_form() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_image_is_built_as_the_linter_wants() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "deploy/Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_image_has_a_version_and_is_the_one_that_is_tested() -> None:
    images = {name: str(each.told["image"]) for name, each in SERVICES.items()}
    assert (images["kafka"], images["postgres"]) == (KAFKA_IMAGE, POSTGRES_IMAGE)
    assert all(":" in image and not image.endswith(":latest") for image in images.values())


@pytest.mark.parametrize("contained", LASTING, ids=lambda each: each.name)
def test_what_lasts_is_watched_restarted_and_given_time_to_stop(contained: Contained) -> None:
    assert contained.told["healthcheck"]["test"][0] == "CMD"
    assert contained.told["restart"] == "unless-stopped"
    assert int(contained.told["stop_grace_period"].removesuffix("s")) >= 35  # a service takes 25 s and 5 more


@pytest.mark.parametrize("contained", OURS, ids=lambda each: each.name)
def test_our_containers_may_do_nothing_they_need_not(contained: Contained) -> None:
    told = contained.told
    assert (told["read_only"], told["cap_drop"], told["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert "privileged" not in told
    assert "user" not in told, "the image says that it is nobody with rights"
    assert "USER 1000:1000" in (ROOT / "deploy/Dockerfile").read_text("utf-8").splitlines()


@pytest.mark.parametrize("contained", SERVICES.values(), ids=lambda each: each.name)
def test_nothing_is_published_beyond_this_machine(contained: Contained) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in contained.told.get("ports", []))


def test_keys_are_seen_by_those_alone_who_use_them() -> None:
    seen = {name: {place for place in each.volumes if place.startswith("/keys")} for name, each in SERVICES.items()}
    del seen["prepare"]
    assert seen == {
        "kafka": {"/keys/broker", "/keys/trust"},
        "postgres": {"/keys/postgres"},
        "accounts": {"/keys/authority", "/keys/trust", "/keys/accounts"},
        "exchange": {"/keys/trust", "/keys/exchange"},
    }


def test_every_setting_that_is_given_is_one() -> None:
    documented = (ROOT / "docs/settings.md").read_text("utf-8")
    given = {name for each in OURS if each.is_lasting for name in each.told["environment"]}
    assert [name for name in sorted(given) if f"`{name}`" not in documented] == []


def test_the_broker_is_given_everything_that_differs_between_brokers() -> None:
    somewhere = Path("/nowhere")
    ports = {"internal": 1, "agencies": 2, "controller": 3}
    whole = broker_settings(somewhere, ports, ListenerFiles(somewhere, somewhere, somewhere))
    fixed = _names(local_settings() / "kafka.properties")
    differing = {line.split("=")[0] for line in whole.splitlines() if "=" in line and line[0] != "#"} - fixed
    assert _names(ROOT / "deploy/compose/kafka.properties") | {"advertised.listeners"} == differing


def _names(properties: Path) -> set[str]:
    lines = properties.read_text("utf-8").splitlines()
    return {line.split("=")[0] for line in lines if "=" in line and not line.startswith("#")}
