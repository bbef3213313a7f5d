"""Documents change after they were sent: taken back, updated, replaced, revoked; asked and answered by command."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.demo import words
from tests.demo.material import Letter
from tests.demo.refusals import error_of
from tests.demo.stage import CODES, Stage

from lienthong.common.messages.document import Lane
from lienthong.common.messages.status import StatusCode
from lienthong.sdk import DocumentKind, Purpose, Track
from lienthong.sdk import Letter as Received

SENDER = "finance"
BOTH = ("justice", "office")
REASON = "Gửi nhầm nơi nhận"

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A document of the sender, as its command told of it."""

    symbol: str
    message_id: UUID


@dataclass(frozen=True, slots=True)
class Day:
    """What the sender sent, what it said about it, and where its recipients had saved it."""

    taken_back: Sent
    updated: Sent
    update: Sent
    replaced: Sent
    replacement: Sent
    revoked: Sent
    revocation: Sent
    folders: Mapping[str, Mapping[UUID, Path]]


async def show_changes(stage: Stage) -> None:
    """Each change once, at once or answered; what everybody sees of it; and the content that must be gone is gone."""
    stage.report.chapter("Lấy lại, cập nhật, thay thế, thu hồi", "Take-back, update, replacement, revocation")
    day = await _spend_day(stage)
    await _show_take_back(stage, day)
    await _show_versions(stage, day)
    await _show_revocation(stage, day)
    back = await _read(stage, SENDER)
    kinds = {"answer": "trả lời / answers", "removal": "đã xóa / removals", "ended": "của trục / by the exchange"}
    counted = {kind: sum(line["kind"] == kind for line in back) for kind in kinds}
    seen = ", ".join(f"{name}: {counted[kind]}" for kind, name in kinds.items())
    ok = counted == {"answer": 5, "removal": 2, "ended": 1}
    stage.report.show(
        "Trả lời, báo cáo đã xóa, thông báo của trục đã về nơi gửi", "What came back to the sender", seen=seen, ok=ok
    )


async def _spend_day(stage: Stage) -> Day:
    """The sender sends, its recipients receive; it asks for changes, they answer. Recipients work side by side."""
    withdrawn = await _send(stage, ("justice",))
    await _ask(stage, ("justice",), "take-back", withdrawn.symbol, "--reason", REASON)
    sent = [await _send(stage, to) for to in (BOTH, ("justice",), ("office",), ("justice",))]
    taken_back, updated, replaced, revoked = sent
    morning = await asyncio.gather(*(_read(stage, role) for role in BOTH))
    await _show_withdrawal(stage, withdrawn, morning[0][0])
    for role, received in (("office", taken_back), ("justice", updated), ("justice", revoked)):
        await _say(stage, role, received, StatusCode.RECEIVED)

    await _ask(stage, BOTH, "take-back", taken_back.symbol, "--reason", REASON)
    update = await _update(stage, updated)
    replacement = await _letter_about(stage, "replace", replaced, ("office",), "Thay số liệu", "V/v thay thế")
    revocation = await _letter_about(stage, "revoke", revoked, ("justice",), "Ban hành nhầm", "V/v thu hồi")

    await asyncio.gather(*(_read(stage, role) for role in BOTH))
    answers = {
        "justice": (("agree", taken_back.symbol), ("agree", updated.symbol), ("agree", revocation.symbol)),
        "office": (("refuse", taken_back.symbol, "--reason", "Đã vào sổ, đang xử lý"), ("agree", replacement.symbol)),
    }
    await asyncio.gather(*(_answer(stage, role, said) for role, said in answers.items()))
    await _say(stage, "office", taken_back, StatusCode.DONE)
    await _say(stage, "justice", update, StatusCode.DONE)
    folders = {role: _folders(lines) for role, lines in zip(BOTH, morning, strict=True)}
    return Day(taken_back, updated, update, replaced, replacement, revoked, revocation, folders)


