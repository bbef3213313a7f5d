"""The mapping is usable alone: of others it brings only pydantic, and the XML parser is Python's own."""

import json
import subprocess
import sys

_SCRIPT = """
import json, sys
before = set(sys.modules)
import lienthong.common.edxml
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def test_importing_it_needs_nothing_but_the_base_dependencies() -> None:
    output = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, check=True, text=True).stdout
    names = {name for name in json.loads(output) if not name.startswith("_sysconfigdata")}
    base = {"lienthong", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}
    assert names - base - sys.stdlib_module_names == set()
