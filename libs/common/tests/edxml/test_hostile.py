"""Hostile and broken XML is refused by name and quickly, and nothing else ever comes out of the reader."""

import time
import tracemalloc
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.edxml import MalformedEdxml, ReadDocument, UnreadableEdxml, read
from lienthong.common.edxml.faults import FAULTS
from lienthong.common.errors import Violation

from .world import BESIDE, STATUS_BESIDE, read_document, sample

LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><edXML>&d;</edXML>"""
OUTSIDE = '<!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/passwd">]><edXML>&x;</edXML>'

HOSTILE: dict[str, tuple[bytes, str]] = {
    "billion laughs": (LAUGHS.encode(), "edxml_doctype"),
    "external entity": (OUTSIDE.encode(), "edxml_doctype"),
    "external DTD": (b'<!DOCTYPE edXML SYSTEM "http://127.0.0.1/x.dtd"><edXML/>', "edxml_doctype"),
    "undeclared entity": (b"<edXML>&x;</edXML>", "edxml_not_well_formed"),
    "depth": (b"<a>" * 1_000_000, "edxml_too_deep"),
    "elements": (b"<a>" + b"<b/>" * 1_000_000, "edxml_too_many_elements"),
    "text": (b"<a>" + b"x" * 20_000_000, "edxml_too_much_text"),
    "many texts": (
        b"<a>" + b"<b>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx</b>" * 99_000,
        "edxml_too_much_text",
    ),
    "attribute": (b'<a b="' + b"x" * 50_000_000, "edxml_too_much_text"),
    "name": (b"<" + b"x" * 50_000_000, "edxml_too_much_text"),
    "comment": (b"<!--" + b"x" * 50_000_000, "edxml_too_much_text"),
    "latin-1": ("<a>Đ".encode().replace(b"\xc4\x90", b"\xd0"), "edxml_not_utf8"),
    "declared latin-1": (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "edxml_not_utf8"),
    "UTF-16": ('<?xml version="1.0"?><a/>'.encode("utf-16"), "edxml_not_utf8"),
    "surrogates": (b"<a>\xed\xa0\x80</a>", "edxml_not_utf8"),
    "cut letter": ("<a>ộ".encode()[:-1], "edxml_not_utf8"),
    "NUL": (b"<a>\0</a>", "edxml_not_well_formed"),
    "NUL by reference": (b"<a>&#0;</a>", "edxml_not_well_formed"),
    "control": (b"<a>\x01</a>", "edxml_not_well_formed"),
    "nothing": (b"", "edxml_not_well_formed"),
    "blank": (b" \n", "edxml_not_well_formed"),
    "cut short": (b"<edXML><edXMLEnvelope>", "edxml_not_well_formed"),
    "junk before": (b"1212<?xml version='1.0'?><edXML/>", "edxml_not_well_formed"),
    "two roots": (b"<edXML/><edXML/>", "edxml_not_well_formed"),
    "attribute twice": (b"<edXML a='1' a='2'/>", "edxml_not_well_formed"),
    "JSON": (b'{"edXML": 1}', "edxml_not_well_formed"),
    "XML of others": (b"<html/>", "edxml_no_header"),
    "another namespace": (b"<edXML xmlns='urn:x'><edXMLEnvelope/></edXML>", "edxml_no_header"),
    "no header": (b"<edXML><edXMLEnvelope/></edXML>", "edxml_no_header"),
}


@pytest.mark.parametrize(("xml", "name"), HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_refused_by_name_and_quickly(xml: bytes, name: str) -> None:
    started = time.process_time()
    with pytest.raises(UnreadableEdxml) as refused:
        read(xml)
    assert time.process_time() - started < 2
    [fault] = refused.value.violations
    assert fault.code == name
    assert (fault.detail, fault.advice) == FAULTS[name]


def test_more_bytes_than_allowed_are_not_read() -> None:
    class Endless:
        given = 0

        def read(self, size: int, /) -> bytes:
            self.given += size
            return b" " * size

    endless = Endless()
    with pytest.raises(UnreadableEdxml) as refused:
        read(endless, max_bytes=1_000_000)
    assert refused.value.violations[0].code == "edxml_too_large"
    assert endless.given < 1_200_000


def test_a_byte_order_mark_is_no_harm() -> None:
    marked = read_document(b"\xef\xbb\xbf" + sample("new"))
    assert marked.document(BESIDE) == read_document(sample("new")).document(BESIDE)


def test_many_faults_are_told_up_to_a_hundred() -> None:
    many = "<edXML:ResponseFor><edXML:PromulgationDate>hôm qua</edXML:PromulgationDate></edXML:ResponseFor>" * 5_000
    found = read_document(sample("new").replace(b"<edXML:SteeringType>", f"{many}<edXML:SteeringType>".encode()))
    with pytest.raises(MalformedEdxml) as refused:
        found.document(BESIDE)
    assert len(refused.value.violations) == 100


def test_many_agencies_without_names_are_refused_quickly() -> None:
    many = "<edXML:To><edXML:OrganId>x</edXML:OrganId></edXML:To>" * 40_000
    started = time.process_time()
    with pytest.raises(MalformedEdxml) as refused:
        read_document(sample("new").replace(b"<edXML:To>", f"{many}<edXML:To>".encode(), 1)).document(BESIDE)
    assert time.process_time() - started < 5
    assert len(refused.value.violations) == 100


def test_a_large_file_passes_without_standing_in_memory() -> None:
    class Long:
        def __init__(self, parts: Iterator[bytes]) -> None:
            self._parts = parts

        def read(self, size: int, /) -> bytes:
            return next(self._parts, b"")

    before, after = sample("every_field").split(b"aGVsbG8K")

    def parts() -> Iterator[bytes]:
        yield before
        for _ in range(1_000):
            yield b"QUJD" * 16_384
        yield after

    tracemalloc.start()
    try:
        found = read(Long(parts()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(found, ReadDocument)
    assert found.contents["209"].size == 1_000 * 16_384 * 3
    assert peak < 8_000_000


@given(st.data())
def test_whatever_is_broken_is_refused_in_words(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["new", "update", "replace", "status", "older"]))
    xml = bytearray(sample(name))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(xml) - 1))
        end = min(len(xml), start + data.draw(st.integers(0, 200)))
        xml[start:end] = data.draw(st.one_of(st.binary(max_size=20), st.just(bytes(xml[start:end]) * 2)))
    assert all(each.detail.vi and each.detail.en for each in violations_of(bytes(xml)))


def violations_of(xml: bytes) -> Sequence[Violation]:
    """What is told of it: nothing where it is still a message, and at least one thing where it is refused."""
    try:
        found = read(xml)
        found.document(BESIDE) if isinstance(found, ReadDocument) else found.report(STATUS_BESIDE)
    except (UnreadableEdxml, MalformedEdxml) as refused:
        return refused.violations or pytest.fail("refused without a word")
    return ()
