"""Content-Digest (RFC 9530), Range and Content-Type (RFC 9110)."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.exchange.domain.digests import read_content_digest, to_content_digest
from lienthong.exchange.domain.errors import DigestMissing
from lienthong.exchange.domain.media_types import UNTYPED, to_content_type
from lienthong.exchange.domain.ranges import ByteRange, read_range

HASH = hashlib.sha256(b"x").hexdigest()
VALUE = base64.b64encode(bytes.fromhex(HASH)).decode()


@given(st.binary(min_size=32, max_size=32))
def test_a_digest_is_read_as_it_is_written(digest: bytes) -> None:
    assert read_content_digest(to_content_digest(digest.hex())) == digest.hex()


@pytest.mark.parametrize("header", [f"md5=:AAAA:, sha-256=:{VALUE}:", f"sha-256=:{VALUE}: , sha-512=:AAAA:"])
def test_other_algorithms_are_passed_over(header: str) -> None:
    assert read_content_digest(header) == HASH


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        VALUE,
        f"sha-256={VALUE}",
        f"sha-256=:{VALUE[:-1]}:",
        f"SHA-256=:{VALUE}:",
        f"x-sha-256=:{VALUE}:",
        f"sha-256=:{VALUE}:, sha-256=:{VALUE}:",
    ],
)
def test_anything_else_is_missing(header: str | None) -> None:
    with pytest.raises(DigestMissing):
        read_content_digest(header)


@pytest.mark.parametrize(
    ("header", "start", "length"),
    [
        (None, 0, 10),
        ("bytes=0-", 0, 10),
        ("bytes=0-9", 0, 10),
        ("bytes=2-4", 2, 3),
        ("bytes=7-100", 7, 3),
        ("bytes=-3", 7, 3),
        ("bytes=-100", 0, 10),
        ("bytes=9-", 9, 1),
        ("bytes=4-2", 0, 10),
        ("bytes=-", 0, 10),
        ("bytes=0-1,3-4", 0, 10),
        ("lines=0-1", 0, 10),
    ],
)
def test_one_range_is_understood_and_the_rest_passed_over(header: str | None, start: int, length: int) -> None:
    assert read_range(header, 10) == ByteRange(start, length, 10)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_the_file_is_none(header: str) -> None:
    assert read_range(header, 10) is None


@given(st.integers(1, 1000), st.integers(0, 1200), st.integers(0, 1200))
def test_a_part_never_leaves_the_file(size: int, first: int, last: int) -> None:
    part = read_range(f"bytes={first}-{last}", size)
    assert (part is None) is (first >= size)
    if part is not None:
        assert 0 <= part.start < part.start + part.length <= size


@pytest.mark.parametrize(
    "said",
    [
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/plain; charset=utf-8",
        'text/plain;charset="utf-8"',
        "image/svg+xml",
    ],
)
def test_a_media_type_is_repeated(said: str) -> None:
    assert to_content_type(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "pdf",
        "",
        "ứng dụng/pdf",
        "text/html\r\nSet-Cookie: a=b",
        "a/b\n",
        'a/b;c="\r"',
        "a/b; c=é",
        " a/b",
        "a/b;",
        "/b",
    ],
)
def test_what_no_header_carries_is_not(said: str) -> None:
    assert to_content_type(said) == UNTYPED


@given(st.text())
def test_whatever_was_said_a_header_carries_the_answer(said: str) -> None:
    assert to_content_type(said).isascii()
    assert to_content_type(said).isprintable()
