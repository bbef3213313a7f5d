"""The one table: every element of edXML (QCVN 102:2016/BTTTT) and the member of our message that it is.

Reader, writer and `docs/edxml.md` go by it. The order is that of the newest samples of the national axis's SDK and the
spelling is the axis's (`Bussiness`): correct English breaks interoperability. Cardinalities are those seen in the SDK
and in implementations; numbers are the regulation's as implementations quote them.
"""

from dataclasses import dataclass
from typing import Final

from lienthong.common.edxml.values import CID, CONTENT, DATE, FLAG, NUMBER, TEXT, TIME, TRUTH, Value

NAMESPACE: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
PREFIX: Final = "edXML"

_PREFIX_DECLARED: Final = f' xmlns:{PREFIX}="{NAMESPACE}"'


@dataclass(frozen=True, slots=True)
class Element:
    """An element: a value, or a part with elements `inside`, or only a bracket around some of its parent's members.

    `member` is the attribute of the message it is read into and written from; a bracket has none. `card` is how often
    it stands there, `no` its number in the regulation.
    """

    name: str
    member: str = ""
    card: str = "1"
    value: Value | None = None
    inside: "tuple[Element, ...]" = ()
    no: str = ""
    note: str = ""
    attributes: str = ""

    @property
    def many(self) -> bool:
        """Whether the member is a list."""
        return self.card.endswith("n")

    @property
    def required(self) -> bool:
        """Whether a strict writer writes the bracket though it is empty."""
        return self.card.startswith("1")


ORGANIZATION: Final = (
    Element("OrganId", "code", "1", TEXT, note="the code says who it is: `agency_id` is looked up by it"),
    Element("OrganizationInCharge", "in_charge", "0..1", TEXT, note="superior agency"),
    Element("OrganName", "name", "1", TEXT),
    Element("OrganAdd", "address", "0..1", TEXT),
    Element("Email", "email", "0..1", TEXT),
    Element("Telephone", "telephone", "0..1", TEXT),
    Element("Fax", "fax", "0..1", TEXT),
    Element("Website", "website", "0..1", TEXT),
)

RESPONSE_FOR: Final = (
    Element("OrganId", "organ_id", "0..1", TEXT),
    Element("Code", "code", "0..1", TEXT, note="number and notation in one: `7816/VPCP-TTĐT`"),
    Element("PromulgationDate", "promulgation_date", "0..1", DATE),
    Element("DocumentId", "document_id", "0..1", TEXT),
)

STAFF_INFO: Final = (
    Element("Department", "department", "0..1", TEXT),
    Element("Staff", "staff", "0..1", TEXT),
    Element("Email", "email", "0..1", TEXT),
    Element("Mobile", "mobile", "0..1", TEXT),
)

CODE: Final = (
    Element("CodeNumber", "number", "1", TEXT),
    Element("CodeNotation", "notation", "1", TEXT),
)

PROMULGATION: Final = (
    Element("Place", "place", "1", TEXT),
    Element("PromulgationDate", "date", "1", DATE),
)

DOCUMENT_TYPE: Final = (
    Element("Type", "number", "0..1", NUMBER, note="numbers differ between installations: the name decides"),
    Element("TypeDetail", "detail", "0..1", NUMBER, note="-1 where unused"),
    Element("TypeName", "name", "1", TEXT),
)

SIGNER_INFO: Final = (
    Element("Competence", "competence", "0..1", TEXT, note="TM., KT., …"),
    Element("Position", "position", "1", TEXT),
    Element("FullName", "full_name", "1", TEXT),
)

OTHER_INFO: Final = (
    Element("Priority", "priority", "0..1", NUMBER, note="0 thường, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hẹn giờ"),
    Element("SphereOfPromulgation", "sphere_of_promulgation", "0..1", TEXT),
    Element("TyperNotation", "typer_notation", "0..1", TEXT),
    Element("PromulgationAmount", "promulgation_amount", "0..1", NUMBER),
    Element("PageAmount", "page_amount", "0..1", NUMBER),
    Element("Direction", "direction", "0..1", TRUTH, note="the one boolean that the SDK writes as a word"),
    Element("Appendixes", card="0..1", inside=(Element("Appendix", "appendixes", "0..n", TEXT),)),
    Element("ReplyFors", "reply_fors", "0..n", TEXT, note="known from the SDK's classes only"),
    Element("ReferenceCodes", "reference_codes", "0..n", TEXT, note="known from the SDK's classes only"),
)

