"""Operators' commands start without the frameworks that servers run on: they are called by the hundred."""

import subprocess
import sys

import pytest

HEAVY = ("fastapi", "starlette", "faststream", "uvicorn", "aiokafka", "uvloop", "opentelemetry.sdk")
_LOADED = f"""
import sys
from importlib.metadata import entry_points
from lienthong.sdk.commands.root import main
main(sys.argv[1:])
for each in entry_points(group="lienthong.operated"):
    each.load()
print([name for name in {HEAVY!r} if name in sys.modules])
"""


@pytest.mark.parametrize(
    "command",
    [
        "ops --help",
        "ops dead list --help",
        "ops dead-letters list --help",
        "ops stuck --help",
        "ops audit verify --help",
        "books export --help",
        "agencies import --help",
        "operators add --help",
        "pki init --help",
        "audit verify --help",
    ],
)
def test_an_operators_command_brings_no_server(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *command.split()], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["[]"]), done.stderr


def test_a_server_is_seen_where_there_is_one() -> None:
    loaded = _LOADED.replace("main(sys.argv[1:])", "import lienthong.accounts.__main__")
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, timeout=60, check=True)
    assert "fastapi" in done.stdout
