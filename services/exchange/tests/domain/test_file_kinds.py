"""What may be attached: what runs is refused under any name, what is certainly something else is a mismatch."""

import io
import time
import zipfile

import pytest

from lienthong.common.errors import LienthongError
from lienthong.exchange.domain.file_kinds import HEAD_BYTES, OFFICE_TYPES, FilePolicy, Look, look_of

OFFICE = FilePolicy.parse("office")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(100)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "nội dung")
    return file.getvalue()


def said(media_type: str, head: bytes, policy: FilePolicy = OFFICE) -> str | None:
    try:
        policy.check_type(media_type)
        policy.check_head(media_type, head[:HEAD_BYTES])
    except LienthongError as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("media_type", "head"),
    [
        ("application/pdf", PDF),
        ("application/pdf", b"\n" * 100 + PDF),
        ("Application/PDF; name=a.pdf", PDF),
        (DOCX, zipped("[Content_Types].xml")),
        (DOCX, OLE),  # with a password
        ("application/vnd.oasis.opendocument.text", zipped("mimetype")),
        ("application/msword", OLE),
        ("application/msword", b"{\\rtf1\\ansi"),
        ("application/vnd.ms-excel", "Số;Ký hiệu\n1;BC-SNV".encode()),  # what Windows calls .csv
        ("application/vnd.ms-excel", b'<?xml version="1.0"?><Workbook'),
        ("text/plain", "Kính gửi: Ủy ban".encode()),
        ("text/plain; charset=utf-16", "Kính gửi".encode("utf-16")),
        ("text/plain", b"MZ la chu viet tat"),
        ("text/plain", bytes(range(0x80, 0x100))),  # TCVN 3, VNI
        ("text/csv", b"a,b\r\n"),
        ("application/xml", b"\xef\xbb\xbf<?xml version='1.0'?><edXML/>"),
        ("text/xml", "<?xml version='1.0'?><a/>".encode("utf-16")),
        ("application/json", b'{"a": 1}'),
        ("image/png", b"\x89PNG\r\n\x1a\n\x00\x00"),
        ("image/jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("image/tiff", b"MM\x00*\x00"),
        ("image/webp", b"RIFF\x00\x01\x00\x00WEBPVP8 "),
        ("image/bmp", b"BM\x36\x00\x00\x00\x00\x00"),
        ("application/zip", zipped("a.pdf")),
        ("application/x-zip-compressed", zipped()),
        ("application/vnd.rar", b"Rar!\x1a\x07\x01\x00"),
        ("application/x-7z-compressed", b"7z\xbc\xaf\x27\x1c"),
        ("image/vnd.dwg", b"AC1032\x00\x00"),
        ("application/pkcs7-signature", b"\x30\x82\x0a\x11"),
        ("application/pkcs7-mime", b"-----BEGIN PKCS7-----\n"),
        ("application/octet-stream", b"anything \x00\x01\x02"),
        ("application/octet-stream", PDF),
    ],
)
def test_what_offices_send_is_taken(media_type: str, head: bytes) -> None:
    assert said(media_type, head) is None


@pytest.mark.requirement("N10")
@pytest.mark.parametrize("media_type", ["application/pdf", "application/octet-stream", "text/plain", "application/zip"])
@pytest.mark.parametrize(
    "head",
    [
        PROGRAM,
        b"\x7fELF\x02\x01\x01",
        b"\xca\xfe\xba\xbe\x00\x00\x00\x41",
        b"\xcf\xfa\xed\xfe\x07\x00\x00\x01",
        b"L\x00\x00\x00\x01\x14\x02\x00\x00",
        b"#!/bin/sh\nrm -rf /",
        b"\xef\xbb\xbf#!/usr/bin/env python",
        b"<?php system($_GET['a']);",
        b"<!DOCTYPE html><script>",
        b"\r\n<!-- saved --> <HTML><body>",
        "<html><script>".encode("utf-16"),
    ],
)
def test_what_runs_is_refused_under_any_name(media_type: str, head: bytes) -> None:
    assert said(media_type, head) == "attachment_type_forbidden"


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-msdownload",
        "text/html",
        "text/javascript",
        "video/mp4",
        "application/java-archive",
        "pdf",
        "",
        "ứng/d",
    ],
)
def test_other_types_are_refused_whatever_the_bytes(media_type: str) -> None:
    assert said(media_type, PDF) == "attachment_type_forbidden"


@pytest.mark.parametrize(
    ("media_type", "head"),
    [
        ("application/pdf", zipped("a")),
        ("application/pdf", b"cong van"),
        ("application/pdf", b" " * 1024 + PDF),
        (DOCX, PDF),
        (DOCX, b"\x89PNG\r\n\x1a\n"),
        ("application/msword", PDF),
        ("image/png", b"\xff\xd8\xff\xe0"),
        ("text/plain", PDF),
        ("text/plain", b"a\x00b"),
        ("application/xml", b'{"a": 1}'),
        ("application/zip", b"Rar!\x1a\x07\x01\x00"),
        ("application/pkcs7-mime", PDF),
    ],
)
def test_what_is_certainly_something_else_is_a_mismatch(media_type: str, head: bytes) -> None:
    assert said(media_type, head) == "attachment_type_mismatch"


def test_the_operator_may_allow_more() -> None:
    more = FilePolicy.parse("office, video/*,application/x-tar")
    assert said("video/mp4", b"\x00\x00\x00\x20ftypisom", more) is None
    assert said("application/x-tar", b"a.txt\x00", more) is None
    assert said("audio/mpeg", b"ID3", more) == "attachment_type_forbidden"


def test_what_runs_must_be_named_by_the_operator() -> None:
    everything = FilePolicy.parse("*/*")
    assert said("application/x-anything", b"\x00\x01", everything) is None
    assert said("application/x-anything", PROGRAM, everything) == "attachment_type_forbidden"
    assert said("text/html", b"<html>", everything) == "attachment_type_forbidden"
    pages = FilePolicy.parse("office,text/html")
    assert said("text/html", b"<html>", pages) is None
    assert said("application/pdf", b"<html>", pages) == "attachment_type_mismatch"
    assert said("text/x-shellscript", b"#!/bin/sh", pages) == "attachment_type_forbidden"


def test_the_operator_may_allow_less() -> None:
    signed_only = FilePolicy.parse("application/pdf")
    assert said("application/pdf", PDF, signed_only) is None
    assert said("application/octet-stream", PDF, signed_only) == "attachment_type_forbidden"


@pytest.mark.parametrize("text", ["", " , ", "pdf", "*", "*/pdf", "application/", "application/pdf;q=1", "office all"])
def test_a_malformed_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a list of media types"):
        FilePolicy.parse(text)


def test_every_type_of_the_list_takes_something() -> None:
    for media_type, looks in OFFICE_TYPES.items():
        assert looks is None or looks - {Look.OTHER}, media_type


def test_looking_takes_no_time_whatever_the_bytes() -> None:
    begun = time.perf_counter()
    for head in (b"<!-- -->" * 512, b"<?xml " * 700, b" " * HEAD_BYTES, b"<!--" * 1024, b"<" * HEAD_BYTES):
        look_of(head)
    assert time.perf_counter() - begun < 0.5