MESSAGE_HEADER: Final = (
    Element("From", "sender", "1", inside=ORGANIZATION, no="1.1"),
    Element("To", "to", "1..n", inside=ORGANIZATION, no="1.2"),
    Element("DocumentId", "document_id", "1", TEXT, no="1.14", note="`<OrganId>,<yyyy/MM/dd>,<number>/<notation>`"),
    Element("Code", "code", "1", inside=CODE, no="1.3"),
    Element("PromulgationInfo", "promulgation", "1", inside=PROMULGATION, no="1.4"),
    Element("DocumentType", "document_type", "1", inside=DOCUMENT_TYPE, no="1.5"),
    Element("Subject", "subject", "1", TEXT, no="1.6", note="trích yếu"),
    Element("Content", "content", "0..1", TEXT, no="1.7"),
    Element("SignerInfo", "signer", "1", inside=SIGNER_INFO, no="1.8"),
    Element("DueDate", "due_date", "0..1", DATE, no="1.9"),
    Element("OtherInfo", "other", "0..1", inside=OTHER_INFO, no="1.11"),
    Element("ResponseFor", "response_for", "0..n", inside=RESPONSE_FOR, no="1.12", note="answered or revoked"),
    Element(
        "ResponseForTask",
        card="0..1",
        inside=(Element("TaskCode", "response_for_tasks", "0..n", TEXT, note="known from the SDK's classes only"),),
    ),
    Element("SteeringType", "steering", "0..1", NUMBER, no="1.13", note="0 none, 1 directive, 2 report on one"),
    Element("ApplicationType", "application_type", "0..1", TEXT, note="known from the SDK's classes only"),
    Element("ToPlaces", card="0..1", inside=(Element("Place", "to_places", "0..n", TEXT),), no="1.10", note="Nơi nhận"),
)

BUSSINESS_DOCUMENT_INFO: Final = (
    Element("DocumentInfo", "document_info", "0..1", FLAG, note="the content changed"),
    Element("DocumentReceiver", "document_receiver", "0..1", FLAG, note="the receivers changed"),
    Element(
        "ReceiverList",
        card="0..1",
        inside=(
            Element(
                "Receiver",
                "receivers",
                "0..n",
                inside=(
                    Element("OrganId", "organ_id", "1", TEXT),
                    Element("ReceiverType", "receiver_type", "1", NUMBER, note="which of 0, 1 adds is not confirmed"),
                ),
            ),
        ),
    ),
)

REPLACEMENT_INFO: Final = (
    Element("DocumentId", "document_id", "1", TEXT, note="the document replaced"),
    Element(
        "OrganIdList", card="1", inside=(Element("OrganId", "organ_ids", "1..n", TEXT, note="for whom it is replaced"),)
    ),
)

BUSSINESS: Final = (
    Element("DocumentId", "document_id", "0..1", TEXT, note="the document concerned"),
    Element("BussinessDocType", "type", "1", NUMBER, note="0 new, 1 revoke, 2 update, 3 replace"),
    Element("BussinessDocReason", "reason", "0..1", TEXT),
    Element("BussinessDocumentInfo", card="0..1", inside=BUSSINESS_DOCUMENT_INFO, note="of an update"),
    Element(
        "ReplacementInfoList",
        card="0..1",
        inside=(Element("ReplacementInfo", "replacements", "0..n", inside=REPLACEMENT_INFO),),
        note="of a replacement",
    ),
    Element("Paper", "paper", "0..1", FLAG, note="a paper copy is sent too"),
    Element("StaffInfo", "staff", "0..1", inside=STAFF_INFO),
)

TRACE_HEADER_LIST: Final = (
    Element(
        "TraceHeader",
        "trace",
        "1..n",
        inside=(
            Element("OrganId", "organ_id", "1", TEXT),
            Element("Timestamp", "timestamp", "1", TIME),
            Element("MoreInfo", "more_info", "0..1", TEXT, note="older forms"),
        ),
        note="the sender's station alone, at the event's `time`, stands for an empty trace",
    ),
    Element("Bussiness", "business", "0..1", inside=BUSSINESS),
)

REFERENCE: Final = (
    Element("ContentId", "id", "1", CID, note="the same in both places"),
    Element("ContentType", "media_type", "1", TEXT),
    Element("Description", "description", "0..1", TEXT),
    Element("AttachmentName", "name", "1", TEXT),
)

ATTACHMENT: Final = (
    Element("ContentId", "id", "1", CID),
    Element("AttachmentName", "name", "1", TEXT),
    Element("Description", "description", "0..1", TEXT),
    Element("ContentType", "media_type", "1", TEXT, note="`application/zip` where the axis packs the file"),
    Element("ContentTransferEncoded", "content", "1", CONTENT, note="the message names the bytes by size and SHA-256"),
)

_MANIFEST: Final = Element(
    "edXMLManifest",
    inside=(Element("Reference", "attachments", "0..n", inside=REFERENCE),),
    attributes=' version="1.0"',
)

ATTACHMENT_ENCODED: Final = Element(
    "AttachmentEncoded",
    card="0..1",
    inside=(Element("Attachment", "contents", "0..n", inside=ATTACHMENT, note="joined to `attachments` by id"),),
    attributes=_PREFIX_DECLARED,
)

