"""Errors become RFC 9457 problems in the language the caller prefers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.envelope import MalformedEvent
from lienthong.common.problems import choose_language, to_problem
from lienthong.common.strict_json import JsonFault, MalformedJson

FAULT = Violation("not_nfc", "N8", "/data/subject", Words("Chưa dựng sẵn", "Not NFC"), Words("Chuẩn hóa", "Normalise"))


def test_a_problem_carries_everything_the_caller_needs() -> None:
    error = MalformedEvent(Words("Có một lỗi", "There is one fault"), rule="N8", violations=[FAULT])
    assert to_problem(error, language="vi", instance="/v1/messages", trace_id="0af7651916cd43dd8448eb211c80319c") == {
        "type": "urn:lienthong:error:malformed_event",
        "title": "Thông điệp không đúng cấu trúc",
        "status": 400,
        "detail": "Có một lỗi",
        "instance": "/v1/messages",
        "code": "malformed_event",
        "rule": "N8",
        "advice": "Sửa từng lỗi nêu trong violations rồi ký và gửi lại.",
        "violations": [
            {
                "code": "not_nfc",
                "rule": "N8",
                "pointer": "/data/subject",
                "detail": "Chưa dựng sẵn",
                "advice": "Chuẩn hóa",
            }
        ],
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }


def test_a_problem_leaves_out_what_has_no_value() -> None:
    problem = to_problem(MalformedJson(JsonFault.SYNTAX), language="en", instance="/v1/messages", trace_id=None)
    assert problem["detail"] == "The bytes are not JSON"
    assert problem.keys() == {"type", "title", "status", "detail", "instance", "code", "advice"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "vi"),
        ("", "vi"),
        ("vi", "vi"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("fr", "vi"),
        ("fr, en", "en"),
        ("en, vi", "vi"),
        ("en;q=0.8, vi;q=0.9", "vi"),
        ("vi;q=0.8, en;q=0.9", "en"),
        ("vi-VN,vi;q=0.9,en-US;q=0.8,en;q=0.7", "vi"),
        ("en-US,en;q=0.9,vi;q=0.8", "en"),
        ("en;q=0", "vi"),
        ("*", "vi"),
        ("vi;q=0, *", "en"),
        ("vi;q=0.1, *;q=0.5", "en"),
        ("en ; q = 0.5", "en"),
        ("en;q=2", "vi"),
        ("en;q=nan", "vi"),
        ("en;q=0.5000", "vi"),
        (";;,,q=1,en", "en"),
    ],
)
def test_english_only_where_it_is_preferred(header: str | None, language: str) -> None:
    assert choose_language(header) == language


@given(st.text(max_size=300))
def test_any_header_chooses_a_language(header: str) -> None:
    assert choose_language(header) in ("vi", "en")
