"""The exchange's statements: signed over what is known; of what does not apply nothing is said."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from services.exchange.tests.builders import NOW, attachment, facts, submission, upload

from lienthong.common.messages.exchange import Scan
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.domain.submission import Upload

PUBLISHED = Path(__file__).parents[4] / "schemas/published/vn.lienthong.exchange.submission_receipt.v1"
SECOND = "cd" * 32


def receipt(*uploads: Upload) -> dict[str, Any]:
    given = submission(attachments=tuple(attachment(id=each.sha256[:2], sha256=each.sha256) for each in uploads))
    statements = Statements("training", lambda payload: SignedBytes(payload, "a..b"))
    scan = facts(uploads=uploads).scan_of(given)
    return json.loads(statements.submission_receipt(given.event, given.signed, NOW, scan).payload)


def valid(statement: dict[str, Any], version: str) -> bool:
    schema = json.loads((PUBLISHED / f"{version}.json").read_text("utf-8"))
    return Draft202012Validator(schema).is_valid(statement)


def test_a_receipt_of_a_message_without_files_says_nothing_of_scanning() -> None:
    told = receipt()
    assert "scan" not in told
    assert valid(told, "1.0")
    assert valid(told, "1.1")


@pytest.mark.requirement("N10")
@pytest.mark.parametrize(
    ("scans", "said"),
    [
        ([Scan.CLEAN], "clean"),
        ([Scan.CLEAN, Scan.CLEAN], "clean"),
        ([Scan.CLEAN, Scan.NOT_SCANNED], "not_scanned"),
        ([Scan.NOT_SCANNED], "not_scanned"),
    ],
)
def test_a_receipt_says_clean_only_where_every_file_was_scanned(scans: list[Scan], said: str) -> None:
    uploads = [upload(sha256=sha256, scan=scan) for sha256, scan in zip(("ab" * 32, SECOND), scans, strict=False)]
    told = receipt(*uploads)
    assert told["scan"] == said
    assert valid(told, "1.1")
    assert not valid(told, "1.0")
