"""The reader gives what stands there, and tells every fault at once, with its place, in both languages."""

import base64
import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.edxml import MalformedEdxml, UnreadableEdxml, kind_of, read
from lienthong.common.messages.document import Document, DocumentKind, ResponseFor

from .world import BESIDE, STATUS_BESIDE, read_document, read_status, sample

HEADER = "/edXMLEnvelope/edXMLHeader/MessageHeader"


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    text = sample(name).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def faults_of(xml: bytes) -> list[tuple[str, str]]:
    with pytest.raises(MalformedEdxml) as refused:
        read_document(xml).document(replace(BESIDE, files={}))
    assert all(each.detail.vi and each.advice.en for each in refused.value.violations)
    return [(each.code, each.pointer) for each in refused.value.violations]


def document_of(xml: bytes) -> Document:
    return read_document(xml).document(BESIDE)


def test_any_prefix_and_any_order_will_do() -> None:
    plain = document_of(sample("new"))
    assert document_of(changed("new", ("edXML:", "x:"), ("xmlns:edXML", "xmlns:x"))) == plain
    subject = b"<edXML:Subject>V/v k\xe1\xba\xbft n\xe1\xbb\x91i, "
    line = next(each for each in sample("new").splitlines() if subject in each)
    moved = sample("new").replace(line, b"").replace(b"<edXML:From>", line + b"<edXML:From>", 1)
    assert document_of(moved) == plain


def test_an_envelope_alone_reads_as_the_axis_of_old_wrote_it() -> None:
    text = sample("revoke").decode().split("<edXML:edXMLEnvelope", 1)[1].rsplit("</edXML>", 1)[0]
    old = f"<EdXMLEnvelope {text}".replace("edXML:", "").replace("/edXMLEnvelope", "/EdXMLEnvelope")
    old = old.replace('xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"', 'xmlns="http://www.go.vn/eDoc"')
    old = old.replace('xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"', 'xmlns="http://www.go.vn/eDoc"')
    assert document_of(old.encode()) == document_of(sample("revoke"))


def test_all_faults_are_told_at_once_with_their_places() -> None:
    xml = changed(
        "new",
        ("2020/08/14</edXML:PromulgationDate>", "2020/02/30</edXML:PromulgationDate>"),
        ("<edXML:Type>1<", "<edXML:Type>một<"),
        ("2020/08/14 16:35:56", "14/08/2020 16:35"),
        ("UBND huyện Bến Cầu", " "),
        ("<edXML:SteeringType>1<", "<edXML:SteeringType>7<"),
        ("UEsDBB", "UEs*BB"),
    )
    assert faults_of(xml) == [
        ("edxml_date", f"{HEADER}/PromulgationInfo/PromulgationDate"),
        ("edxml_number", f"{HEADER}/DocumentType/Type"),
        ("edxml_time", "/edXMLEnvelope/edXMLHeader/TraceHeaderList/TraceHeader[1]/Timestamp"),
        ("edxml_base64", "/AttachmentEncoded/Attachment[1]/ContentTransferEncoded"),
        ("missing", f"{HEADER}/To[2]/OrganName"),
        ("enum", f"{HEADER}/SteeringType"),
        ("edxml_no_content", "/edXMLEnvelope/edXMLBody/edXMLManifest/Reference[1]/ContentId"),
    ]


def test_an_unknown_agency_is_told_where_its_code_stands() -> None:
    with pytest.raises(MalformedEdxml) as refused:
        read_document(sample("new")).document(replace(BESIDE, agency_ids={}))
    assert [(each.code, each.pointer) for each in refused.value.violations] == [
        ("edxml_unknown_agency", f"{HEADER}/From/OrganId"),
        ("edxml_unknown_agency", f"{HEADER}/To[1]/OrganId"),
        ("edxml_unknown_agency", f"{HEADER}/To[2]/OrganId"),
    ]


def test_a_file_whose_content_is_nowhere_is_a_fault() -> None:
    with pytest.raises(MalformedEdxml) as refused:
        read_document(sample("older")).document(replace(BESIDE, files={}))
    place = "/edXMLEnvelope/edXMLBody/edXMLManifest/Reference[1]/ContentId"
    assert [(each.code, each.pointer) for each in refused.value.violations] == [("edxml_no_content", place)]


def test_a_status_of_another_kind_or_time_is_a_fault() -> None:
    found = read_status(changed("status", (">03<", ">13<"), ("2020/08/15 08:01:02", "")))
    with pytest.raises(MalformedEdxml) as refused:
        found.report(STATUS_BESIDE)
    assert [(each.code, each.pointer) for each in refused.value.violations] == [
        ("edxml_time", f"{HEADER}/Timestamp"),
        ("enum", f"{HEADER}/StatusCode"),
    ]


