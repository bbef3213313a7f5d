"""Documents change after they were sent: taken back, updated, replaced, revoked; asked and answered by command."""

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


async def show_changes(stage: Stage) -> None:
    """Each change once, at once or answered; what everybody sees of it; and the content that must be gone is gone."""
    stage.report.chapter("Lấy lại, cập nhật, thay thế, thu hồi", "Take-back, update, replacement, revocation")
    await _withdraw(stage)
    await _take_back(stage)
    await _update(stage)
    await _replace(stage)
    await _revoke(stage)
    back = await _read(stage, SENDER)
    kinds = {"answer": "trả lời / answers", "removal": "đã xóa / removals", "ended": "của trục / by the exchange"}
    counted = {kind: sum(line["kind"] == kind for line in back) for kind in kinds}
    seen = ", ".join(f"{name}: {counted[kind]}" for kind, name in kinds.items())
    ok = counted == {"answer": 5, "removal": 2, "ended": 1}
    stage.report.show(
        "Trả lời, báo cáo đã xóa, thông báo của trục đã về nơi gửi", "What came back to the sender", seen=seen, ok=ok
    )


async def _withdraw(stage: Stage) -> None:
    """Not arrived yet: the exchange grants it at once, and nobody reads it any more."""
    sent = await _send(stage, ("justice",))
    await _ask(stage, ("justice",), "take-back", sent.symbol, "--reason", REASON)
    first, *_ = await _read(stage, "justice")
    state = await _states(stage, sent.message_id)
    ok = (state, first["kind"]) == ({"justice": "withdrawn"}, "withheld")
    seen = f"{sent.symbol}: {words.state(first['withheld'])}; nơi nhận chỉ thấy / left: sha256 {first['sha256'][:12]}…"
    stage.report.show(
        "Rút lại khi chưa đến: có hiệu lực ngay", "Withdrawn before it arrived, at once", seen=seen, ok=ok
    )


async def _take_back(stage: Stage) -> None:
    """Arrived at two: one agrees, removes the content and reports it; the other has worked on it already."""
    sent = await _send(stage, BOTH)
    folders = {role: await _folder_of(stage, role, sent) for role in BOTH}
    await _say(stage, "office", sent, StatusCode.RECEIVED)
    await _ask(stage, BOTH, "take-back", sent.symbol, "--reason", REASON)
    for role in BOTH:
        await _read(stage, role)
    await _answer(stage, "justice", "agree", sent.symbol)
    await _answer(stage, "office", "refuse", sent.symbol, "--reason", "Đã vào sổ, đang xử lý")
    await _say(stage, "office", sent, StatusCode.DONE)
    track = await _track(stage, sent.message_id)
    states = {_role(line.code): line.state for line in track.recipients}
    removals = {_role(line.code): line.changes[0].removal for line in track.recipients}
    told = "; ".join(f"{stage.clients[role].profile.name}: {words.state(state)}" for role, state in states.items())
    seen = f"{sent.symbol}: {told}"
    ok = states == {"justice": "taken_back", "office": "done"}
    stage.report.show("Lấy lại: một nơi đồng ý, một nơi không", "Taken back at one of two", seen=seen, ok=ok)
    left = sorted(path.name for path in folders["justice"].iterdir())
    ok = removals["justice"] == "reported" and _is_emptied(folders["justice"]) and not _is_emptied(folders["office"])
    stage.report.show(
        "Nội dung đã xóa, còn thông tin mô tả", "Content gone, metadata stay", seen=", ".join(left), ok=ok
    )
    agency = stage.clients["justice"]
    (attachment, *_) = stage.clients[SENDER].sent_document(sent.message_id).attachments
    error = await error_of(agency.download(attachment, stage.folder / "received" / "stolen"))
    expected = frozenset({"attachment_not_found"})
    stage.report.refusal("Tải lại tệp đã trả", "Its file is asked for again", error, expected=expected)


async def _update(stage: Stage) -> None:
    sent = await _send(stage, ("justice",))
    await _read(stage, "justice")
    await _say(stage, "justice", sent, StatusCode.RECEIVED)
    (file,) = stage.material.files(stage.material.draft(SENDER, _letter(("justice",))), _letter(("justice",)))
    told = await _command(stage, "update", sent.symbol, str(file), "--reason", "Sửa số liệu biểu 2")
    stage.note_id(SENDER, ("justice",), Lane(told["lane"]), UUID(told["message_id"]))
    await _read(stage, "justice")
    await _answer(stage, "justice", "agree", sent.symbol)
    new = Sent(sent.symbol, UUID(told["message_id"]))
    await _say(stage, "justice", new, StatusCode.DONE)
    states = [(await _states(stage, each.message_id))["justice"] for each in (sent, new)]
    versions = [version.type for version in (await _track(stage, new.message_id)).versions]
    seen = f"{sent.symbol}: {' → '.join(map(words.state, states))}; {len(versions)} bản / versions"
    ok = (states, versions) == (["updated", "done"], [0, 2])
    stage.report.show("Cập nhật: bản mới tiếp nối", "An update: the new version goes on", seen=seen, ok=ok)