async def _show_withdrawal(stage: Stage, sent: Sent, line: Told) -> None:
    """Not arrived yet: the exchange grants it at once, and nobody reads it any more."""
    ok = (await _states(stage, sent), line["kind"]) == ({"justice": "withdrawn"}, "withheld")
    left = f"nơi nhận chỉ thấy / left: sha256 {line['sha256'][:12]}…"
    stage.report.show(
        "Rút lại khi chưa đến: có hiệu lực ngay", "Withdrawn before it arrived, at once",
        seen=f"{sent.symbol}: {words.state('withdrawn')}; {left}", ok=ok,
    )  # fmt: skip


async def _show_take_back(stage: Stage, day: Day) -> None:
    """One agrees, removes the content and reports it; the other has worked on it already."""
    sent = day.taken_back
    lines = {_role(line.code): line for line in (await _track(stage, sent)).recipients}
    states = {role: line.state for role, line in lines.items()}
    told = "; ".join(f"{line.name}: {words.state(line.state)}" for line in lines.values())
    stage.report.show(
        "Lấy lại: một nơi đồng ý, một nơi không", "Taken back at one of two",
        seen=f"{sent.symbol}: {told}", ok=states == {"justice": "taken_back", "office": "done"},
    )  # fmt: skip
    folder, other = (day.folders[role][sent.message_id] for role in BOTH)
    left = sorted(path.name for path in folder.iterdir())
    ok = lines["justice"].changes[0].removal == "reported" and _is_emptied(folder) and not _is_emptied(other)
    stage.report.show(
        "Nội dung đã xóa, còn thông tin mô tả", "Content gone, metadata stay", seen=", ".join(left), ok=ok
    )
    (attachment, *_) = stage.clients[SENDER].sent_document(sent.message_id).attachments
    error = await error_of(stage.clients["justice"].download(attachment, stage.folder / "received" / "stolen"))
    expected = frozenset({"attachment_not_found"})
    stage.report.refusal("Tải lại tệp đã trả", "Its file is asked for again", error, expected=expected)


async def _show_versions(stage: Stage, day: Day) -> None:
    states = [(await _states(stage, each))["justice"] for each in (day.updated, day.update)]
    versions = [version.type for version in (await _track(stage, day.update)).versions]
    seen = f"{day.updated.symbol}: {' → '.join(map(words.state, states))}; {len(versions)} bản / versions"
    ok = (states, versions) == (["updated", "done"], [0, 2])
    stage.report.show("Cập nhật: bản mới tiếp nối", "An update: the new version goes on", seen=seen, ok=ok)
    states = [(await _states(stage, each))["office"] for each in (day.replaced, day.replacement)]
    pairs = zip((day.replaced, day.replacement), states, strict=True)
    seen = "; ".join(f"{each.symbol}: {words.state(state)}" for each, state in pairs)
    ok = states == ["replaced", "received"]
    stage.report.show("Thay thế bằng văn bản khác", "Replaced by another document", seen=seen, ok=ok)


async def _show_revocation(stage: Stage, day: Day) -> None:
    sent = day.revoked
    (line,) = (await _track(stage, sent)).recipients
    removal = line.changes[0].removal
    ok = (line.state, removal) == ("revoked", "reported") and _is_emptied(day.folders["justice"][sent.message_id])
    seen = f"{sent.symbol}: {words.state(line.state)}, đã báo cáo xóa / removal {removal}"
    stage.report.show("Thu hồi, nội dung đã xóa", "Revoked, its content removed", seen=seen, ok=ok)
    error = await error_of(stage.clients[SENDER].take_back(sent.message_id, REASON))
    expected = frozenset({"document_revoked"})
    stage.report.refusal("Lấy lại văn bản đã thu hồi", "What was revoked is taken back", error, expected=expected)


async def _update(stage: Stage, sent: Sent) -> Sent:
    (file,) = stage.material.files(stage.material.draft(SENDER, _letter(("justice",))), _letter(("justice",)))
    told = await _command(stage, "update", sent.symbol, str(file), "--reason", "Sửa số liệu biểu 2")
    stage.note_id(SENDER, ("justice",), Lane(told["lane"]), UUID(told["message_id"]))
    return Sent(sent.symbol, UUID(told["message_id"]))