def test_an_element_that_stands_twice_is_a_fault_because_two_readers_would_see_two_things() -> None:
    twice = "<edXML:Subject>Một</edXML:Subject><edXML:Subject>Hai</edXML:Subject><edXML:SteeringType>"
    assert ("edxml_repeated", f"{HEADER}/Subject") in faults_of(changed("new", ("<edXML:SteeringType>", twice)))
    header = "</edXML:MessageHeader><edXML:MessageHeader><edXML:Subject>Hai</edXML:Subject></edXML:MessageHeader>"
    assert ("edxml_repeated", f"{HEADER}/Subject") in faults_of(changed("new", ("</edXML:MessageHeader>", header)))
    reference = "<edXML:Reference><edXML:ContentId>cid:209</edXML:ContentId></edXML:Reference><edXML:Reference>"
    assert faults_of(changed("new", ("<edXML:Reference>", reference)))[0][0] == "edxml_repeated"


def test_what_no_row_of_the_table_knows_is_named() -> None:
    xml = changed(
        "new",
        ("<edXML:Subject>", '<v:Subject xmlns:v="urn:other">khác</v:Subject><edXML:New/><edXML:Subject>'),
        ("</edXML:edXMLBody>", "</edXML:edXMLBody><edXML:edXMLAttachments><a/></edXML:edXMLAttachments>"),
    )
    found = read_document(xml)
    assert set(found.unmapped) == {
        f"{HEADER}/{{urn:other}}Subject",
        f"{HEADER}/New",
        "/edXMLEnvelope/edXMLAttachments",
    }
    assert found.document(BESIDE) == document_of(sample("new"))


class TestDirtyDataOfTheRealWorld:
    """`standards.md` 1.12: given as it stands, so that admission can refuse it by name."""

    def test_an_impossible_date_inside_a_document_id(self) -> None:
        dirty = "000.00.00.G22,2014/02/30,7806/VPCP-TTĐT"
        found = document_of(changed("new", ("000.00.13.H53,2020/08/14,1295/STTTT-TTBCXB", dirty)))
        assert found.document_id == dirty

    def test_a_code_without_its_dot(self) -> None:
        assert document_of(changed("new", ("000.00.31.H53", "000.1137.H53"))).to[1].code == "000.1137.H53"

    def test_letters_that_only_look_right(self) -> None:
        found = document_of(changed("new", ("Nguyễn Văn Minh", "Lê Quý Ðôn")))
        assert found.signer.full_name == "Lê Quý Ðôn"
        assert "Ð" in found.signer.full_name, "U+00D0 stays what it is"

    def test_text_that_is_not_precomposed(self) -> None:
        assert document_of(changed("new", ("Minh", "Hoa\u0300"))).signer.full_name.endswith("Hoa\u0300")

    def test_several_agencies_in_one_code(self) -> None:
        joined = "000.00.31.H53#000.00.32.H53"
        found = read_document(changed("new", ("000.00.31.H53", joined)))
        assert joined in found.organ_ids
        with pytest.raises(MalformedEdxml) as refused:
            found.document(replace(BESIDE, agency_ids={each: BESIDE.agency_ids[each] for each in ("000.00.13.H53",)}))
        assert ("edxml_unknown_agency", f"{HEADER}/To[2]/OrganId") in [
            (each.code, each.pointer) for each in refused.value.violations
        ]

    def test_an_empty_response_for(self) -> None:
        empty = "<edXML:ResponseFor><edXML:OrganId></edXML:OrganId><edXML:Code/></edXML:ResponseFor>"
        found = document_of(changed("new", ("<edXML:SteeringType>", f"{empty}<edXML:SteeringType>")))
        assert found.response_for == (ResponseFor(),)

    def test_an_empty_subject_name_and_a_short_certificate_are_for_those_who_verify(self) -> None:
        assert read_document(sample("new")).signed

    @pytest.mark.parametrize(
        "change",
        [
            ("<edXML:Reference>", '<edXML:Reference xlink:href="">'),
            ("<AttachmentEncoded>", "<x:AttachmentEncoded/><AttachmentEncoded>"),
        ],
    )
    def test_a_prefix_that_is_never_declared(self, change: tuple[str, str]) -> None:
        with pytest.raises(UnreadableEdxml) as refused:
            read(changed("new", change))
        [fault] = refused.value.violations
        assert fault.code == "edxml_unbound_prefix"
        line, _, column = fault.pointer.partition(":")
        assert int(line) > 50
        assert int(column) > 0


def carrying(name: str, data: bytes, media_type: str = "application/zip") -> bytes:
    text = sample("every_field").decode().replace("so-lieu.txt", name).replace("text/plain", media_type)
    return text.replace("aGVsbG8K", base64.b64encode(data).decode()).encode()


