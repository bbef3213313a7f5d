"""Change requests and answers in edXML: status messages 13, 15 and 16 (standards 1.9), both ways, field by field."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lienthong.common.edxml import MalformedEdxml
from lienthong.common.edxml.table import ANSWER, TAKE_BACK
from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import BusinessType
from lienthong.common.messages.parts import Organization

from .test_table import HEADER, leaves, member_of, organization, response_for, staff, texts_of, with_text
from .world import (
    AGENCIES,
    STATUS_BESIDE,
    TAKE_BACK_BESIDE,
    read_document,
    read_status,
    sample,
    written_answer,
    written_take_back,
)

Field = tuple[str, str, str, Any]
ASKED = f"{HEADER}/ResponseFor/OrganId"

ANSWER_FIELDS: list[Field] = [
    *organization(f"{HEADER}/From", "sender"),
    *response_for(f"{HEADER}/ResponseFor", "response_for"),
    *staff(f"{HEADER}/StaffInfo", "staff"),
    (f"{HEADER}/StatusCode", "15", "status", Answer.AGREED),
    (f"{HEADER}/Description", "Đã vào sổ, đã giao xử lý", "description", "Đã vào sổ, đã giao xử lý"),
]
TAKE_BACK_FIELDS: list[Field] = [
    *organization(f"{HEADER}/From", "sender"),
    *(row for row in response_for(f"{HEADER}/ResponseFor", "response_for") if row[0] != ASKED),
    *staff(f"{HEADER}/StaffInfo", "staff"),
    (f"{HEADER}/StatusCode", "13", "status", "13"),
    (f"{HEADER}/Description", "Phát hành nhầm", "reason", "Phát hành nhầm"),
]
"""Path, text, member, value: written by hand after the standard, not after the table."""


@pytest.mark.parametrize(("path", "text", "member", "value"), ANSWER_FIELDS, ids=[row[0] for row in ANSWER_FIELDS])
def test_a_field_of_an_answer_says_the_same_in_both(path: str, text: str, member: str, value: Any) -> None:
    xml = with_text(sample("answer"), path, text)
    found = read_status(xml)
    answer = found.answer(STATUS_BESIDE)
    assert member_of(answer, member) == value
    again = written_answer(answer, found.time)
    assert texts_of(again) == texts_of(xml)
    assert read_status(again).answer(STATUS_BESIDE) == answer
    assert found.unmapped == ()


@pytest.mark.parametrize(
    ("path", "text", "member", "value"), TAKE_BACK_FIELDS, ids=[row[0] for row in TAKE_BACK_FIELDS]
)
def test_a_field_of_a_take_back_says_the_same_in_both(path: str, text: str, member: str, value: Any) -> None:
    xml = with_text(sample("take_back"), path, text)
    found = read_status(xml)
    request = found.take_back(TAKE_BACK_BESIDE)
    assert member_of(request, member) == value
    again = written_take_back(request, found.time)
    assert texts_of(again) == texts_of(xml)
    assert read_status(again).take_back(TAKE_BACK_BESIDE) == request
    assert found.unmapped == ()


def test_every_element_of_a_change_is_in_its_table_and_no_other() -> None:
    time = f"{HEADER}/Timestamp"
    assert set(leaves(ANSWER)) == {path for path, *_ in ANSWER_FIELDS} | {time}
    assert set(leaves(TAKE_BACK)) == {path for path, *_ in TAKE_BACK_FIELDS} | {time, ASKED}


def test_a_take_back_names_who_is_asked_where_others_name_the_documents_sender() -> None:
    found = read_status(sample("take_back"))
    assert (found.code, found.organ_ids) == ("13", {"000.00.13.H53", "000.00.12.H53"})
    request = found.take_back(TAKE_BACK_BESIDE)
    assert (request.sender.code, [each.code for each in request.to]) == ("000.00.13.H53", ["000.00.12.H53"])
    about = request.response_for
    assert (about.organ_id, about.agency_id) == ("000.00.13.H53", AGENCIES["000.00.13.H53"])
    assert (about.subject, request.message_id) == (TAKE_BACK_BESIDE.subject, TAKE_BACK_BESIDE.message_id)
    assert found.time == datetime(2020, 8, 15, 1, 1, 2, tzinfo=UTC)
    assert b"<edXML:OrganId>000.00.12.H53</edXML:OrganId>\n          <edXML:Code>" in written_take_back(request)


def test_one_take_back_is_a_status_message_to_each_that_is_asked() -> None:
    one = read_status(sample("take_back")).take_back(TAKE_BACK_BESIDE)
    other = Organization(agency_id=AGENCIES["000.00.31.H53"], code="000.00.31.H53", name="UBND huyện Bến Cầu")
    beside = replace(TAKE_BACK_BESIDE, to=other)
    to_other = one.model_copy(update={"to": (other,)})
    xml = written_take_back(to_other)
    assert ET.fromstring(xml).find(f".//{{*}}{ASKED.rpartition('/')[2]}") is not None
    assert read_status(xml).take_back(beside) == to_other


@pytest.mark.parametrize(("code", "read"), [("03", "report"), ("13", "take_back"), ("15", "answer"), ("16", "answer")])
def test_the_code_tells_which_message_it_is(code: str, read: str) -> None:
    found = read_status(with_text(sample("status"), f"{HEADER}/StatusCode", code))
    assert found.code == code
    for name in ("report", "take_back", "answer"):
        if name == read:
            assert str(getattr(found, name)(STATUS_BESIDE).status) == code
        else:
            with pytest.raises(MalformedEdxml) as refused:
                getattr(found, name)(STATUS_BESIDE)
            assert [each.pointer for each in refused.value.violations] == [f"/{HEADER}/StatusCode"]


def test_a_take_back_without_its_reason_is_a_fault_at_its_place() -> None:
    found = read_status(with_text(sample("take_back"), f"{HEADER}/Description", ""))
    with pytest.raises(MalformedEdxml) as refused:
        found.take_back(TAKE_BACK_BESIDE)
    assert [(each.code, each.pointer) for each in refused.value.violations] == [("missing", f"/{HEADER}/Description")]


@pytest.mark.parametrize(
    ("name", "kind", "documents"),
    [
        ("revoke", BusinessType.REVOKE, {"000.00.13.H53,2020/08/10,1290/STTTT-TTBCXB"}),
        ("update", BusinessType.UPDATE, {"000.00.13.H53,2020/08/10,1290/STTTT-TTBCXB"}),
        (
            "replace",
            BusinessType.REPLACE,
            {"000.00.13.H53,2020/08/10,1290/STTTT-TTBCXB", "000.00.13.H53,2020/08/11,1291/STTTT-TTBCXB"},
        ),
    ],
)
def test_a_document_that_changes_another_names_all_it_would_like_to_know(
    name: str, kind: BusinessType, documents: set[str]
) -> None:
    found = read_document(sample(name))
    assert found.members["business"]["type"] == kind
    assert found.document_ids == documents
