"""The exact bytes of an audit record, which its hash will be checked against for ever."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from lienthong.common.audit import LONGEST_DETAIL, MOST_DETAILS, AuditRecord, Detail, Outcome

AT = datetime(2026, 11, 22, 2, 37, 6, 123000, UTC)
ID = UUID("019aa9c5-0000-7000-8000-000000000001")


def record(**details: Detail) -> AuditRecord:
    return AuditRecord(AT, "/people/1", "document.read", "/documents/2", Outcome.REFUSED, details, ID)


def test_the_bytes_are_canonical_and_never_change() -> None:
    assert record(rule="N8", lane="urgent", count=2, late=False, code=None).to_bytes() == (
        b'{"act":"document.read","at":"2026-11-22T02:37:06.123Z",'
        b'"details":{"code":null,"count":2,"lane":"urgent","late":false,"rule":"N8"},'
        b'"id":"019aa9c5-0000-7000-8000-000000000001","object":"/documents/2","outcome":"refused","who":"/people/1"}'
    )


def test_the_order_in_which_details_were_given_does_not_show() -> None:
    assert record(a=1, b=2).to_bytes() == record(b=2, a=1).to_bytes()


def test_letters_are_written_in_one_way() -> None:
    assert record(reason="Lộ khóa").to_bytes() == record(reason="Lộ khóa").to_bytes()
    assert "Lộ khóa".encode() in record(reason="Lộ khóa").to_bytes()


def test_details_are_short_so_that_they_hold_no_content() -> None:
    record(reason="x" * LONGEST_DETAIL)
    with pytest.raises(ValueError, match="reason is longer"):
        record(reason="x" * (LONGEST_DETAIL + 1))
    with pytest.raises(ValueError, match="at most"):
        record(**{f"d{number}": number for number in range(MOST_DETAILS + 1)})
