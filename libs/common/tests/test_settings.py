"""Settings are read once, checked, immutable, and never show a secret."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import Field, SecretStr, ValidationError

from lienthong.common.settings import ServiceSettings, SettingsError, database_dsn, describe

GIVEN = {
    "LIENTHONG_ENVIRONMENT": "training",
    "LIENTHONG_KAFKA": "127.0.0.1:9092,localhost:9093",
    "LIENTHONG_POSTGRES": "postgresql://postgres:s3cret@127.0.0.1:5432/postgres",
    "LIENTHONG_ANCHORS": "anchors.pem",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_are_read_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LIENTHONG_CLOCK_OFFSET_MS", "-1500")
    settings = ServiceSettings.load()
    assert settings.anchors == Path("anchors.pem")
    assert settings.clock_offset == timedelta(seconds=-1.5)
    assert settings.trace_ratio == 0.01


def test_an_empty_variable_is_as_good_as_none(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LIENTHONG_KEY", "")
    assert ServiceSettings.load().key is None


def test_settings_do_not_change(environment: pytest.MonkeyPatch) -> None:
    settings = ServiceSettings.load()
    with pytest.raises(ValidationError):
        settings.http_port = 1


def test_every_fault_is_told_by_its_variable_and_without_its_value(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LIENTHONG_KAFKA", "no port")
    environment.setenv("LIENTHONG_HTTP_PORT", "70000")
    environment.delenv("LIENTHONG_POSTGRES")
    with pytest.raises(SettingsError) as caught:
        ServiceSettings.load()
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "LIENTHONG_KAFKA",
        "LIENTHONG_POSTGRES",
        "LIENTHONG_HTTP_PORT",
    ]
    assert "no port" not in str(caught.value)


def test_production_keeps_true_time(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LIENTHONG_ENVIRONMENT", "production")
    assert ServiceSettings.load().clock_offset == timedelta()
    environment.setenv("LIENTHONG_CLOCK_OFFSET_MS", "1")
    with pytest.raises(SettingsError, match="LIENTHONG_CLOCK_OFFSET_MS"):
        ServiceSettings.load()


def test_a_password_in_the_dsn_never_shows(environment: pytest.MonkeyPatch) -> None:
    settings = ServiceSettings.load()
    assert "s3cret" not in repr(settings) + str(settings.model_dump())


@pytest.mark.parametrize(
    ("server", "dsn"),
    [
        ("postgresql://u:p@h:1/postgres", "postgresql://u:p@h:1/lienthong_x"),
        ("postgres://h", "postgres://h/lienthong_x"),
        ("postgresql://h/?sslmode=require", "postgresql://h/lienthong_x?sslmode=require"),
        ("postgresql:///postgres?host=/run", "postgresql:///lienthong_x?host=/run"),
    ],
)
def test_each_service_has_its_own_database_of_the_server(server: str, dsn: str) -> None:
    assert database_dsn(SecretStr(server), "lienthong_x") == dsn


def test_another_form_of_dsn_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="LIENTHONG_POSTGRES") as caught:
        database_dsn(SecretStr("host=h password=s3cret"), "x")
    assert "s3cret" not in str(caught.value)


class ExampleSettings(ServiceSettings):
    """Settings of a service that is only an example."""

    example_retries: int = Field(default=3, ge=0, le=9, description="Tries before it gives up.")


def test_a_service_adds_its_own_under_its_name(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LIENTHONG_EXAMPLE_RETRIES", "5")
    assert ExampleSettings.load().example_retries == 5
    assert ExampleSettings.load(example_retries=7).example_retries == 7
    assert describe(ExampleSettings)[-1].variable == "LIENTHONG_EXAMPLE_RETRIES"


def test_a_row_tells_variable_type_default_and_description() -> None:
    rows = {row.variable: row for row in describe(ServiceSettings)}
    assert rows["LIENTHONG_ENVIRONMENT"].default is None
    assert rows["LIENTHONG_ENVIRONMENT"].type == "training or production"
    assert rows["LIENTHONG_HTTP_PORT"].type == "integer 0–65535"
    assert rows["LIENTHONG_KEY"].default == "unset"
    assert all(row.description for row in rows.values())


def test_a_setting_without_description_is_refused() -> None:
    with pytest.raises(TypeError, match="described"):

        class Silent(ServiceSettings):  # pyright: ignore[reportUnusedClass]
            example_size: int = 1


def test_a_secret_must_be_named_by_its_file() -> None:
    with pytest.raises(TypeError, match="smtp_password_file"):

        class Careless(ServiceSettings):  # pyright: ignore[reportUnusedClass]
            smtp_password: str = Field(description="What the mail server asks for.")


def test_a_file_with_a_secret_may_be_named() -> None:
    class Careful(ServiceSettings):
        smtp_password_file: Path = Field(description="Holds what the mail server asks for.")

    assert describe(Careful)[-1].type == "path"
