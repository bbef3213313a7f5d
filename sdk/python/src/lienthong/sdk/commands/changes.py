"""`lienthong agency take-back`, `revoke`, `update`, `replace`: what a clerk asks for a document that was sent."""

from collections.abc import Sequence
from typing import Annotated

import typer

from lienthong.common.errors import Words
from lienthong.common.messages.document import Document, StaffInfo
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.letterhead import (
    ContentOption,
    DateOption,
    DueOption,
    FilesArgument,
    KindOption,
    Letterhead,
    OriginalOption,
    PlaceOption,
    PositionOption,
    PriorityOption,
    PurposeOption,
    SealedByOption,
    SignerOption,
    SubjectOption,
    SymbolOption,
    Uploads,
)
from lienthong.sdk.commands.options import JsonOption, ProfileOption, existing_file, output_of, run_agency
from lienthong.sdk.commands.output import Named, Output, lane_name
from lienthong.sdk.compose import symbol_of
from lienthong.sdk.sending import Sent
from lienthong.sdk.statuses import CHANGE_WORDS, ChangeKind

DocumentArgument = Annotated[str, typer.Argument(help="Văn bản đã gửi: số ký hiệu, mã thông điệp / symbol or message")]
ReasonOption = Annotated[str, typer.Option(help="Lý do, bắt buộc / why, needed")]
ToOption = Annotated[
    list[str] | None, typer.Option(help="Chỉ những nơi nhận này; mặc định tất cả / only these; by default all")
]
StaffOption = Annotated[str | None, typer.Option(help="Người liên hệ / whom to ask")]
MobileOption = Annotated[str | None, typer.Option(help="Điện thoại liên hệ / telephone")]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Yêu cầu lại sau khi nơi nhận từ chối / ask once more, after a refusal")
]

_ASK_AGAIN = Words(
    "Không gửi gì mới; bị từ chối mà muốn yêu cầu lại thì thêm --again.",
    "Nothing new was sent; add --again to ask once more after a refusal.",
)


