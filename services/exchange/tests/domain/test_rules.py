"""Each rule by itself: what passes, what it says of what does not, and where."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from services.exchange.tests.builders import (
    OTHER,
    POLICY,
    RECIPIENT,
    SENDER,
    attachment,
    event,
    facts,
    known,
    organization,
    submission,
    upload,
    with_payload,
)

from lienthong.common.errors import Violation
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.messages.document import ComplaintClass, Secrecy
from lienthong.exchange.domain.admission import judge
from lienthong.exchange.domain.policy import AdmissionPolicy
from lienthong.exchange.domain.rules import addressing, attachments, content, identity, order, texts


def said(violations: Iterable[Violation]) -> list[tuple[str, str]]:
    return [(violation.code, violation.pointer) for violation in violations]


def test_a_good_message_breaks_no_rule() -> None:
    judgement = judge(submission(), facts())
    assert (judgement.violations, judgement.warnings) == ((), ())


class TestOneAgencySpeaks:
    def test_source_and_sender_and_seal_are_the_tokens_agency(self) -> None:
        assert said(identity.one_agency_speaks(submission(), facts())) == []

    @pytest.mark.parametrize(
        "holder", [None, f"/agencies/{OTHER}", "/services/exchange"], ids=["nobody", "another", "a service"]
    )
    def test_a_seal_of_another_is_refused(self, holder: str | None) -> None:
        given = replace(submission(), holder=holder)
        assert said(identity.one_agency_speaks(given, facts())) == [("sender_mismatch", "header:X-JWS-Signature")]

    def test_another_source_is_refused(self) -> None:
        given = submission(source=f"/agencies/{OTHER}")
        assert said(identity.one_agency_speaks(given, facts())) == [("sender_mismatch", "/source")]

    def test_another_sender_is_refused(self) -> None:
        given = submission(sender=organization(OTHER))
        assert said(identity.one_agency_speaks(given, facts())) == [("sender_mismatch", "/data/from/agency_id")]

    def test_another_token_is_refused_in_every_place(self) -> None:
        given = replace(submission(), agency_id=OTHER)
        assert len(said(identity.one_agency_speaks(given, facts()))) == 3


class TestSenderIsActive:
    def test_an_active_sender_passes(self) -> None:
        assert said(identity.sender_is_active(submission(), facts())) == []

    @pytest.mark.parametrize("state", [AgencyLife.ENDED, AgencyLife.MERGED])
    def test_an_ended_sender_is_refused(self, state: AgencyLife) -> None:
        found = identity.sender_is_active(submission(), facts(known(SENDER, state)))
        assert said(found) == [("sender_not_active", "/data/from/agency_id")]

    def test_an_unknown_sender_is_refused(self) -> None:
        given = submission(agency_id=new_id())
        assert len(said(identity.sender_is_active(given, facts()))) == 1


@pytest.mark.requirement("N3")
class TestForbiddenClasses:
    @pytest.mark.parametrize(("secrecy", "complaint"), list(product(Secrecy, ComplaintClass)))
    def test_every_declared_class_is_judged(self, secrecy: Secrecy, complaint: ComplaintClass) -> None:
        given = submission(secrecy=secrecy, complaint_class=complaint)
        found = judge(given, facts()).violations
        expected = ["secret_document"] if secrecy is not Secrecy.NONE else []
        expected += ["complaint_document"] if complaint is not ComplaintClass.NONE else []
        assert [violation.code for violation in found] == expected
        assert content.is_forbidden(found) is bool(expected)

    @pytest.mark.parametrize(
        ("value", "number"),
        [
            ({"data": {"secrecy": "secret"}}, 1),
            ({"data": {"secrecy": "SECRET"}}, 1),
            ({"data": {"secrecy": None, "complaint_class": ["complaint"]}}, 2),
            ({"data": {"secrecy": "none"}}, 0),
            ({"data": {}}, 0),
            ({"data": "secret"}, 0),
            (["data"], 0),
            (None, 0),
        ],
    )
    def test_a_malformed_message_is_looked_at_too(self, value: object, number: int) -> None:
        assert len(content.find_forbidden_classes(value)) == number


@pytest.mark.requirement("N8")
class TestText:
    def test_vietnamese_passes(self) -> None:
        given = submission(subject="Về việc triển khai Nghị quyết số 57-NQ/TW của Bộ Chính trị")
        assert said(texts.text_is_vietnamese_unicode(given, facts())) == []

    def test_escapes_in_json_are_letters_too(self) -> None:
        payload = submission().signed.payload
        escaped = payload.replace("Báo cáo kết quả".encode(), b"Tr\\u01b0\\u1eddng \\u00d0\\u00f4ng")
        given = with_payload(submission(), escaped)
        assert said(texts.text_is_vietnamese_unicode(given, facts())) == [("look_alike", "/data/subject")]

    def test_plain_escapes_are_no_fault(self) -> None:
        given = submission(content='Dòng một\nDòng "hai"\t\\')
        assert said(texts.text_is_vietnamese_unicode(given, facts())) == []

    def test_every_place_is_told_once(self) -> None:
        given = submission(
            subject="Ðiều Ðông",
            to=(organization().model_copy(update={"name": "Sở Ðịa chính"}),),
            extensions={"vn.gov.tayninh": {"ghi chú/Ðặc biệt": ["Ðã xem", 1, None]}},
        )
        assert said(texts.text_is_vietnamese_unicode(given, facts())) == [
            ("look_alike", "/data/to/0/name"),
            ("look_alike", "/data/subject"),
            ("look_alike", "/data/extensions/vn.gov.tayninh/ghi chú~1Ðặc biệt"),
            ("look_alike", "/data/extensions/vn.gov.tayninh/ghi chú~1Ðặc biệt/0"),
        ]

    def test_at_most_a_hundred_are_told(self) -> None:
        given = submission(to_places=tuple("Ðông" for _ in range(150)))
        assert len(said(texts.text_is_vietnamese_unicode(given, facts()))) == 100


class TestRecipients:
    @pytest.mark.parametrize(
        ("state", "code"),
        [(AgencyLife.ACTIVE, None), (AgencyLife.ENDED, "recipient_ended"), (AgencyLife.MERGED, "recipient_merged")],
    )
    def test_only_an_active_one_is_admitted(self, state: AgencyLife, code: str | None) -> None:
        found = addressing.recipients_are_active(submission(), facts(known(RECIPIENT, state)))
        assert [violation.code for violation in found] == ([code] if code else [])

    def test_an_unknown_one_is_refused_at_its_place(self) -> None:
        given = submission(to=(organization(), organization(new_id())))
        found = addressing.recipients_are_active(given, facts())
        assert said(found) == [("recipient_unknown", "/data/to/1/agency_id")]

    def test_a_merged_one_names_all_successors(self) -> None:
        later = new_id()
        register = facts(known(RECIPIENT, AgencyLife.MERGED, OTHER, later))
        (found,) = addressing.recipients_are_active(submission(), register)
        assert f"Sở Nội vụ ({OTHER}), ? ({later})" in found.advice.vi

    def test_each_is_named_once(self) -> None:
        given = submission(to=tuple(map(organization, (RECIPIENT, OTHER, RECIPIENT, RECIPIENT))))
        found = addressing.recipients_are_named_once(given, facts())
        assert [pointer for _, pointer in said(found)] == ["/data/to/2/agency_id", "/data/to/3/agency_id"]

    def test_a_code_it_never_had_is_a_warning(self) -> None:
        judgement = judge(submission(to=(organization(code="000.1137.H53"),)), facts())
        assert judgement.violations == ()
        assert said(judgement.warnings) == [("recipient_code_unknown", "/data/to/0/code")]

    def test_whoever_names_itself_is_told(self) -> None:
        judgement = judge(submission(to=(organization(), organization(SENDER))), facts())
        assert judgement.violations == ()
        assert said(judgement.warnings) == [("recipient_is_sender", "/data/to/1/agency_id")]

    def test_an_own_code_it_never_had_is_a_warning(self) -> None:
        given = submission(sender=organization(SENDER, code="000.00.99.H53"))
        assert said(addressing.senders_code_is_known(given, facts())) == [("sender_code_unknown", "/data/from/code")]

    @pytest.mark.parametrize(("most", "refused"), [(2, []), (1, [("recipients_too_many", "/data/to")])])
    def test_how_many_there_may_be_is_the_installations_to_set(self, most: int, refused: list[Any]) -> None:
        policy = AdmissionPolicy(most_recipients=most, deadlines=POLICY.deadlines)
        given = submission(to=(organization(), organization(OTHER)))
        assert said(addressing.recipients_are_within_limits(given, facts(policy=policy))) == refused


class TestAttachments:
    def test_an_own_upload_passes(self) -> None:
        given = submission(attachments=(attachment(),))
        assert said(attachments.attachments_are_own_uploads(given, facts(uploads=[upload()]))) == []

    def test_another_agencys_upload_is_as_unknown_as_none(self) -> None:
        given = submission(attachments=(attachment(),))
        theirs = list(attachments.attachments_are_own_uploads(given, facts(uploads=[upload(agency_id=OTHER)])))
        none = list(attachments.attachments_are_own_uploads(given, facts(uploads=[])))
        assert theirs == none
        assert said(none) == [("attachment_unknown", "/data/attachments/0/sha256")]

    def test_the_size_is_that_of_the_upload(self) -> None:
        given = submission(attachments=(attachment(size=11),))
        found = attachments.attachments_are_own_uploads(given, facts(uploads=[upload()]))
        assert said(found) == [("attachment_size", "/data/attachments/0/size")]

    @pytest.mark.parametrize(
        ("said_type", "warned"), [("Application/PDF; v=1", []), ("text/html", ["attachment_type"])]
    )
    def test_another_type_than_the_uploads_is_warned_of(self, said_type: str, warned: list[str]) -> None:
        given = submission(attachments=(attachment(media_type=said_type),))
        found = attachments.types_are_those_of_the_uploads(given, facts(uploads=[upload()]))
        assert [each.code for each in found] == warned

    def test_ids_are_unique(self) -> None:
        given = submission(attachments=tuple(attachment(id=each) for each in ("a", "b", "a")))
        found = attachments.attachment_ids_are_unique(given, facts())
        assert said(found) == [("attachment_id_twice", "/data/attachments/2/id")]

    @pytest.mark.parametrize("name", ["../a.pdf", "a/b.pdf", "a\\b.pdf", ".ẩn.pdf", "con.pdf", "a\u202efdp.exe", "a."])
    def test_unsafe_names_are_refused(self, name: str) -> None:
        given = submission(attachments=(attachment(name=name),))
        found = attachments.attachment_names_are_safe(given, facts())
        assert said(found) == [("attachment_name", "/data/attachments/0/name")]


class TestOrder:
    @pytest.mark.parametrize("subject_id", [None, "12/BC-SNV", "0190163d-8694-4399-8f4a-0c5b5e5e5e5e"])
    def test_the_subject_is_a_uuid7(self, subject_id: str | None) -> None:
        given = submission(event(subject_id=subject_id))
        assert said(order.subject_names_the_document(given, facts())) == [("subject_malformed", "/subject")]

    def test_a_predecessor_must_be_accepted(self) -> None:
        first = new_id()
        given = submission(after=first)
        assert said(order.predecessor_was_accepted(given, facts())) == [("predecessor_missing", "/data/after")]
        assert said(order.predecessor_was_accepted(given, facts(accepted=[(SENDER, first)]))) == []

    def test_another_senders_message_is_no_predecessor(self) -> None:
        first = new_id()
        found = order.predecessor_was_accepted(submission(after=first), facts(accepted=[(OTHER, first)]))
        assert len(said(found)) == 1


def test_of_one_rule_a_hundred_faults_are_told() -> None:
    """A batch of such messages would be answered with many times its size, and warnings are kept for ever."""
    unknown = [organization(new_id()) for _ in range(1000)]
    refused = judge(submission(to=unknown), facts())
    assert said(refused.violations) == [("recipient_unknown", f"/data/to/{place}/agency_id") for place in range(100)]
    secret = judge(submission(to=unknown, secrecy=Secrecy.SECRET), facts())
    assert content.is_forbidden(secret.violations)
