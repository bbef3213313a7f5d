"""Commands as a script gives them, to the counterpart."""

import hashlib
import json
from typing import Any

import httpx
import pytest

from lienthong.sdk.commands.root import main

PDF = b"%PDF-1.7 15/STP-VB"
HASH = hashlib.sha256(PDF).hexdigest()
OPTIONS = ["--signer", "Nguyễn Văn Minh", "--position", "Giám đốc", "--place", "Tây Ninh", "--sealed-by", "Hòa"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """The lines that a command prints with --json; each line is JSON and nothing is said beside them."""
    assert main(["agency", *arguments, "--json"]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


def silence(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("silence", request=request)
