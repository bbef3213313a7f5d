"""Documents as agencies of one province send them: about real legal documents, with scans of some megabytes."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.demo.docx import write_docx
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
    """Who sends what to whom; `scans` are the sizes of its PDFs in megabytes, `original` says that N6 asks for one."""

    sender: str
    to: tuple[str, ...]
    kind: DocumentKind
    purpose: Purpose
    suffix: str
    scans: tuple[float, ...]
    priority: Priority = Priority.NORMAL
    original: bool = False


_ALL = ("finance", "justice", "education", "construction", "inspectorate")
_K, _P = DocumentKind, Purpose

LETTERS = (
    Letter("finance", ("justice", "office"), _K.CONG_VAN, _P.INFORMATION, "STC-VP", (2.4,)),
    Letter("justice", ("finance",), _K.BAO_CAO, _P.REPORT, "BC-STP", (3.1, 1.2)),
    Letter("office", _ALL, _K.CONG_DIEN, _P.DIRECTION, "CĐ-VPUBND", (0.5,), Priority.EXPRESS),
    Letter("office", _ALL, _K.GIAY_MOI, _P.INVITATION, "GM-VPUBND", (0.3,)),
    Letter("office", _ALL, _K.THONG_BAO, _P.SCHEDULE, "TB-VPUBND", (0.3,)),
    Letter("finance", ("office",), _K.TO_TRINH, _P.WORKING_PAPER, "TTr-STC", (1.2,)),
    Letter("justice", ("office", "finance"), _K.KE_HOACH, _P.PROGRAMME, "KH-STP", (1.0, 1.0), original=True),
    Letter("finance", ("justice",), _K.THONG_BAO, _P.NOTICE, "TB-STC", (0.8,), Priority.URGENT),
    Letter("education", ("office",), _K.BAO_CAO, _P.REPORT, "BC-SGDĐT", (0.6,)),
    Letter("education", ("finance",), _K.CONG_VAN, _P.WORKING_PAPER, "SGDĐT-KHTC", (0.4,)),
    Letter("construction", ("office", "justice"), _K.TO_TRINH, _P.WORKING_PAPER, "TTr-SXD", (0.5,)),
    Letter("inspectorate", ("office",), _K.BAO_CAO, _P.REPORT, "BC-TTr", (0.4,)),
    Letter("inspectorate", ("finance", "education"), _K.QUYET_DINH, _P.DIRECTION, "QĐ-TTr", (0.5,)),
    Letter("inspectorate", ("construction",), _K.GIAY_MOI, _P.INVITATION, "GM-TTr", (0.2,)),
    Letter("office", ("justice",), _K.CONG_VAN, _P.DIRECTION, "VPUBND-NC", (0.5,), Priority.VERY_URGENT),
    Letter("justice", ("education", "construction"), _K.HUONG_DAN, _P.OTHER, "HD-STP", (0.7,)),
    Letter("finance", ("education", "construction", "inspectorate"), _K.HUONG_DAN, _P.OTHER, "HD-STC", (0.6,)),
    Letter("construction", ("inspectorate",), _K.BIEN_BAN, _P.WORKING_PAPER, "BB-SXD", (0.3,)),
    Letter("education", ("justice",), _K.PHIEU_CHUYEN, _P.OTHER, "PC-SGDĐT", (0.2,)),
    Letter("office", ("finance", "construction"), _K.CHUONG_TRINH, _P.PROGRAMME, "CTr-VPUBND", (0.4,), original=True),
    Letter("justice", ("inspectorate",), _K.CONG_VAN, _P.INFORMATION, "STP-BTTP", (0.3,)),
    Letter("construction", ("office",), _K.DE_AN, _P.WORKING_PAPER, "ĐA-SXD", (1.0, 100.0)),
)
"""Documents of a day in a province; the last carries the drawings of a town, 100 MB."""

PEOPLE = {
    "finance": ("Nguyễn Văn Đức", "Giám đốc", "Trần Thị Hòa"),
    "justice": ("Lê Quý Đôn", "Giám đốc", "Phạm Thúy Vân"),
    "office": ("Đặng Minh Châu", "Chánh Văn phòng", "Võ Thị Sáu"),
    "education": ("Lương Thế Vinh", "Giám đốc", "Hoàng Xuân Hãn"),
    "construction": ("Vũ Như Tô", "Giám đốc", "Đinh Thị Vân"),
    "inspectorate": ("Tô Hiến Thành", "Chánh Thanh tra", "Lý Thị Mai"),
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

    def draft(
        self,
        sender: str,
        letter: Letter | None = None,
        *,
        secrecy: Secrecy = Secrecy.NONE,
        priority: Priority = Priority.NORMAL,
    ) -> Draft:
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
            priority=letter.priority if letter else priority,
            secrecy=secrecy,
        )

    def files(self, draft: Draft, letter: Letter) -> list[Path]:
        """Its scans, written now."""
        name, made_at = draft.symbol.replace("/", "-"), datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
        paths: list[Path] = []
        for place, megabytes in enumerate(letter.scans, 1):
            path = self._folder / f"{name}{'' if place == 1 else f' phụ lục {place - 1}'}.pdf"
            seed = self._number * 10 + place
            write_pdf(path, title=draft.subject, author=draft.signer, made_at=made_at, megabytes=megabytes, seed=seed)
            paths.append(path)
        return paths

    def write(self, name: str, content: bytes) -> Path:
        """A file of whatever content."""
        path = self._folder / name
        path.write_bytes(content)
        return path

    def original(self, draft: Draft, letter: Letter) -> list[Path]:
        """The file it was written in, where one must come along (N6)."""
        if not letter.original:
            return []
        path = self._folder / f"{draft.symbol.replace('/', '-')}.docx"
        write_docx(path, [draft.symbol, draft.subject, f"{draft.position} {draft.signer}"])
        return [path]