def zipped(method: int = zipfile.ZIP_DEFLATED, **entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


PACKED = zipped(a=b"%PDF-1.7")


@pytest.mark.parametrize(
    ("name", "data", "said", "meant", "media_type"),
    [
        ("a.pdf", PACKED, "application/zip", b"%PDF-1.7", "application/pdf"),
        ("a.pdf", PACKED, "application/pdf", b"%PDF-1.7", "application/pdf"),
        ("a.pdf", b"%PDF-1.7", "application/zip", b"%PDF-1.7", "application/zip"),
        ("a.zip", PACKED, "application/zip", PACKED, "application/zip"),
        ("a.docx", zipped(a=b"1", b=b"2"), "application/zip", zipped(a=b"1", b=b"2"), "application/zip"),
        ("a.pdf", b"PK\x03\x04 and no more", "application/zip", b"PK\x03\x04 and no more", "application/zip"),
        ("a.docx", PACKED, "application/zip", b"%PDF-1.7", "application/vnd.openxmlformats-officedocument"),
        ("a.đuôi", PACKED, "application/zip", b"%PDF-1.7", "application/octet-stream"),
    ],
)
def test_whether_a_file_is_packed_its_bytes_tell(
    name: str, data: bytes, said: str, meant: bytes, media_type: str
) -> None:
    found = read_document(carrying(name, data, said))
    assert found.contents["209"].open().read() == meant
    attachment = found.document(BESIDE).attachments[0]
    assert attachment.media_type.startswith(media_type)
    assert attachment.size == len(meant)


def test_a_zip_that_hides_a_bomb_is_a_fault() -> None:
    bomb = carrying("a.pdf", zipped(a=b"\0" * 20_000_000))
    found = read(bomb, max_bytes=1_000_000)
    assert [each.code for each in found.faults] == ["edxml_zip"]


def test_many_small_zips_are_a_bomb_too() -> None:
    one = base64.b64encode(zipped(a=b"\0" * 400_000)).decode()
    start, end = (
        sample("every_field").decode().index(tag) for tag in ("<edXML:Attachment>", "</edXML:AttachmentEncoded>")
    )
    text = sample("every_field").decode()
    files = "".join(text[start:end].replace("aGVsbG8K", one).replace("cid:209", f"cid:{n}") for n in range(4))
    found = read((text[:start] + files + text[end:]).encode(), max_bytes=1_000_000)
    assert [(each.code, each.pointer) for each in found.faults] == [
        ("edxml_zip", "/AttachmentEncoded/Attachment[3]"),
        ("edxml_zip", "/AttachmentEncoded/Attachment[4]"),
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_can_be_unpacked_in_pieces_is_unpacked(method: int) -> None:
    found = read_document(carrying("a.pdf", zipped(method, a=b"\0" * 100_000)))
    assert [each.code for each in found.faults] == ["edxml_zip"]


@given(st.data())
def test_a_zip_damaged_anywhere_is_a_file_or_a_fault(data: st.DataObject) -> None:
    broken = bytearray(zipped(a=b"%PDF-1.7" * 20))
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(4, len(broken) - 1))] = data.draw(st.integers(0, 255))
    found = read_document(carrying("a.pdf", bytes(broken)))
    assert [each.code for each in found.faults] in ([], ["edxml_zip"])
    assert found.faults or found.contents["209"].size > 0


def test_a_damaged_entry_is_a_fault() -> None:
    damaged = bytearray(zipped(a=b"x" * 5000))
    damaged[32:40] = b"\xff" * 8
    assert [each.code for each in read_document(carrying("a.pdf", bytes(damaged))).faults] == ["edxml_zip"]


NESTED = "AAAA<edXML:Attachment><edXML:ContentTransferEncoded/></edXML:Attachment>AAAA"


@pytest.mark.parametrize("text", ["AAA", "AAAA=AAA", "AA==AAAA", "Xin chào", "A===", "AAAA\u00a0*", "AAAA<a/>", NESTED])
def test_what_is_not_base64_is_a_fault(text: str) -> None:
    xml = sample("every_field").replace(b"aGVsbG8K", text.encode())
    assert [each.code for each in read_document(xml).faults] == ["edxml_base64"]


def test_base64_may_be_broken_into_lines() -> None:
    xml = sample("every_field").replace(b"aGVsbG8K", b"\n  aGV\r\n  sbG8K  \n")
    assert read_document(xml).contents["209"].open().read() == b"hello\n"


def test_a_file_without_a_reference_is_an_attachment_too() -> None:
    text = sample("every_field").decode()
    start, end = text.index("<edXML:Reference>"), text.index("</edXML:Reference>") + len("</edXML:Reference>")
    without = (text[:start] + text[end:]).encode()
    assert document_of(without) == document_of(sample("every_field"))


def test_names_of_kinds_are_known_however_their_tones_are_placed() -> None:
    assert kind_of("Công văn") is DocumentKind.CONG_VAN
    assert kind_of("THÔNG BÁO") is DocumentKind.THONG_BAO
    assert kind_of("Giấy uỷ quyền") is DocumentKind.GIAY_UY_QUYEN
    assert kind_of("Thông tư") is DocumentKind.QPPL_THONG_TU
    assert kind_of("Quyết định") is DocumentKind.QUYET_DINH
    assert kind_of("Hồ sơ") is DocumentKind.OTHER
