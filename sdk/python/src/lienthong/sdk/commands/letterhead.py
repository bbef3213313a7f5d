"""What a clerk says of a document: on the command line, or in one line of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong.common.clock import SystemClock, local_day
from lienthong.common.errors import Words
from lienthong.common.messages.document import AttachmentRole, Document, DocumentKind, Priority, Purpose, Secrecy
from lienthong.sdk.attachments import Upload
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.late import read_late_entry
from lienthong.sdk.commands.options import existing_file, one_of, read_date
from lienthong.sdk.commands.output import Output
from lienthong.sdk.commands.transfers import transfers
from lienthong.sdk.compose import Draft, draft_of
from lienthong.sdk.errors import BadInput
from lienthong.sdk.profile import Profile

KIND: Any = typer.Option(help="Loại văn bản: cong_van, quyet_dinh… / kind: cong_van, quyet_dinh…")
PURPOSE: Any = typer.Option(help="Mục đích: information, report… / purpose: information, report…")
PRIORITY: Any = typer.Option(help="normal | urgent | very_urgent | express")
FilesArgument = Annotated[list[Path] | None, typer.Argument(help="Tệp văn bản, phụ lục / the document, appendices")]
SymbolOption = Annotated[str | None, typer.Option(help="Số, ký hiệu: 15/STC-QLNS / number and symbol: 15/STC-QLNS")]
SubjectOption = Annotated[str | None, typer.Option(help="Trích yếu / subject")]
SignerOption = Annotated[str | None, typer.Option(help="Người ký / who signed")]
PositionOption = Annotated[str | None, typer.Option(help="Chức vụ người ký / position")]
KindOption = Annotated[str | None, KIND]
PurposeOption = Annotated[str | None, PURPOSE]
PriorityOption = Annotated[str | None, PRIORITY]
PlaceOption = Annotated[str | None, typer.Option(help="Địa danh / place of issue")]
DateOption = Annotated[str | None, typer.Option("--date", help="Ngày ban hành: 22/11/2026 / date of issue: 22/11/2026")]
DueOption = Annotated[str | None, typer.Option(help="Hạn xử lý / due date")]
ContentOption = Annotated[str | None, typer.Option(help="Tóm tắt nội dung / summary")]
SealedByOption = Annotated[str | None, typer.Option(help="Văn thư đóng dấu / who uses the seal")]
OriginalOption = Annotated[list[Path] | None, typer.Option(help="Tệp gốc soạn thảo / editable original")]

Files = Sequence[tuple[Path, AttachmentRole]]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The options of `send` as they were typed."""

    symbol: str | None = None
    subject: str | None = None
    signer: str | None = None
    position: str | None = None
    kind: str = "cong_van"
    purpose: str = "information"
    priority: str = "normal"
    secrecy: str = "none"
    place: str | None = None
    date: str | None = None
    due: str | None = None
    content: str | None = None
    sealed_by: str | None = None
    late_entry_at: str | None = None
    late_entry_by: str | None = None
    late_entry_reason: str | None = None

    def draft(self, profile: Profile, to: Sequence[str]) -> Draft:
        """What is known, completed from the profile. Raises BadInput naming all that is missing."""
        place, sealed_by = self.place or profile.place, self.sealed_by or profile.clerk
        needed = {
            "--to": to,
            "--symbol": self.symbol,
            "--subject": self.subject,
            "--signer": self.signer,
            "--position": self.position,
            "--place": place,
            "--sealed-by": sealed_by,
        }
        missing = ", ".join(option for option, value in needed.items() if not value)
        if missing:
            raise BadInput(Words(f"Còn thiếu: {missing}", f"Missing: {missing}"))
        return Draft(
            symbol=self.symbol or "",
            kind=one_of(DocumentKind, self.kind, "--kind"),
            subject=self.subject or "",
            signer=self.signer or "",
            position=self.position or "",
            place=place or "",
            promulgated=read_date(self.date, "--date") if self.date else local_day(SystemClock().now()),
            purpose=one_of(Purpose, self.purpose, "--purpose"),
            sealed_by=sealed_by or "",
            priority=one_of(Priority, self.priority, "--priority"),
            secrecy=one_of(Secrecy, self.secrecy, "--secrecy"),
            content=self.content,
            due=read_date(self.due, "--due") if self.due else None,
            late_entry=read_late_entry(self.late_entry_at, self.late_entry_by, self.late_entry_reason, profile),
        )

    @classmethod
    def of(cls, document: Document, profile: Profile) -> "Letterhead":
        """What the clerk said of a document that was sent; who uses the seal today is the profile's clerk."""
        draft = draft_of(document)
        return cls(
            symbol=draft.symbol,
            subject=draft.subject,
            signer=draft.signer,
            position=draft.position,
            kind=draft.kind.value,
            purpose=draft.purpose.value,
            priority=draft.priority.name.lower(),
            secrecy=draft.secrecy.value,
            place=draft.place,
            date=draft.promulgated.isoformat(),
            due=draft.due.isoformat() if draft.due else None,
            content=draft.content,
            sealed_by=profile.clerk or draft.sealed_by,
        )

    def entered_late(self, at: str | None, by: str | None, reason: str | None) -> "Letterhead":
        """With what was typed of a late entry."""
        return replace(self, late_entry_at=at, late_entry_by=by, late_entry_reason=reason)

    def completed(self, told: dict[str, Any]) -> "Letterhead":
        """With what one line of a batch says in place of the options. Raises BadInput."""
        known = {each.name for each in fields(self)}
        strange = ", ".join(sorted(set(told) - known))
        if strange:
            raise BadInput(Words(f"Không có thuộc tính {strange}", f"There is no member {strange}"))
        if not all(isinstance(value, str) for value in told.values()):
            raise BadInput(Words("Các thuộc tính phải là chuỗi", "The members are texts"))
        return replace(self, **told)


def attached_files(files: Sequence[Path], originals: Sequence[Path]) -> Files:
    """The document itself, its appendices and editable originals. Raises BadInput where one is missing."""
    found = [(existing_file(path), AttachmentRole.APPENDIX) for path in files]
    found[:1] = [(path, AttachmentRole.MAIN) for path, _ in found[:1]]
    return [*found, *((existing_file(path), AttachmentRole.ORIGINAL) for path in originals)]


class Uploads:
    """Files sent before the messages that name them, each once."""

    def __init__(self, agency: Agency, output: Output) -> None:
        self._agency = agency
        self._output = output
        self._done: dict[Path, Upload] = {}

    async def attach(self, document: Document, files: Files) -> Document:
        """The document with its files, uploaded now. Raises as `Agency.upload`."""
        first = len(document.attachments) + 1
        sent = zip(await self.send([path for path, _ in files]), files, strict=True)
        added = [upload.as_attachment(f"file-{n}", role) for n, (upload, (_, role)) in enumerate(sent, first)]
        return document.model_copy(update={"attachments": (*document.attachments, *added)})

    async def send(self, files: Sequence[Path]) -> list[Upload]:
        """Upload files, each once. Raises as `Agency.upload`."""
        with transfers(self._output) as bars:
            for path in files:
                if path not in self._done:
                    moved = bars.add(path.name, path.stat().st_size)
                    self._done[path] = await self._agency.upload(path, progress=moved)
        return [self._done[path] for path in files]
