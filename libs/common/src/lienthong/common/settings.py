"""Settings: every one typed and described, read once from `LIENTHONG_…`, immutable; `docs/settings.md` is generated.

A secret is never a value of the environment, where every child process and crash report sees it: a setting names the
file it stands in. The one exception is a password inside the DSN, and a DSN may name a passfile instead.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX: Final = "LIENTHONG_"

Port = Annotated[int, Field(ge=0, le=65535)]
Address = Annotated[str, StringConstraints(pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$")]
Dsn = Annotated[SecretStr, Field(min_length=1)]

_SECRET_NAME = re.compile(r"(^|_)(password|passphrase|secret|token|pin)($|_)")
_DSN = re.compile(r"(?P<scheme>postgres(?:ql)?://[^/?#]*)(?:/(?P<database>[^?#]*))?(?P<rest>\?.*)?")


class SettingsError(Exception):
    """The program cannot start with these settings; the text names each variable and its fault, never a value."""


class ServiceSettings(BaseSettings):
    """What every service is told from outside. A service adds its own as fields that begin with its name:
    `accounts_database` is read from `LIENTHONG_ACCOUNTS_DATABASE`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    environment: Literal["training", "production"] = Field(
        description="Stands in every receipt; production refuses anchors of a training CA."
    )
    kafka: Address = Field(description="Bootstrap servers of the internal listener, host:port[,host:port].")
    postgres: Dsn = Field(
        description="DSN of the server; the database is lienthong_<service> unless LIENTHONG_<SERVICE>_DATABASE says."
    )
    anchors: Path = Field(description="PEM file, or folder of PEM files, of the certificates trusted as roots.")
    key: str | None = Field(
        default=None,
        description="The service's key as a URI: file:/k.pem?certificate=/c.pem or pkcs12:/k.p12?password-file=/p.",
    )
    objects: str | None = Field(default=None, description="Object store: file:/folder or s3://bucket/prefix.")
    run_dir: Path = Field(default=Path(".lienthong/run"), description="Folder of the pid files <service>-<role>.pid.")
    http_host: str = Field(default="127.0.0.1", description="Address the HTTP server listens on.")
    http_port: Port = Field(default=0, description="Port the HTTP server listens on; 0 takes a free one.")
    clock_offset_ms: int = Field(default=0, description="Moves the clock, in milliseconds; refused in production.")
    tsa: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Time-stamping authority (RFC 3161) that stamps the audit log's heads; unset: LIENTHONG_TSA_KEY.",
    )
    tsa_key: str | None = Field(
        default=None,
        description="Key of a time-stamping authority for training, as LIENTHONG_KEY: it stamps in this process, where "
        "LIENTHONG_TSA is unset. With neither, the exchange gives no evidence. Refused in production.",
    )
    tsa_seconds: float = Field(default=10.0, gt=0, description="Longest wait for one time stamp.")
    audit_seconds: float = Field(
        default=10.0, gt=0, description="Pause between blocks of the audit log: so long evidence waits for its stamp."
    )
    otlp_endpoint: str | None = Field(default=None, description="URL that takes traces (OTLP over HTTP); unset: none.")
    trace_ratio: float = Field(default=0.01, ge=0, le=1, description="Share of traces kept; failures always are.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")

    @model_validator(mode="after")
    def _true_time_in_production(self) -> Self:
        if self.environment == "production" and self.clock_offset_ms:
            raise ValueError("LIENTHONG_CLOCK_OFFSET_MS: production keeps true time")
        return self

    @model_validator(mode="after")
    def _true_stamps_in_production(self) -> Self:
        if self.environment == "production" and self.tsa_key:
            raise ValueError("LIENTHONG_TSA_KEY: production asks an authority (LIENTHONG_TSA) for its time stamps")
        return self

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for name, field in cls.model_fields.items():
            _check_field(cls.__name__, name, field)

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the environment once; `given` goes before it (tests). Raises SettingsError."""
        try:
            return cls(**given)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False, include_context=False)
            raise SettingsError("\n".join(_fault_text(cls, fault["loc"], fault["msg"]) for fault in faults)) from None

    @property
    def clock_offset(self) -> timedelta:
        """How far the clock is moved."""
        return timedelta(milliseconds=self.clock_offset_ms)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as the documentation shows it; `default` None means that it must be given."""

    variable: str
    type: str
    default: str | None
    description: str


def database_dsn(server: SecretStr, database: str) -> str:
    """The DSN of one database of the server; user, hosts and options stay. Raises ValueError for another form."""
    found = _DSN.fullmatch(server.get_secret_value())
    if found is None:
        raise ValueError("LIENTHONG_POSTGRES is not a DSN of the form postgresql://user@host:port/database")
    return f"{found['scheme']}/{database}{found['rest'] or ''}"


def describe(settings_class: type[BaseSettings]) -> list[SettingRow]:
    """The settings of a class in the order of their declaration."""
    return [_row(settings_class, name, field) for name, field in settings_class.model_fields.items()]


def _fault_text(settings_class: type[BaseSettings], location: tuple[int | str, ...], message: str) -> str:
    if not location:
        return message.removeprefix("Value error, ")
    return f"{_variable(settings_class, str(location[0]))}: {message}"


def _variable(settings_class: type[BaseSettings], name: str) -> str:
    return f"{settings_class.model_config.get('env_prefix', '')}{name}".upper()


def _row(settings_class: type[BaseSettings], name: str, field: FieldInfo) -> SettingRow:
    schema = settings_class.model_json_schema()["properties"][name]
    default = None if field.is_required() else _default_text(field.get_default(call_default_factory=True))
    return SettingRow(_variable(settings_class, name), _type_text(schema), default, field.description or "")


def _default_text(default: object) -> str:
    if default is None:
        return "unset"
    return str(default).lower() if isinstance(default, bool) else str(default)


def _type_text(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type_text(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return " or ".join(str(each) for each in schema["enum"])
    text = str(schema.get("format") or schema.get("type") or schema.get("const") or "text")
    least, most = schema.get("minimum"), schema.get("maximum")
    return text if least is None and most is None else f"{text} {_bound(least)}–{_bound(most)}"


def _bound(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"


def _check_field(owner: str, name: str, field: FieldInfo) -> None:
    if not (field.description or "").strip():
        raise TypeError(f"{owner}.{name}: a setting is described")
    if _SECRET_NAME.search(name) and not name.endswith("_file"):
        raise TypeError(f"{owner}.{name}: a secret is named by the file it stands in ({name}_file)")