async def _replace(stage: Stage) -> None:
    sent = await _send(stage, ("office",))
    await _read(stage, "office")
    new = await _letter_about(stage, "replace", sent, ("office",), "Thay số liệu", f"V/v thay thế {sent.symbol}")
    await _read(stage, "office")
    await _answer(stage, "office", "agree", new.symbol)
    states = [(await _states(stage, each.message_id))["office"] for each in (sent, new)]
    seen = f"{sent.symbol}: {words.state(states[0])}; {new.symbol}: {words.state(states[1])}"
    ok = states == ["replaced", "received"]
    stage.report.show("Thay thế bằng văn bản khác", "Replaced by another document", seen=seen, ok=ok)


async def _revoke(stage: Stage) -> None:
    sent = await _send(stage, ("justice",))
    folder = await _folder_of(stage, "justice", sent)
    await _say(stage, "justice", sent, StatusCode.RECEIVED)
    letter = await _letter_about(stage, "revoke", sent, ("justice",), "Ban hành nhầm", f"V/v thu hồi {sent.symbol}")
    await _read(stage, "justice")
    await _answer(stage, "justice", "agree", letter.symbol)
    (line,) = (await _track(stage, sent.message_id)).recipients
    seen = f"{sent.symbol}: {words.state(line.state)}, đã báo cáo xóa / removal {line.changes[0].removal}"
    ok = (line.state, line.changes[0].removal) == ("revoked", "reported") and _is_emptied(folder)
    stage.report.show("Thu hồi, nội dung đã xóa", "Revoked, its content removed", seen=seen, ok=ok)
    error = await error_of(stage.clients[SENDER].take_back(sent.message_id, REASON))
    expected = frozenset({"document_revoked"})
    stage.report.refusal("Lấy lại văn bản đã thu hồi", "What was revoked is taken back", error, expected=expected)


async def _send(stage: Stage, to: tuple[str, ...]) -> Sent:
    letter = _letter(to)
    draft = stage.material.draft(SENDER, letter)
    (file,) = stage.material.files(draft, letter)
    agency = stage.clients[SENDER]
    files = [await agency.upload(file)]
    told = await agency.send(await agency.compose(draft, to=[CODES[role] for role in to], files=files))
    stage.note(SENDER, to, told)
    return Sent(draft.symbol, told.message_id)


async def _letter_about(stage: Stage, verb: str, sent: Sent, to: tuple[str, ...], reason: str, subject: str) -> Sent:
    """A document that does something to another one."""
    letter = _letter(to)
    draft = stage.material.draft(SENDER, letter)
    (file,) = stage.material.files(draft, letter)
    told = await _command(stage, verb, sent.symbol, str(file), "--reason", reason, "--symbol", draft.symbol,
                          "--subject", subject, *_signed(draft.signer, draft.position))  # fmt: skip
    stage.note_id(SENDER, to, Lane(told["lane"]), UUID(told["message_id"]))
    return Sent(draft.symbol, UUID(told["message_id"]))


async def _ask(stage: Stage, to: tuple[str, ...], *arguments: str) -> None:
    told = await _command(stage, *arguments)
    stage.note_change(SENDER, to, Lane(told["lane"]), UUID(told["message_id"]))


async def _answer(stage: Stage, role: str, *arguments: str) -> None:
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


async def _folder_of(stage: Stage, role: str, sent: Sent) -> Path:
    """Where a recipient has saved the document that it reads now."""
    lines = await _read(stage, role)
    return next(Path(line["folder"]) for line in lines if line.get("message_id") == str(sent.message_id))


async def _track(stage: Stage, message_id: UUID) -> Track:
    return await stage.clients[SENDER].track(message_id)


async def _states(stage: Stage, message_id: UUID) -> dict[str, str]:
    return {_role(line.code): line.state for line in (await _track(stage, message_id)).recipients}


def _is_emptied(folder: Path) -> bool:
    left = {path.name for path in folder.iterdir()}
    return "removed.json" in left and left.isdisjoint({"message.json", "document.json", "files"})


def _letter(to: tuple[str, ...]) -> Letter:
    return Letter(SENDER, to, DocumentKind.CONG_VAN, Purpose.INFORMATION, "STC-QLNS", (0.2,))


def _signed(signer: str, position: str) -> tuple[str, ...]:
    return "--signer", signer, "--position", position


def _role(code: str) -> str:
    return next(role for role, each in CODES.items() if each == code)
