"""Only new documents so far: revocation, update and replacement are refused by name."""

from typing import Any

import pytest
from services.exchange.tests.builders import facts, submission

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Business, BusinessType, Receiver, Replacement, ResponseFor, StaffInfo
from lienthong.exchange.domain.rules import business


@pytest.mark.parametrize("type_", list(BusinessType))
def test_only_type_0_is_admitted(type_: BusinessType) -> None:
    found = business.document_is_new(submission(business=Business(type=type_, document_id="x")), facts())
    expected = "business_member_unfit" if type_ is BusinessType.NEW else "change_request_not_yet"
    assert [each.code for each in found] == [expected]


@pytest.mark.parametrize(
    "member",
    [
        {"document_id": "000.00.00.G22,2015/09/30,7816/VPCP-TTĐT"},
        {"document_info": False},
        {"document_receiver": True},
        {"receivers": (Receiver(organ_id="000.00.01.H53", receiver_type=0),)},
        {"replacements": (Replacement(document_id="x", organ_ids=("000.00.01.H53",)),)},
    ],
    ids=lambda member: next(iter(member)),
)
def test_what_belongs_to_the_other_types_is_refused_at_its_place(member: dict[str, Any]) -> None:
    (found,) = business.document_is_new(submission(business=Business(**member)), facts())
    assert (found.code, found.pointer) == ("business_member_unfit", f"/data/business/{next(iter(member))}")


def test_new_documents_of_the_axis_carry_reason_paper_and_staff() -> None:
    given = Business(reason="Văn bản điện tử mới", paper=True, staff=StaffInfo(department="Văn thư"))
    assert [*business.document_is_new(submission(business=given), facts())] == []


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        (ResponseFor(document_id="000.00.00.G22,2015/09/30,7816/VPCP-TTĐT"), []),
        (ResponseFor(code="7816/VPCP-TTĐT"), []),
        (ResponseFor(subject=new_id()), []),
        (ResponseFor(), [("reference_empty", "/data/response_for/0")]),
        (ResponseFor(organ_id="000.00.00.G22"), [("reference_empty", "/data/response_for/0")]),
        (
            ResponseFor(document_id="000.00.00.G22,2014/02/30,7806/VPCP-TTĐT"),
            [("reference_date", "/data/response_for/0/document_id")],
        ),
    ],
)
def test_references_that_lead_nowhere_are_warned_of(reference: ResponseFor, found: list[tuple[str, str]]) -> None:
    warnings = business.references_name_documents(submission(response_for=(reference,)), facts())
    assert [(each.code, each.pointer) for each in warnings] == found
