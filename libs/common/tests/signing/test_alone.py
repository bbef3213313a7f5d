"""The signing library is usable alone: it brings nothing of lienthong but itself, and of others only `cryptography`."""

import json
import subprocess
import sys

_SCRIPT = """
import json, sys
before = set(sys.modules)
import lienthong.common.signing
names = {name for name in set(sys.modules) - before}
print(json.dumps(sorted(names)))
"""


def test_importing_it_loads_nothing_else() -> None:
    output = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, check=True, text=True).stdout
    names: list[str] = json.loads(output)
    own = ("lienthong.common.signing.", "cryptography.", "_cffi", "_openssl")
    packages = {"lienthong", "lienthong.common", "lienthong.common.signing", "cryptography"}
    foreign = [
        name
        for name in names
        if name not in packages and not name.startswith(own) and name.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert foreign == []