DOCUMENT: Final = (
    Element(
        "edXMLEnvelope",
        inside=(
            Element(
                "edXMLHeader",
                inside=(
                    Element("MessageHeader", inside=MESSAGE_HEADER),
                    Element("TraceHeaderList", inside=TRACE_HEADER_LIST),
                ),
            ),
            Element("edXMLBody", inside=(_MANIFEST,)),
        ),
        attributes=_PREFIX_DECLARED,
    ),
    ATTACHMENT_ENCODED,
)
"""What stands in the root `edXML` of a document."""

_STATUS_TIME: Final = Element("Timestamp", "time", "1", TIME, note="`time` of the event")


def _status(*header: Element) -> tuple[Element, ...]:
    """What stands in the root `edXML` of a status message."""
    inside = Element("edXMLHeader", inside=(Element("MessageHeader", inside=header),))
    return (Element("edXMLEnvelope", inside=(inside,), attributes=_PREFIX_DECLARED),)


STATUS: Final = _status(
    Element("From", "sender", "1", inside=ORGANIZATION, note="the one who reports"),
    Element("ResponseFor", "response_for", "1", inside=RESPONSE_FOR, note="the document; OrganId is its sender"),
    Element("StaffInfo", "staff", "0..1", inside=STAFF_INFO),
    Element("StatusCode", "status", "1", TEXT, note="01 to 06"),
    Element("Description", "description", "0..1", TEXT),
    _STATUS_TIME,
)
"""A status report (01 to 06)."""

TAKE_BACK: Final = _status(
    Element("From", "sender", "1", inside=ORGANIZATION, note="the document's sender, who asks"),
    Element(
        "ResponseFor",
        "response_for",
        "1",
        inside=RESPONSE_FOR,
        note="the document; OrganId is the one who is asked: one message for each of `to`, and in ours the sender's",
    ),
    Element("StaffInfo", "staff", "0..1", inside=STAFF_INFO),
    Element("StatusCode", "status", "1", TEXT, note="13"),
    Element("Description", "reason", "1", TEXT),
    _STATUS_TIME,
)
"""A take-back (13)."""

ANSWER: Final = _status(
    Element("From", "sender", "1", inside=ORGANIZATION, note="the recipient, who answers"),
    Element("ResponseFor", "response_for", "1", inside=RESPONSE_FOR, note="the document; OrganId is its sender"),
    Element("StaffInfo", "staff", "0..1", inside=STAFF_INFO),
    Element("StatusCode", "status", "1", TEXT, note="15 agreed, 16 refused"),
    Element("Description", "description", "0..1", TEXT, note="the reason of a refusal"),
    _STATUS_TIME,
)
"""The answer to a take-back, revocation, update or replacement (15, 16)."""

_BESIDE: Final = {
    "lane": "asked for: the document's lane",
    "sealed_by": "asked for; none unless said",
    "late_entry": "asked for; none unless said",
    "after": "asked for; none unless said",
    "extensions": "asked for; none unless said",
}
_TO: Final = {
    "StatusReport": "asked for: the document's sender",
    "TakeBack": "asked for: the one who is asked",
    "ChangeAnswer": "asked for: the one who asked",
}
_STATUSES: Final = {
    **{f"{message}.to": what for message, what in _TO.items()},
    **{f"{message}.{member}": what for message in _TO for member, what in _BESIDE.items()},
}

LACKING: Final = {
    "Document.purpose": "asked for: the exchange demands it (N3)",
    "Document.sealed_by": "asked for: who used the seal",
    "Document.secrecy": "asked for; `none` unless said otherwise",
    "Document.complaint_class": "asked for; `none` unless said otherwise",
    "Document.circulation": "asked for; none unless said",
    "Document.language": "asked for; `vi` unless said otherwise",
    "Document.late_entry": "asked for; none unless said",
    "Document.after": "asked for; none unless said",
    "Document.extensions": "asked for; none unless said",
    "Organization.agency_id": "looked up by OrganId; an unknown code is a fault",
    "ResponseFor.agency_id": "looked up by OrganId, where known",
    "ResponseFor.subject": "looked up by DocumentId, where known",
    "Receiver.agency_id": "looked up by OrganId, where known",
    "Replacement.subject": "looked up by DocumentId, where known",
    "DocumentType.kind": "asked for; by TypeName unless said (legal normative kinds share names with others)",
    "Attachment.role": "asked for; `main` unless said otherwise",
    "Attachment.size": "of the content; asked for where the content is left out",
    "Attachment.sha256": "of the content; asked for where the content is left out",
    **_STATUSES,
    "StatusReport.message_id": "asked for: the message that brought the document",
    "TakeBack.message_id": "asked for: the message that brought the document",
    "ChangeAnswer.message_id": "asked for: the message that asked",
}
"""What a message says and edXML has no element for: a writer leaves it out, a reader asks its caller."""
