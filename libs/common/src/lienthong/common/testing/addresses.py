"""The addresses of running servers, and the settings by which services and tests are told them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Source = Literal["given", "docker", "embedded"]

KAFKA = "LIENTHONG_KAFKA"
KAFKA_AGENCIES = "LIENTHONG_KAFKA_AGENCIES"
KAFKA_AGENCIES_CA = "LIENTHONG_KAFKA_AGENCIES_CA"
POSTGRES = "LIENTHONG_POSTGRES"
PLATFORM = "LIENTHONG_PLATFORM"
"""The folder of a platform that `make up` started; stands in its `operator.env`."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Running servers: a Kafka with both listeners and a PostgreSQL."""

    folder: Path
    """The data folder; its `pki` holds the training authority of the agencies' listener."""
    source: Source
    kafka: str
    """Bootstrap address of the internal listener."""
    kafka_agencies: str
    """Bootstrap address of the agencies' listener (mTLS, deny by default); empty where given servers have none."""
    postgres: str
    """Superuser's DSN of the server, database `postgres`."""
    kafka_ca: Path | None = None
    """PEM anchors by which agencies check the broker."""
    kafka_pid: int | None = None
    postgres_pid: int | None = None

    def environment(self) -> dict[str, str]:
        """The settings that lead a service, or another test run, to these servers."""
        settings = {KAFKA: self.kafka, POSTGRES: self.postgres}
        if self.kafka_agencies:
            settings[KAFKA_AGENCIES] = self.kafka_agencies
        if self.kafka_ca is not None:
            settings[KAFKA_AGENCIES_CA] = str(self.kafka_ca)
        return settings


def given_servers(folder: Path, environment: Mapping[str, str] = os.environ) -> Servers | None:
    """The servers named in the environment: both or none, for half a pair is a mistake rather than a wish.

    Where the names come from a platform's `operator.env` they are no gift: the folder that started those servers still
    has to stop them, and no test run may use them. Raises ValueError if only one of Kafka and PostgreSQL is named.
    """
    kafka, postgres = environment.get(KAFKA, ""), environment.get(POSTGRES, "")
    if environment.get(PLATFORM) or not (kafka or postgres):
        return None
    if not kafka or not postgres:
        raise ValueError(f"{KAFKA} and {POSTGRES} are given together or not at all")
    authority = environment.get(KAFKA_AGENCIES_CA)
    return Servers(
        folder=folder,
        source="given",
        kafka=kafka,
        kafka_agencies=environment.get(KAFKA_AGENCIES, ""),
        postgres=postgres,
        kafka_ca=Path(authority) if authority else None,
    )
