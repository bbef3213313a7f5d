"""Any document and any status survives the way through edXML: nothing of the mapped part is lost or changed."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.edxml import Beside, StatusBeside, Stored
from lienthong.common.ids import new_id
from lienthong.common.messages.document import (
    Attachment,
    AttachmentRole,
    Business,
    BusinessType,
    CodeNumber,
    ComplaintClass,
    Document,
    DocumentKind,
    DocumentType,
    Lane,
    OtherInfo,
    Priority,
    Promulgation,
    Purpose,
    Receiver,
    Replacement,
    ResponseFor,
    SealUse,
    Secrecy,
    SignerInfo,
    StaffInfo,
    SteeringType,
    TraceStation,
)
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.text import is_nfc

from .world import AGENCIES, read_document, read_status, written, written_status

LETTERS = st.one_of(
    st.sampled_from("aăâđêôơưĐỘỨ <>&\"']]>\t\n\r\u0085\u00a0\u2028cid:"),
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
)


def texts(limit: int) -> st.SearchStrategy[str]:
    """What XML can hold, precomposed, and not blank: a blank element says nothing."""
    return st.text(LETTERS, min_size=1, max_size=min(limit, 12)).filter(
        lambda text: is_nfc(text) and bool(text.strip(" \t\r\n"))
    )


SHORT, LONG, CODES, DOCUMENT_IDS = texts(250), texts(2000), texts(50), texts(200)
MAYBE_SHORT, MAYBE_LONG = st.none() | SHORT, st.none() | LONG
DATES = st.dates()
SECONDS = st.integers(-62_135_500_000, 253_402_200_000)
TIMES = SECONDS.map(lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
AMOUNTS = st.none() | st.integers(0, 1_000_000)
NUMBERS = st.none() | st.integers(-1, 9999)
FLAGS = st.none() | st.booleans()
SUBJECTS = new_id()


def tuples(strategy: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


def organization(code: str, **others: Any) -> Organization:
    return Organization(agency_id=AGENCIES[code], code=code, **others)


def receiver(code: str, kind: int) -> Receiver:
    return Receiver(agency_id=AGENCIES[code], organ_id=code, receiver_type=kind)


def replacement(document_id: str, codes: tuple[str, ...]) -> Replacement:
    return Replacement(document_id=document_id, subject=AGENCIES[document_id], organ_ids=codes)


ORGANIZATIONS = st.builds(
    organization,
    code=CODES,
    name=SHORT,
    in_charge=MAYBE_SHORT,
    address=MAYBE_LONG,
    email=MAYBE_SHORT,
    telephone=MAYBE_SHORT,
    fax=MAYBE_SHORT,
    website=MAYBE_SHORT,
)


def response_for(organ_id: str | None, document_id: str | None, **others: Any) -> ResponseFor:
    return ResponseFor(
        agency_id=AGENCIES[organ_id] if organ_id else None,
        organ_id=organ_id,
        document_id=document_id,
        subject=AGENCIES[document_id] if document_id else None,
        **others,
    )


RESPONSES = st.builds(
    response_for,
    organ_id=st.none() | CODES,
    code=MAYBE_SHORT,
    promulgation_date=st.none() | DATES,
    document_id=st.none() | DOCUMENT_IDS,
)
STAFF = st.builds(StaffInfo, department=MAYBE_SHORT, staff=MAYBE_SHORT, email=MAYBE_SHORT, mobile=MAYBE_SHORT)
BUSINESS = st.builds(
    Business,
    type=st.sampled_from(BusinessType),
    reason=MAYBE_LONG,
    document_id=st.none() | DOCUMENT_IDS,
    paper=st.booleans(),
    document_info=FLAGS,
    document_receiver=FLAGS,
    receivers=tuples(st.builds(receiver, CODES, st.integers(0, 1))),
    replacements=tuples(st.builds(replacement, DOCUMENT_IDS, tuples(CODES, 1))),
    staff=st.none() | STAFF,
)
OTHERS = st.builds(
    OtherInfo,
    priority=st.sampled_from(Priority),
    sphere_of_promulgation=MAYBE_SHORT,
    typer_notation=MAYBE_SHORT,
    promulgation_amount=AMOUNTS,
    page_amount=AMOUNTS,
    direction=FLAGS,
    appendixes=tuples(LONG),
    reply_fors=tuples(SHORT),
    reference_codes=tuples(SHORT),
)
ATTACHMENTS = st.lists(
    st.builds(
        Attachment,
        id=SHORT,
        name=SHORT,
        media_type=SHORT,
        description=MAYBE_LONG,
        role=st.sampled_from(AttachmentRole),
        size=st.integers(1, 2**40),
        sha256=st.just("0" * 64),
    ),
    max_size=3,
    unique_by=lambda attachment: attachment.id,
).map(tuple)
SEALS = st.builds(SealUse, full_name=SHORT)
DOCUMENTS = st.builds(
    Document,
    sender=ORGANIZATIONS,
    to=tuples(ORGANIZATIONS, 1),
    document_id=DOCUMENT_IDS,
    code=st.builds(CodeNumber, number=SHORT, notation=SHORT),
    promulgation=st.builds(Promulgation, place=SHORT, date=DATES),
    document_type=st.builds(
        DocumentType, kind=st.sampled_from(DocumentKind), name=SHORT, number=NUMBERS, detail=NUMBERS
    ),
    subject=LONG,
    content=MAYBE_LONG,
    signer=st.builds(SignerInfo, competence=MAYBE_SHORT, position=SHORT, full_name=SHORT),
    due_date=st.none() | DATES,
    other=OTHERS,
    response_for=tuples(RESPONSES),
    response_for_tasks=tuples(SHORT),
    steering=st.sampled_from(SteeringType),
    application_type=MAYBE_SHORT,
    to_places=tuples(LONG),
    trace=tuples(st.builds(TraceStation, organ_id=CODES, timestamp=TIMES, more_info=MAYBE_LONG)),
    business=BUSINESS,
    attachments=ATTACHMENTS,
    purpose=st.sampled_from(Purpose),
    secrecy=st.sampled_from(Secrecy),
    complaint_class=st.sampled_from(ComplaintClass),
    circulation=MAYBE_SHORT,
    language=st.sampled_from(["vi", "en-GB"]),
    sealed_by=SEALS,
    after=st.none() | st.just(SUBJECTS),
    extensions=st.just({"vn.example/note": [1, {"a": None}]}),
).filter(lambda document: not is_senders_station_alone(document))


def is_senders_station_alone(document: Document) -> bool:
    """Edited away on purpose: it says nothing that the event's time does not (the table's note on TraceHeader)."""
    [*trace] = document.trace
    return len(trace) == 1 and trace[0].organ_id == document.sender.code and trace[0].more_info is None


def beside(document: Document) -> Beside:
    """Everything that the document says and edXML does not."""
    return Beside(
        agency_ids=AGENCIES,
        subjects=AGENCIES,
        purpose=document.purpose,
        sealed_by=document.sealed_by,
        kind=document.document_type.kind,
        secrecy=document.secrecy,
        complaint_class=document.complaint_class,
        circulation=document.circulation,
        language=document.language,
        after=document.after,
        extensions=MappingProxyType(document.extensions),
        roles={each.id: each.role for each in document.attachments},
        files={each.id: Stored(each.size, each.sha256) for each in document.attachments},
    )


@given(DOCUMENTS, TIMES)
def test_a_document_comes_back_as_it_went(document: Document, time: datetime) -> None:
    xml = written(document, time)
    found = read_document(xml)
    assert found.document(beside(document)) == document
    assert found.unmapped == ()
    assert document.trace or found.time == time
    assert written(found.document(beside(document)), time) == xml


REPORTS = st.builds(
    StatusReport,
    sender=ORGANIZATIONS,
    to=st.tuples(ORGANIZATIONS),
    lane=st.sampled_from(Lane),
    message_id=st.just(SUBJECTS),
    response_for=RESPONSES,
    status=st.sampled_from(StatusCode),
    description=MAYBE_LONG,
    staff=st.none() | STAFF,
    sealed_by=st.none() | SEALS,
)


@given(REPORTS, TIMES)
def test_a_status_comes_back_as_it_went(report: StatusReport, time: datetime) -> None:
    xml = written_status(report, time)
    found = read_status(xml)
    lacking = StatusBeside(
        agency_ids=AGENCIES,
        to=report.to[0],
        lane=report.lane,
        message_id=report.message_id,
        subject=report.response_for.subject,
        sealed_by=report.sealed_by,
    )
    assert found.report(lacking) == report
    assert found.time == time
    assert written_status(found.report(lacking), time) == xml
