"""Rules of admission from outside: what each refuses and warns of, once; what they mean is tested beside them."""

from datetime import timedelta
from typing import Any

import pytest
from tests.integration.exchange.province import Province, Running
from tests.integration.exchange.world import Agency, World, attachment, fresh_pdf

from lienthong.common.clock import VIETNAM, local_day
from lienthong.common.ids import new_id
from lienthong.common.messages.document import (
    AttachmentRole,
    Business,
    BusinessType,
    CodeNumber,
    DocumentKind,
    DocumentType,
    LateEntry,
    Promulgation,
    Purpose,
    ResponseFor,
)

PLAN = {
    "document_type": DocumentType(kind=DocumentKind.KE_HOACH, name="Kế hoạch"),
    "purpose": Purpose.PROGRAMME,
    "code": CodeNumber(number="07", notation="KH-UBND"),
    "document_id": "0190163d-8694-7399-8f4a-0c5b5e5e5e5e",
}


def codes(told: list[dict[str, Any]]) -> list[tuple[str, str | None, str]]:
    return [(each["code"], each.get("rule"), each["pointer"]) for each in told]


def _name(given: Any) -> str:
    """The code that a case is about."""
    told = given[0] if isinstance(given, list) else given
    return str(told[0]) if isinstance(told, tuple) else ""


async def judged(sender: Agency, recipient: Agency, **changes: Any) -> tuple[int, list[tuple[str, str | None, str]]]:
    """Status and what was told: violations of a refusal, or the warnings beside a receipt."""
    time = changes.pop("time", None)
    event = sender.event(sender.document([recipient], **changes), **({"time": time} if time else {}))
    answer = await sender.post(sender.seal(event))
    told = answer.json()["warnings" if answer.status_code == 201 else "violations"]
    return answer.status_code, codes(told)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"code": CodeNumber(number="số 12", notation="BC-SNV")},
            [("number_malformed", "ND30-15/22", "/data/code/number")],
        ),
        (
            {"code": CodeNumber(number="12", notation="BC - SNV")},
            [("notation_malformed", "ND30-15/22", "/data/code/notation")],
        ),
        (
            {"document_id": "000.00.00.G22,2014/02/30,7806/VPCP-TTĐT"},
            [("document_id_date", "ND30-15/22", "/data/document_id")],
        ),
        (
            {"document_id": "000.00.00.G22,30/02/2014,7806/VPCP-TTĐT"},
            [("document_id_malformed", "ND30-15/22", "/data/document_id")],
        ),
        (
            {"code": CodeNumber(number="999999", notation="BC-SNV")},
            [("document_id_mismatch", "ND30-15/22", "/data/code")],
        ),
        (
            {"business": Business(type=BusinessType.REVOKE, reason="Gửi nhầm")},
            [("target_missing", "R-CHANGE", "/data/response_for")],
        ),
        (
            {"business": Business(document_id="000.00.00.G22,2015/09/30,7816/VPCP-TTĐT")},
            [("business_member_unfit", "R-BUSINESS", "/data/business/document_id")],
        ),
        (
            {"document_type": DocumentType(kind=DocumentKind.QPPL_QUYET_DINH, name="Quyết định")},
            [("original_missing", "N6", "/data/attachments")],
        ),
    ],
    ids=_name,
)
async def test_each_rule_refuses_by_name(world: World, changes: dict[str, Any], told: list[Any]) -> None:
    sender, recipient = await world.agencies(2)
    assert await judged(sender, recipient, **changes) == (422, told)
    assert await recipient.read_all() == []


async def test_times_that_lie_ahead_are_refused(world: World) -> None:
    sender, recipient = await world.agencies(2)
    now = world.clock.now()
    soon = Promulgation(place="Tây Ninh", date=local_day(now) + timedelta(days=2))
    late = LateEntry(occurred_at=now + timedelta(hours=1), by="Trần Thị Lan", reason="Mất mạng")
    uuid = {"document_id": str(new_id())}
    assert await judged(sender, recipient, time=now + timedelta(minutes=6)) == (
        422,
        [("time_ahead", "R-TIME", "/time")],
    )
    assert await judged(sender, recipient, promulgation=soon, **uuid) == (
        422,
        [("promulgation_ahead", "R-TIME", "/data/promulgation/date")],
    )
    assert await judged(sender, recipient, late_entry=late) == (
        422,
        [("late_entry_ahead", "N4", "/data/late_entry/occurred_at")],
    )


async def test_attachments_that_harm_or_overwrite_each_other_are_refused(world: World) -> None:
    sender, recipient = await world.agencies(2)
    first, second = [(await sender.upload(fresh_pdf())).json() for _ in range(2)]
    twice = [attachment(first, name="Phụ lục.pdf"), attachment(second, id="tep-2", name="PHỤ LỤC.pdf")]
    assert await judged(sender, recipient, attachments=twice) == (
        422,
        [("attachment_name_twice", "R-ATTACHMENTS", "/data/attachments/1/name")],
    )
    assert await judged(sender, recipient, attachments=[attachment(first, name="Công văn.pdf.exe")]) == (
        422,
        [("attachment_program", "N10", "/data/attachments/0/name")],
    )


@pytest.mark.requirement("N6")
async def test_a_plan_of_the_province_carries_its_original(world: World) -> None:
    recipient = await world.agency()
    province = await world.agency("Ủy ban nhân dân tỉnh", kind="province")
    scan, original = [(await province.upload(fresh_pdf())).json() for _ in range(2)]
    attached = [attachment(scan), attachment(original, id="tep-2", name="Kế hoạch.docx", role=AttachmentRole.ORIGINAL)]
    members = PLAN | {"attachments": attached[:1]}
    assert await judged(province, recipient, **members) == (422, [("original_missing", "N6", "/data/attachments")])
    status, _ = await judged(province, recipient, **(PLAN | {"attachments": attached}))
    assert status == 201
    department, _ = await judged(recipient, province, **PLAN)
    assert department == 201


