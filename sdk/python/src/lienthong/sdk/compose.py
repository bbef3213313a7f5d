"""A document from what a clerk knows: number and symbol, kind, subject, who signed, to whom."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from lienthong.common.errors import Words
from lienthong.common.messages.document import (
    Attachment,
    CodeNumber,
    Document,
    DocumentKind,
    DocumentType,
    OtherInfo,
    Priority,
    Promulgation,
    Purpose,
    SealUse,
    Secrecy,
    SignerInfo,
)
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


def compose(
    draft: Draft, *, sender: Organization, to: Sequence[Organization], attachments: Sequence[Attachment] = ()
) -> Document:
    """The document, in NFC (N8). Raises BadInput naming every member that is missing or wrong."""
    number, notation = split_symbol(_nfc(draft.symbol))
    try:
        return Document.model_validate(
            {
                "from": sender,
                "to": list(to),
                "document_id": f"{sender.code},{draft.promulgated:%Y/%m/%d},{_nfc(draft.symbol)}",
                "code": CodeNumber(number=number, notation=notation),
                "promulgation": Promulgation(place=_nfc(draft.place), date=draft.promulgated),
                "document_type": DocumentType(kind=draft.kind, name=KINDS[draft.kind].name),
                "subject": _nfc(draft.subject),
                "content": _nfc(draft.content) if draft.content else None,
                "signer": SignerInfo(full_name=_nfc(draft.signer), position=_nfc(draft.position)),
                "due_date": draft.due,
                "other": OtherInfo(priority=draft.priority),
                "attachments": list(attachments),
                "purpose": draft.purpose,
                "secrecy": draft.secrecy,
                "sealed_by": SealUse(full_name=_nfc(draft.sealed_by)),
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


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
