"""Documents as agencies of one province send them: about real legal documents, with scans of some megabytes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.demo.pdf import write_pdf

from lienthong.common.clock import SystemClock, local_day
from lienthong.sdk import DocumentKind, Draft, Priority, Purpose, Secrecy

DATA = Path(__file__).parent / "data" / "legal_documents.json"


@dataclass(frozen=True, slots=True)
class Legal:
    """A legal document that a letter is about."""

    number: str
    type: str
    issuing_authority: str
    issue_date: str
    title: str

    @property
    def subject(self) -> str:
        """Trích yếu of a letter about it, as công văn write it."""
        return f"V/v triển khai {self.type} số {self.number} của {self.issuing_authority} {self.title}"


@dataclass(frozen=True, slots=True)
class Letter:
    """Who sends what to whom; `attached` are the sizes of its files in megabytes."""

    sender: str
    to: tuple[str, ...]
    kind: DocumentKind
    purpose: Purpose
    suffix: str
    attached: tuple[float, ...]
    priority: Priority = Priority.NORMAL


LETTERS = (
    Letter("finance", ("justice", "office"), DocumentKind.CONG_VAN, Purpose.INFORMATION, "STC-VP", (2.4,)),
    Letter("justice", ("finance",), DocumentKind.BAO_CAO, Purpose.REPORT, "BC-STP", (3.1, 1.2)),
    Letter("office", ("finance", "justice"), DocumentKind.CONG_DIEN, Purpose.DIRECTION, "CĐ", (1.5,), Priority.EXPRESS),
    Letter("office", ("finance", "justice"), DocumentKind.GIAY_MOI, Purpose.INVITATION, "GM-UBND", (1.1,)),
    Letter("finance", ("office",), DocumentKind.TO_TRINH, Purpose.WORKING_PAPER, "TTr-STC", (4.2,)),
    Letter("justice", ("office", "finance"), DocumentKind.KE_HOACH, Purpose.PROGRAMME, "KH-STP", (2.0, 2.0)),
    Letter("finance", ("justice",), DocumentKind.THONG_BAO, Purpose.NOTICE, "TB-STC", (1.8,), Priority.URGENT),
)  # fmt: skip

PEOPLE = {
    "finance": ("Nguyễn Văn Đức", "Giám đốc", "Trần Thị Hòa"),
    "justice": ("Lê Quý Đôn", "Giám đốc", "Phạm Thúy Vân"),
    "office": ("Đặng Minh Châu", "Chánh Văn phòng", "Võ Thị Sáu"),
    "interior": ("Huỳnh Tấn Phát", "Giám đốc", "Bùi Thị Xuân"),
    "health": ("Đỗ Xuân Hợp", "Giám đốc", "Ngô Thị Tuyển"),
}


class Material:
    """Hands out numbers, subjects and files; numbers grow through the run, as in an agency's register."""

    def __init__(self, folder: Path, first_number: int) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        told = json.loads(DATA.read_text("utf-8"))["documents"]
        self._legal = [Legal(**each) for each in told]
        self._number = first_number

    def draft(self, sender: str, letter: Letter | None = None, *, secrecy: Secrecy = Secrecy.NONE) -> Draft:
        """The next document of a sender."""
        self._number += 1
        legal = self._legal[self._number % len(self._legal)]
        signer, position, clerk = PEOPLE[sender]
        return Draft(
            symbol=f"{self._number}/{letter.suffix if letter else 'CV-VP'}",
            kind=letter.kind if letter else DocumentKind.CONG_VAN,
            subject=legal.subject,
            signer=signer,
            position=position,
            place="Tây Ninh",
            promulgated=local_day(SystemClock().now()),
            purpose=letter.purpose if letter else Purpose.INFORMATION,
            sealed_by=clerk,
            priority=letter.priority if letter else Priority.NORMAL,
            secrecy=secrecy,
        )

    def files(self, draft: Draft, letter: Letter) -> Iterator[Path]:
        """Its files, written now."""
        for place, megabytes in enumerate(letter.attached, 1):
            name = f"{draft.symbol.replace('/', '-')}{'' if place == 1 else f' phụ lục {place - 1}'}.pdf"
            path = self._folder / name
            made_at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
            seed = self._number * 10 + place
            write_pdf(path, title=draft.subject, author=draft.signer, made_at=made_at, megabytes=megabytes, seed=seed)
            yield path
