"""Samples, and what every test supplies that edXML lacks."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from lienthong.common.edxml import Beside, ReadDocument, ReadStatus, StatusBeside, Stored, read
from lienthong.common.edxml import write_answer as write_answer_to
from lienthong.common.edxml import write_document as write_document_to
from lienthong.common.edxml import write_status as write_status_to
from lienthong.common.edxml import write_take_back as write_take_back_to
from lienthong.common.ids import new_id
from lienthong.common.messages.change import ChangeAnswer, TakeBack
from lienthong.common.messages.document import Document, Lane, Purpose, SealUse
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.status import StatusReport

NOW = datetime(2020, 8, 14, 9, 35, 56, tzinfo=UTC)
CLERK = SealUse(full_name="Trần Thị Hòa")
SAMPLES = Path(__file__).parent / "samples"


class EveryCode(Mapping[str, UUID]):
    """A directory in which every code is some agency's, the same each time."""

    def __init__(self) -> None:
        self._known: dict[str, UUID] = {}

    def __getitem__(self, code: str) -> UUID:
        if not code:
            raise KeyError(code)
        return self._known.setdefault(code, new_id())

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


AGENCIES = EveryCode()
BESIDE = Beside(
    agency_ids=AGENCIES, purpose=Purpose.REPORT, sealed_by=CLERK, files={"209": Stored(size=6, sha256="a" * 64)}
)
STATUS_BESIDE = StatusBeside(
    agency_ids=AGENCIES,
    to=Organization(agency_id=AGENCIES["000.00.13.H53"], code="000.00.13.H53", name="Sở Thông tin và Truyền thông"),
    lane=Lane.ORDINARY,
    message_id=new_id(),
)

TAKE_BACK_BESIDE = StatusBeside(
    agency_ids=AGENCIES,
    to=Organization(agency_id=AGENCIES["000.00.12.H53"], code="000.00.12.H53", name="Sở Tài nguyên và Môi trường"),
    lane=Lane.ORDINARY,
    message_id=new_id(),
    subject=new_id(),
)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.edxml").read_bytes()


def read_document(xml: bytes) -> ReadDocument:
    found = read(xml)
    assert isinstance(found, ReadDocument)
    return found


def read_status(xml: bytes) -> ReadStatus:
    found = read(xml)
    assert isinstance(found, ReadStatus)
    return found


def written(document: Document, time: datetime | None = NOW, contents: Mapping[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    openers = {name: lambda data=data: io.BytesIO(data) for name, data in (contents or {}).items()}
    write_document_to(document, time=time or NOW, out=out, contents=openers)
    return out.getvalue()


def written_take_back(request: TakeBack, time: datetime | None = NOW) -> bytes:
    out = io.BytesIO()
    write_take_back_to(request, to=request.to[0], time=time or NOW, out=out)
    return out.getvalue()


def written_answer(answer: ChangeAnswer, time: datetime | None = NOW) -> bytes:
    out = io.BytesIO()
    write_answer_to(answer, time=time or NOW, out=out)
    return out.getvalue()


def written_status(report: StatusReport, time: datetime | None = NOW) -> bytes:
    out = io.BytesIO()
    write_status_to(report, time=time or NOW, out=out)
    return out.getvalue()
