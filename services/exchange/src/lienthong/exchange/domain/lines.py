"""Lines of `application/x-ndjson`, as the exchange writes them."""

import json
from typing import Any, Final

NDJSON: Final = "application/x-ndjson"


def ndjson_line(value: dict[str, Any]) -> bytes:
    """One line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"
