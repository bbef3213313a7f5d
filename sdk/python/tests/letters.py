"""Letters and reports between the agency and the other one of `counterpart.py`, and the agency's client."""

import json
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path
from uuid import UUID

from counterpart import FINANCE, IMPATIENT, JUSTICE, Counterpart

from lienthong.common.clock import SystemClock
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Attachment, Lane, ResponseFor
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.exchange import DocumentSent, StatusReported
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusCode, StatusReport
from lienthong.common.signing import SignedBytes
from lienthong.sdk import Agency, Document, DocumentKind, Draft, Purpose
from lienthong.sdk.compose import compose


def opened(counterpart: Counterpart, folder: Path) -> AbstractAsyncContextManager[Agency]:
    """The agency's client with its profile in the folder, as after a restart."""
    profile = folder if (folder / "profile.toml").exists() else counterpart.profile(folder)
    return Agency.open(profile, patience=IMPATIENT, http=counterpart.transport())


def document(counterpart: Counterpart, *, symbol: str = "15/STC-QLNS", incoming: bool = False) -> Document:
    """A letter from the agency to another one, or the other way round."""
    own, other = organizations(counterpart)
    draft = Draft(
        symbol=symbol,
        kind=DocumentKind.CONG_VAN,
        subject="V/v góp ý dự thảo Quy chế",
        signer="Nguyễn Văn Minh",
        position="Giám đốc",
        place="Tây Ninh",
        promulgated=date(2026, 11, 20),
        purpose=Purpose.INFORMATION,
        sealed_by="Trần Thị Hòa",
    )
    return compose(draft, sender=other if incoming else own, to=[own if incoming else other])


def organizations(counterpart: Counterpart) -> tuple[Organization, Organization]:
    """The agency and the other one, as messages name them."""
    return (
        Organization(agency_id=counterpart.agency_id, code=FINANCE, name="Sở Tài chính"),
        Organization(agency_id=counterpart.other_id, code=JUSTICE, name="Sở Tư pháp"),
    )


def letter_from_other(counterpart: Counterpart, number: int = 1, *files: Attachment) -> SignedBytes:
    """A sealed letter to the agency."""
    data = document(counterpart, symbol=f"{number}/STP-VB", incoming=True).model_copy(update={"attachments": files})
    source = f"/agencies/{counterpart.other_id}"
    event = DocumentSent.new(source=source, time=SystemClock().now(), data=data, subject=str(new_id()))
    return counterpart.other.signer.sign(to_bytes(event))


def status_of(counterpart: Counterpart, sent: SignedBytes, **changes: object) -> StatusReported:
    """The other agency's report that it received a document that the agency sent."""
    own, other = organizations(counterpart)
    told = json.loads(sent.payload)
    data = StatusReport(
        sender=other,
        to=(own,),
        lane=Lane.ORDINARY,
        message_id=UUID(told["id"]),
        response_for=ResponseFor(organ_id=own.code, code="15/STC-QLNS"),
        status=StatusCode.RECEIVED,
        extensions={},
    )
    subject = str(changes.pop("subject", told["subject"]))
    data = data.model_copy(update=changes)
    source = f"/agencies/{counterpart.other_id}"
    return StatusReported.new(source=source, time=SystemClock().now(), data=data, subject=subject)
