"""Members of `business` suit the type of the message; references lead somewhere."""

from typing import Any

import pytest
from services.exchange.tests.builders import facts, submission

from lienthong.common.ids import new_id
from lienthong.common.messages.document import Business, BusinessType, Receiver, Replacement, ResponseFor, StaffInfo
from lienthong.exchange.domain.rules import business

OF_TYPES = [
    ({"document_id": "000.00.00.G22,2015/09/30,7816/VPCP-TTĐT"}, (BusinessType.REVOKE, BusinessType.UPDATE)),
    ({"document_info": False}, (BusinessType.UPDATE,)),
    ({"document_receiver": True}, (BusinessType.UPDATE,)),
    ({"receivers": (Receiver(organ_id="000.00.01.H53", receiver_type=0),)}, (BusinessType.UPDATE,)),
    ({"replacements": (Replacement(document_id="x", organ_ids=("000.00.01.H53",)),)}, (BusinessType.REPLACE,)),
]


@pytest.mark.parametrize("type_", BusinessType)
@pytest.mark.parametrize(("member", "types"), OF_TYPES, ids=[next(iter(member)) for member, _ in OF_TYPES])
def test_what_belongs_to_other_types_is_refused_at_its_place(
    type_: BusinessType, member: dict[str, Any], types: tuple[BusinessType, ...]
) -> None:
    found = [*business.members_suit_the_type(submission(business=Business(type=type_, **member)), facts())]
    expected = [] if type_ in types else [("business_member_unfit", f"/data/business/{next(iter(member))}")]
    assert [(each.code, each.pointer) for each in found] == expected


def test_new_documents_of_the_axis_carry_reason_paper_and_staff() -> None:
    given = Business(reason="Văn bản điện tử mới", paper=True, staff=StaffInfo(department="Văn thư"))
    assert [*business.members_suit_the_type(submission(business=given), facts())] == []


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