async def warned(sender: Agency, recipient: Agency, **changes: Any) -> list[dict[str, Any]]:
    """What comes with the receipt, and again with a repeat of the very same message."""
    message = sender.message(recipient, **changes)
    first, again = await sender.post(message), await sender.post(message)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    return first.json()["warnings"]


async def test_a_good_document_with_its_file_is_warned_of_nothing(world: World) -> None:
    sender, recipient = await world.agencies(2)
    file = (await sender.upload(fresh_pdf())).json()
    assert await warned(sender, recipient, attachments=[attachment(file)]) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"subject": "Đơn khiếu nại của bà Hoa"}, ("complaint_suspected", "N3", "/data/subject")),
        ({"content": "Tài liệu tối mật"}, ("secrecy_suspected", "N3", "/data/content")),
        ({"purpose": Purpose.SCHEDULE}, ("purpose_unusual", "N3", "/data/purpose")),
        ({"circulation": "Nội bộ"}, ("circulation_unusual", "R-KIND", "/data/circulation")),
        (
            {"document_type": DocumentType(kind=DocumentKind.BAO_CAO, name="Công văn")},
            ("type_name_unusual", "R-KIND", "/data/document_type/name"),
        ),
        (
            {"document_type": DocumentType(kind=DocumentKind.TO_TRINH, name="Tờ trình")},
            ("notation_kind", "ND30-15/22", "/data/code/notation"),
        ),
        ({"document_id": "12/BC-SNV"}, ("document_id_form", "ND30-15/22", "/data/document_id")),
        ({"response_for": (ResponseFor(),)}, ("reference_empty", "R-REFERENCES", "/data/response_for/0")),
        (
            {
                "document_id": str(new_id()),
                "promulgation": Promulgation.model_validate({"place": "—", "date": "2001-01-01"}),
            },
            ("promulgation_old", "R-TIME", "/data/promulgation/date"),
        ),
        (
            {
                "document_id": str(new_id()),
                "promulgation": Promulgation.model_validate({"place": "—", "date": "2026-01-05"}),
            },
            ("sent_late", "QD28-6", "/data/promulgation/date"),
        ),
    ],
    ids=_name,
)
async def test_each_warning_comes_with_the_receipt_and_again(
    world: World, changes: dict[str, Any], told: tuple[str, str, str]
) -> None:
    sender, recipient = await world.agencies(2)
    assert told in codes(await warned(sender, recipient, **changes))
    assert len(await recipient.read_all()) == 1


async def test_whoever_sends_to_itself_is_told_and_gets_it(world: World) -> None:
    sender = await world.agency()
    told = codes(await warned(sender, sender))
    assert ("recipient_is_sender", "R-RECIPIENTS", "/data/to/0/agency_id") in told
    assert len(await sender.read_all()) == 1


@pytest.mark.requirement("ND30-15/22")
async def test_a_number_used_before_is_told_with_its_time(world: World) -> None:
    sender, recipient = await world.agencies(2)
    first = sender.event(sender.document([recipient]))
    answer = await sender.post(sender.seal(first))
    accepted_at = world.check_receipt((await recipient.read_all())[0]).accepted_at.astimezone(VIETNAM)
    assert "number_doubled" not in [code for code, _, _ in codes(answer.json()["warnings"])]
    same: dict[str, Any] = {"code": first.data.code, "document_id": first.data.document_id}
    doubled = [each for each in await warned(sender, recipient, **same) if each["code"] == "number_doubled"]
    assert [each["pointer"] for each in doubled] == ["/data/code"]
    assert f"{accepted_at:%H:%M:%S %d/%m/%Y}" in doubled[0]["detail"]
    # The same document again under another message id is no double; another agency has a series of its own.
    again = sender.event(sender.document([recipient], **same), subject=first.subject)
    answers = [await sender.post(sender.seal(again)), await recipient.post(recipient.message(sender, **same))]
    assert [each.status_code for each in answers] == [201, 201]
    assert all("number_doubled" not in answer.text for answer in answers)


async def test_limits_are_settings(province: Province, exchange: Running) -> None:
    settings = {
        "LIENTHONG_EXCHANGE_RECIPIENTS_MOST": "1",
        "LIENTHONG_EXCHANGE_ATTACHMENTS_MOST": "1",
        "LIENTHONG_EXCHANGE_ATTACHED_BYTES_MOST": "40",
        "LIENTHONG_EXCHANGE_PROVINCIAL_KINDS": "department,city",
    }
    running = province.start("limits", "all", port=None, **settings).wait_ready()
    async with province.world(running.url, "limits") as world:
        sender, recipient = await world.agencies(2)
        files = [(await sender.upload(fresh_pdf(32))).json() for _ in range(2)]
        attached = [attachment(file, id=f"tep-{n}", name=f"{n}.pdf") for n, file in enumerate(files)]
        answer = await sender.post(sender.message(recipient, sender, attachments=attached, **PLAN))
        assert codes(answer.json()["violations"]) == [
            ("recipients_too_many", "R-RECIPIENTS", "/data/to"),
            ("attachments_too_many", "R-ATTACHMENTS", "/data/attachments"),
            ("attachments_too_large", "R-ATTACHMENTS", "/data/attachments"),
            ("original_missing", "N6", "/data/attachments"),
        ]
    running.child.terminate()