async def _send(stage: Stage, to: tuple[str, ...]) -> Sent:
    letter = _letter(to)
    draft = stage.material.draft(SENDER, letter)
    (file,) = stage.material.files(draft, letter)
    agency = stage.clients[SENDER]
    files = [await agency.upload(file)]
    told = await agency.send(await agency.compose(draft, to=[CODES[role] for role in to], files=files))
    stage.note(SENDER, to, told)
    return Sent(draft.symbol, told.message_id)


async def _letter_about(stage: Stage, verb: str, sent: Sent, to: tuple[str, ...], reason: str, about: str) -> Sent:
    """A document that does something to another one."""
    letter = _letter(to)
    draft = stage.material.draft(SENDER, letter)
    (file,) = stage.material.files(draft, letter)
    told = await _command(stage, verb, sent.symbol, str(file), "--reason", reason, "--symbol", draft.symbol,
                          "--subject", f"{about} {sent.symbol}", *_signed(draft.signer, draft.position))  # fmt: skip
    stage.note_id(SENDER, to, Lane(told["lane"]), UUID(told["message_id"]))
    return Sent(draft.symbol, UUID(told["message_id"]))


async def _ask(stage: Stage, to: tuple[str, ...], *arguments: str) -> None:
    told = await _command(stage, *arguments)
    stage.note_change(SENDER, to, Lane(told["lane"]), UUID(told["message_id"]))


async def _answer(stage: Stage, role: str, answers: Sequence[Sequence[str]]) -> None:
    for arguments in answers:
        (told,) = await stage.command(role, "agency", *arguments)
        for name in ("message_id", "removal"):
            if told[name]:
                stage.note_change(role, (SENDER,), Lane(told["lane"]), UUID(told[name]))


async def _say(stage: Stage, role: str, sent: Sent, status: StatusCode) -> None:
    agency = stage.clients[role]
    (noted,) = agency.find_received(str(sent.message_id))
    letter = await agency.read_again(Lane(noted.lane), noted.n)
    assert isinstance(letter, Received)
    stage.note_status(role, CODES[SENDER], status, await agency.report(letter, status))


async def _command(stage: Stage, *arguments: str) -> Told:
    (told,) = await stage.command(SENDER, "agency", *arguments)
    return told


async def _read(stage: Stage, role: str) -> list[Told]:
    """What is new, received as an agency's system does it, but for the reports: those are made by hand here."""
    folder = stage.folder / "received" / f"{role}-changes"
    lines = await stage.command(role, "agency", "receive", "--save", str(folder), "--report", "none")
    stage.note_arrivals(role, lines)
    for line in lines:
        if line["kind"] in ("ended", "lapsed"):
            stage.note_change("exchange", (role,), Lane(line["lane"]), UUID(line["message_id"]))
    return lines


def _folders(lines: Sequence[Told]) -> dict[UUID, Path]:
    """Where a recipient has saved the documents that it has read."""
    return {UUID(line["message_id"]): Path(line["folder"]) for line in lines if line["kind"] == "document"}


async def _track(stage: Stage, sent: Sent) -> Track:
    return await stage.clients[SENDER].track(sent.message_id)


async def _states(stage: Stage, sent: Sent) -> dict[str, str]:
    return {_role(line.code): line.state for line in (await _track(stage, sent)).recipients}


def _is_emptied(folder: Path) -> bool:
    left = {path.name for path in folder.iterdir()}
    return "removed.json" in left and left.isdisjoint({"message.json", "document.json", "files"})


def _letter(to: tuple[str, ...]) -> Letter:
    return Letter(SENDER, to, DocumentKind.CONG_VAN, Purpose.INFORMATION, "STC-QLNS", (0.2,))


def _signed(signer: str, position: str) -> tuple[str, ...]:
    return "--signer", signer, "--position", position


def _role(code: str) -> str:
    return next(role for role, each in CODES.items() if each == code)
