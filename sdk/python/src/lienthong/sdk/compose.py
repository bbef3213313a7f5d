"""A document from what a clerk knows: number and symbol, kind, subject, who signed, to whom."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from lienthong.common.errors import Words
from lienthong.common.ids import parse_id
from lienthong.common.messages.document import (
    Attachment,
    CodeNumber,
    Document,
    DocumentKind,
    DocumentType,
    LateEntry,
    OtherInfo,
    Priority,
    Promulgation,
    Purpose,
    ResponseFor,
    SealUse,
    Secrecy,
    SignerInfo,
)
from lienthong.common.messages.exchange import DocumentSent
from lienthong.common.messages.kinds import KINDS
from lienthong.common.messages.parts import Organization
from lienthong.sdk.errors import BadInput

_SYMBOL = re.compile(r"(\d{1,6}[a-z]?)([/-])(\S+)")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a document before it is addressed. `symbol` is số và ký hiệu as written: `1308/BC-STTTT`."""

    symbol: str
    kind: DocumentKind
    subject: str
    signer: str
    position: str
    place: str
    promulgated: date
    purpose: Purpose
    sealed_by: str
    priority: Priority = Priority.NORMAL
    secrecy: Secrecy = Secrecy.NONE
    content: str | None = None
    due: date | None = None
    late_entry: LateEntry | None = None


def compose(
    draft: Draft, *, sender: Organization, to: Sequence[Organization], attachments: Sequence[Attachment] = ()
) -> Document:
    """The document, in NFC (N8). Raises BadInput naming every member that is missing or wrong."""
    number, notation = split_symbol(nfc(draft.symbol))
    try:
        return Document.model_validate(
            {
                "from": sender,
                "to": list(to),
                "document_id": f"{sender.code},{draft.promulgated:%Y/%m/%d},{nfc(draft.symbol)}",
                "code": CodeNumber(number=number, notation=notation),
                "promulgation": Promulgation(place=nfc(draft.place), date=draft.promulgated),
                "document_type": DocumentType(kind=draft.kind, name=KINDS[draft.kind].name),
                "subject": nfc(draft.subject),
                "content": nfc(draft.content) if draft.content else None,
                "signer": SignerInfo(full_name=nfc(draft.signer), position=nfc(draft.position)),
                "due_date": draft.due,
                "other": OtherInfo(priority=draft.priority),
                "attachments": list(attachments),
                "purpose": draft.purpose,
                "secrecy": draft.secrecy,
                "sealed_by": SealUse(full_name=nfc(draft.sealed_by)),
                "late_entry": draft.late_entry,
            }
        )
    except ValidationError as error:
        raise malformed(error) from error


def split_symbol(symbol: str) -> tuple[str, str]:
    """`1308/BC-STTTT` → ("1308", "BC-STTTT"); Party documents write `57-NQ/TW`. Raises BadInput."""
    found = _SYMBOL.fullmatch(symbol.strip())
    if found is None:
        raise BadInput(
            Words(
                f"Số, ký hiệu {symbol!r} không đúng dạng 1308/BC-STTTT",
                f"The number and symbol {symbol!r} are not of the form 1308/BC-STTTT",
            )
        )
    return found[1], found[3]


def malformed(error: ValidationError) -> BadInput:
    """A document's faults in one sentence, each with the member it concerns."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    told = "; ".join(f"{'/'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:10])
    return BadInput(Words(f"Văn bản sai: {told}", f"The document is malformed: {told}"))


def in_words(event: DocumentSent) -> ResponseFor:
    """A document as others name it that answer it, revoke it or report on it."""
    document = event.data
    return ResponseFor(
        agency_id=document.sender.agency_id,
        organ_id=document.sender.code,
        code=f"{document.code.number}/{document.code.notation}"[:250],
        promulgation_date=document.promulgation.date,
        document_id=document.document_id,
        subject=parse_id(event.subject) if event.subject else None,
    )


def draft_of(document: Document) -> Draft:
    """What a clerk knew of a document: to correct some of it and say the rest again."""
    return Draft(
        symbol=symbol_of(document),
        kind=document.document_type.kind,
        subject=document.subject,
        signer=document.signer.full_name,
        position=document.signer.position,
        place=document.promulgation.place,
        promulgated=document.promulgation.date,
        purpose=document.purpose,
        sealed_by=document.sealed_by.full_name,
        priority=document.other.priority,
        secrecy=document.secrecy,
        content=document.content,
        due=document.due_date,
    )


def revised(before: Document, drafted: Document) -> Document:
    """A version of a document: what a draft says is new, everything else stays as it was."""
    same_kind = (before.document_type.kind, before.document_type.name) == (
        drafted.document_type.kind,
        drafted.document_type.name,
    )
    same_name = draft_of(before).symbol == draft_of(drafted).symbol and before.promulgation == drafted.promulgation
    named = before if same_name else drafted
    return before.model_copy(
        update={
            "sender": drafted.sender,
            "to": drafted.to,
            "document_id": named.document_id,
            "code": named.code,
            "promulgation": drafted.promulgation,
            "document_type": before.document_type if same_kind else drafted.document_type,
            "subject": drafted.subject,
            "content": drafted.content,
            "signer": drafted.signer.model_copy(update={"competence": before.signer.competence}),
            "due_date": drafted.due_date,
            "other": before.other.model_copy(update={"priority": drafted.other.priority}),
            "attachments": drafted.attachments,
            "purpose": drafted.purpose,
            "secrecy": drafted.secrecy,
            "sealed_by": drafted.sealed_by,
            # How the version before came here, and when, is not said of this one.
            "trace": (),
            "late_entry": None,
            "after": None,
        }
    )


def symbol_of(document: Document) -> str:
    """Số và ký hiệu as the document id writes it; where that has another form, number/notation."""
    return symbol_in(document.document_id) or f"{document.code.number}/{document.code.notation}"


def symbol_in(document_id: str) -> str:
    """Số và ký hiệu in a document id of the axis' form; empty in another."""
    _, comma, symbol = document_id.rpartition(",")
    return symbol if comma else ""


def nfc(text: str) -> str:
    """A text that somebody typed as messages carry it (N8)."""
    return unicodedata.normalize("NFC", text).strip()


def nfc_or_none(text: str | None) -> str | None:
    """As `nfc`; None for nothing or blanks."""
    return nfc(text) or None if text else None


def seal_use(full_name: str | None) -> SealUse | None:
    """Who used the seal; None where a system did."""
    told = nfc_or_none(full_name)
    return SealUse(full_name=told) if told else None