def take_back(
    context: typer.Context,
    *,
    document: DocumentArgument,
    reason: ReasonOption,
    to: ToOption = None,
    staff: StaffOption = None,
    mobile: MobileOption = None,
    sealed_by: SealedByOption = None,
    again: AgainOption = False,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Yêu cầu lấy lại văn bản đã gửi (13) / Ask for a document back; one that has not arrived is withdrawn at once."""
    output = output_of(context, json)

    async def work(agency: Agency) -> None:
        sent = await agency.take_back(
            document,
            reason,
            to=to,
            staff=_staff(staff, mobile),
            sealed_by=sealed_by or agency.profile.clerk,
            again=again,
        )
        await _show(agency, ChangeKind.TAKE_BACK, [document], sent, output)

    run_agency(profile, output, work)


def revoke(
    context: typer.Context,
    *,
    document: DocumentArgument,
    files: FilesArgument = None,
    reason: ReasonOption,
    symbol: SymbolOption = None,
    subject: SubjectOption = None,
    signer: SignerOption = None,
    position: PositionOption = None,
    kind: KindOption = None,
    place: PlaceOption = None,
    day: DateOption = None,
    to: ToOption = None,
    staff: StaffOption = None,
    mobile: MobileOption = None,
    sealed_by: SealedByOption = None,
    again: AgainOption = False,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Thu hồi văn bản bằng một văn bản mới (loại 1) / Revoke a document by a letter of its own."""
    output = output_of(context, json)
    said = _said(
        symbol=symbol, subject=subject, signer=signer, position=position, kind=kind, place=place, date=day,
        sealed_by=sealed_by,
    )  # fmt: skip

    async def work(agency: Agency) -> None:
        revoked = agency.sent_document(document)
        head = _letterhead(revoked, said)
        uploads = await Uploads(agency, output).send([existing_file(path) for path in files or []])
        sent = await agency.revoke(
            document,
            head.draft(agency.profile, to or _codes([revoked])),
            reason,
            files=uploads,
            to=to,
            staff=_staff(staff, mobile),
            again=again,
        )
        await _show(agency, ChangeKind.REVOKE, [document], sent, output)

    run_agency(profile, output, work)


def update(
    context: typer.Context,
    *,
    document: DocumentArgument,
    files: FilesArgument = None,
    reason: ReasonOption,
    symbol: SymbolOption = None,
    subject: SubjectOption = None,
    signer: SignerOption = None,
    position: PositionOption = None,
    kind: KindOption = None,
    purpose: PurposeOption = None,
    place: PlaceOption = None,
    day: DateOption = None,
    due: DueOption = None,
    content: ContentOption = None,
    original: OriginalOption = None,
    to: ToOption = None,
    staff: StaffOption = None,
    mobile: MobileOption = None,
    sealed_by: SealedByOption = None,
    again: AgainOption = False,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Gửi bản cập nhật (loại 2); không nêu gì thì giữ như cũ / Send a new version; what is not given stays as it is."""
    output = output_of(context, json)
    said = _said(
        symbol=symbol, subject=subject, signer=signer, position=position, kind=kind, purpose=purpose, place=place,
        date=day, due=due, content=content, sealed_by=sealed_by,
    )  # fmt: skip

    async def work(agency: Agency) -> None:
        before = agency.sent_document(document)
        head = Letterhead.of(before, agency.profile).completed(said)
        uploads = Uploads(agency, output)
        told = await uploads.send([existing_file(path) for path in files or []])
        sent = await agency.update(
            document,
            head.draft(agency.profile, to or _codes([before])),
            reason,
            files=told if files or original else None,
            originals=await uploads.send([existing_file(path) for path in original or []]),
            to=to,
            staff=_staff(staff, mobile),
            again=again,
        )
        await _show(agency, ChangeKind.UPDATE, [document], sent, output)

    run_agency(profile, output, work)


def replace(
    context: typer.Context,
    *,
    document: DocumentArgument,
    files: FilesArgument = None,
    also: Annotated[list[str] | None, typer.Option(help="Thay thế thêm văn bản này / replace this one, too")] = None,
    reason: ReasonOption,
    symbol: SymbolOption = None,
    subject: SubjectOption = None,
    signer: SignerOption = None,
    position: PositionOption = None,
    kind: KindOption = None,
    purpose: PurposeOption = None,
    priority: PriorityOption = None,
    place: PlaceOption = None,
    day: DateOption = None,
    due: DueOption = None,
    content: ContentOption = None,
    original: OriginalOption = None,
    to: ToOption = None,
    staff: StaffOption = None,
    mobile: MobileOption = None,
    sealed_by: SealedByOption = None,
    again: AgainOption = False,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Gửi văn bản mới thay thế văn bản đã gửi (loại 3) / Send a new document in the place of one or several."""
    output = output_of(context, json)
    said = _said(
        symbol=symbol, subject=subject, signer=signer, position=position, kind=kind, purpose=purpose,
        priority=priority, place=place, date=day, due=due, content=content, sealed_by=sealed_by,
    )  # fmt: skip

    async def work(agency: Agency) -> None:
        names = [document, *(also or [])]
        replaced = [agency.sent_document(name) for name in names]
        head = _letterhead(replaced[0], said)
        uploads = Uploads(agency, output)
        sent = await agency.replace(
            names,
            head.draft(agency.profile, to or _codes(replaced)),
            reason,
            files=await uploads.send([existing_file(path) for path in files or []]),
            originals=await uploads.send([existing_file(path) for path in original or []]),
            to=to,
            staff=_staff(staff, mobile),
            again=again,
        )
        await _show(agency, ChangeKind.REPLACE, names, sent, output)

    run_agency(profile, output, work)


def _said(**options: str | None) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}


def _letterhead(before: Document, said: dict[str, str]) -> Letterhead:
    """A letter of its own, in the lane of the one it is about: whatever concerns a document stays in its lane."""
    return Letterhead(priority=before.other.priority.name.lower()).completed(said)


def _codes(documents: Sequence[Document]) -> list[str]:
    return list(dict.fromkeys(each.code for document in documents for each in document.to))


def _staff(name: str | None, mobile: str | None) -> StaffInfo | None:
    return StaffInfo(staff=name, mobile=mobile) if name or mobile else None


async def _show(agency: Agency, kind: ChangeKind, documents: Sequence[str], sent: Sent, output: Output) -> None:
    found = [agency.sent_document(name) for name in documents]
    title = Words("Đã gửi yêu cầu", "The request was sent")
    if sent.repeated:
        title = Words("Yêu cầu này đã gửi từ trước", "This request was sent before")
        output.note(_ASK_AGAIN)
    output.facts(
        title,
        {
            "message_id": (Words("Mã thông điệp", "Message"), str(sent.message_id)),
            "kind": (Words("Yêu cầu", "Request"), Named(kind.value, CHANGE_WORDS[kind])),
            "document": (Words("Văn bản", "Document"), ", ".join(map(symbol_of, found))),
            "subject": (Words("Mã văn bản", "Document's id"), str(sent.receipt.subject)),
            "lane": (Words("Luồng", "Lane"), lane_name(sent.receipt.lane)),
            "accepted_at": (Words("Thời điểm tiếp nhận", "Accepted at"), output.time(sent.receipt.accepted_at)),
            "repeated": (Words("Đã yêu cầu từ trước", "Had been asked before"), sent.repeated),
        },
        sent.warnings,
    )
