"""JSON that two readers could understand differently is refused; the rest is read as any parser reads it."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.strict_json import MAX_INTEGER, JsonFault, JsonValue, MalformedJson, dumps, loads

texts = st.text(st.characters(codec="utf-8"))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values: st.SearchStrategy[JsonValue] = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20
)


def fault_of(data: bytes, *, max_bytes: int = 1 << 20, max_depth: int = 32) -> JsonFault:
    with pytest.raises(MalformedJson) as caught:
        loads(data, max_bytes=max_bytes, max_depth=max_depth)
    return caught.value.reason


@given(values)
def test_what_is_written_is_read(value: JsonValue) -> None:
    assert loads(dumps(value)) == value


@given(values)
def test_escapes_and_blanks_change_nothing(value: JsonValue) -> None:
    assert loads(json.dumps(value, indent=2, ensure_ascii=True).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_the_one_way(data: bytes) -> None:
    try:
        value = loads(data)
    except MalformedJson:
        return
    assert json.loads(data.decode()) == value


def test_writing_is_compact_utf8_in_the_order_given() -> None:
    assert dumps({"z": "Điện Biên", "a": [1, True, None]}) == '{"z":"Điện Biên","a":[1,true,null]}'.encode()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", JsonFault.SYNTAX),
        (b"{", JsonFault.SYNTAX),
        (b'{"a":1} x', JsonFault.SYNTAX),
        (b"{'a':1}", JsonFault.SYNTAX),
        (b'{"a":1,}', JsonFault.SYNTAX),
        (b"[1,]", JsonFault.SYNTAX),
        (b"01", JsonFault.SYNTAX),
        (b'"\x01"', JsonFault.SYNTAX),
        (b'"a\nb"', JsonFault.SYNTAX),
        (b"\x0c1", JsonFault.SYNTAX),
        (b"// no\n1", JsonFault.SYNTAX),
        (b'\xef\xbb\xbf{"a":1}', JsonFault.BYTE_ORDER_MARK),
        ('{"a":1}'.encode("utf-16"), JsonFault.NOT_UTF8),
        (b'{"a":"\xff"}', JsonFault.NOT_UTF8),
        (b'"\xed\xa0\x80"', JsonFault.NOT_UTF8),
        (b'"\xc0\xaf"', JsonFault.NOT_UTF8),
        (b'{"a":1,"a":1}', JsonFault.DUPLICATE_MEMBER),
        (b'{"a":1,"\\u0061":2}', JsonFault.DUPLICATE_MEMBER),
        (b'[{"x":{"b":1,"c":2,"b":3}}]', JsonFault.DUPLICATE_MEMBER),
        (b"NaN", JsonFault.NOT_A_NUMBER),
        (b"[-Infinity]", JsonFault.NOT_A_NUMBER),
        (b"1e999", JsonFault.NUMBER_TOO_LARGE),
        (b"1e-999", JsonFault.NUMBER_TOO_LARGE),
        (b"-0.1e-400", JsonFault.NUMBER_TOO_LARGE),
        (b"0." + b"1" * 2000, JsonFault.NUMBER_TOO_LARGE),
        (b"9007199254740992", JsonFault.NUMBER_TOO_LARGE),
        (b"-9007199254740992", JsonFault.NUMBER_TOO_LARGE),
        (b'"\\ud800"', JsonFault.LONE_SURROGATE),
        (b'{"\\uDC00x":1}', JsonFault.LONE_SURROGATE),
        (b'["\\ude00\\ud83d"]', JsonFault.LONE_SURROGATE),
    ],
)
def test_each_fault_is_told_by_name(data: bytes, fault: JsonFault) -> None:
    assert fault_of(data) is fault


def test_a_whole_surrogate_pair_is_a_letter() -> None:
    assert loads(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_the_largest_exact_integers_are_read() -> None:
    assert loads(b"[9007199254740991,-9007199254740991,-0]") == [MAX_INTEGER, -MAX_INTEGER, 0]


def test_a_very_long_integer_costs_nothing() -> None:
    assert fault_of(b"9" * 1_000_000) is JsonFault.NUMBER_TOO_LARGE


def test_a_number_with_a_fraction_is_a_double() -> None:
    assert loads(b"[0.1,1e3,-2.5E-3]") == [0.1, 1000.0, -0.0025]


def test_size_is_bounded_to_the_byte() -> None:
    assert loads(b'"abc"', max_bytes=5) == "abc"
    assert fault_of(b'"abc" ', max_bytes=5) is JsonFault.TOO_LARGE


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_bounded_to_the_level(opening: str, closing: str) -> None:
    assert loads((opening * 32 + "1" + closing * 32).encode())
    assert fault_of((opening * 33 + "1" + closing * 33).encode()) is JsonFault.TOO_DEEP
    assert fault_of((opening * 100_000).encode()) is JsonFault.TOO_DEEP


def test_brackets_in_strings_are_no_depth() -> None:
    deep = "[" * 100 + '\\"{' * 100
    assert loads(dumps([deep, {deep: 1}])) == [deep, {deep: 1}]


def test_many_flat_values_are_no_depth() -> None:
    assert loads(b"[" + b"[]," * 1000 + b"{}]") == [[]] * 1000 + [{}]


def test_unfinished_strings_are_refused_in_linear_time() -> None:
    assert fault_of(b"[" * 33 + b'"' + b'\\"' * 500_000) is JsonFault.TOO_DEEP
    assert fault_of(b"[" * 32 + b'"' + b'\\"' * 500_000 + b"[") is JsonFault.SYNTAX


def test_depth_does_not_hang_on_the_interpreter() -> None:
    limit = sys.getrecursionlimit()
    assert fault_of(b"[" * 200, max_depth=100) is JsonFault.TOO_DEEP
    assert sys.getrecursionlimit() == limit


def test_a_repeated_member_is_named_without_its_value() -> None:
    with pytest.raises(MalformedJson) as caught:
        loads('{"khóa":"bí mật","khóa":"bí mật"}'.encode())
    assert "kh\\xf3a" in str(caught.value)
    assert "bí mật" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (float("nan"), JsonFault.NOT_A_NUMBER),
        (float("inf"), JsonFault.NOT_A_NUMBER),
        ("\ud800", JsonFault.LONE_SURROGATE),
    ],
)
def test_what_no_reader_would_take_is_not_written(value: JsonValue, fault: JsonFault) -> None:
    with pytest.raises(MalformedJson) as caught:
        dumps([value])
    assert caught.value.reason is fault
