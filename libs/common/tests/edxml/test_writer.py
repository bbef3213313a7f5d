"""The writer writes what the axis's own readers accept, or says why it cannot and writes nothing."""

import hashlib
import io
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from lienthong.common.edxml import UnwritableEdxml, write_document
from lienthong.common.messages.document import Attachment, Document

from .world import BESIDE, NOW, STATUS_BESIDE, read_document, read_status, sample, written, written_status


def document(**changes: object) -> Document:
    return read_document(sample("new")).document(BESIDE).model_copy(update=changes)


def attachment(data: bytes, name: str = "a") -> Attachment:
    digest = hashlib.sha256(data).hexdigest()
    return Attachment(id=name, name=f"{name}.bin", media_type="x/y", size=len(data), sha256=digest)


def test_the_envelope_is_that_of_the_axis() -> None:
    lines = written(document()).decode().splitlines()
    assert lines[:5] == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">',
        '  <edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">',
        "    <edXML:edXMLHeader>",
        "      <edXML:MessageHeader>",
    ]
    assert '      <edXML:edXMLManifest version="1.0">' in lines
    assert lines[-1] == "</edXML>"


def test_every_child_has_the_literal_prefix() -> None:
    names = [line.strip() for line in written(document()).decode().splitlines()[2:-1]]
    assert all(name.startswith(("<edXML:", "</edXML:")) for name in names)


def test_a_document_without_files_has_no_encoded_attachments_and_a_status_no_body() -> None:
    assert b"AttachmentEncoded" not in written(document())
    status = written_status(read_status(sample("status")).report(STATUS_BESIDE))
    assert b"edXMLBody" not in status
    assert b"TraceHeaderList" not in status


@pytest.mark.parametrize("size", [1, 2, 3, 57 * 1024 - 1, 57 * 1024 * 2 + 1])
def test_files_are_carried_along_whole(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    xml = written(document(attachments=(attachment(data), attachment(b"left out", "b"))), contents={"a": data})
    found = read_document(xml)
    assert found.contents["a"].open().read() == data
    assert "b" not in found.contents
    assert xml.count(b"<edXML:Reference>") == 2


def test_a_stream_may_give_less_than_was_asked_for() -> None:
    class Trickle:
        def __init__(self, data: bytes) -> None:
            self._file = io.BytesIO(data)

        def read(self, size: int, /) -> bytes:
            return self._file.read(min(size, 7))

    data = bytes(range(100))
    out = io.BytesIO()
    write_document(
        document(attachments=(attachment(data),)), time=NOW, out=out, contents={"a": lambda: nullcontext(Trickle(data))}
    )
    assert read_document(out.getvalue()).contents["a"].open().read() == data


def test_a_file_other_than_the_one_named_is_refused() -> None:
    with pytest.raises(UnwritableEdxml) as refused:
        written(document(attachments=(attachment(b"this"),)), contents={"a": b"that"})
    assert [each.code for each in refused.value.violations] == ["edxml_other_content"]


def test_what_xml_cannot_hold_is_told_all_at_once_before_anything_is_written() -> None:
    bad = document(subject="a\x01b", content="\ufffe", to_places=("tốt", "\x0b"))
    out = io.BytesIO()
    with pytest.raises(UnwritableEdxml) as refused:
        write_document(bad, time=datetime(9999, 12, 31, 23, tzinfo=UTC), out=out)
    header = "/edXMLEnvelope/edXMLHeader/MessageHeader"
    assert [(each.code, each.pointer) for each in refused.value.violations] == [
        ("edxml_not_xml_text", f"{header}/Subject"),
        ("edxml_not_xml_text", f"{header}/Content"),
        ("edxml_not_xml_text", f"{header}/ToPlaces/Place[2]"),
        ("edxml_time", "/edXMLEnvelope/edXMLHeader/TraceHeaderList/TraceHeader[1]/Timestamp"),
    ]
    assert out.getvalue() == b""


def test_a_carriage_return_survives() -> None:
    text = "một\r\nhai\rba\n"
    assert read_document(written(document(content=text))).members["content"] == text


def test_time_is_written_in_whole_seconds_of_vietnam() -> None:
    moment = datetime(2026, 11, 22, 17, 0, 0, 999_000, tzinfo=UTC)
    assert b"<edXML:Timestamp>2026/11/23 00:00:00<" in written(document(), moment)
