"""Changes of documents by command: what a clerk types and sees at both ends."""

import json
from pathlib import Path

import pytest
from changes import answer_of, change_letter, ended_of, lapsed_of, removal_of, said_by_exchange, take_back_of
from commanding import HASH, OPTIONS, PDF, run
from counterpart import JUSTICE, Counterpart, Line
from letters import letter_from_other, organizations

from lienthong.common.clock import SystemClock, to_text
from lienthong.common.messages.accounts import ContactOfficer
from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import Attachment, AttachmentRole, BusinessType
from lienthong.common.messages.exchange import ChangeAnswered, ContentRemoved, DocumentSent, StatusReported
from lienthong.common.signing import SignedBytes
from lienthong.sdk.commands.root import main

pytestmark = [pytest.mark.usefixtures("profile"), pytest.mark.requirement("QD28-8")]

OFFICER = ContactOfficer(full_name="Lê Văn An", telephone="0276 3811 111")
Capsys = pytest.CaptureFixture[str]


def sent(counterpart: Counterpart, capsys: Capsys, symbol: str = "15/STC-QLNS") -> Line:
    (told,) = run(capsys, "send", "--to", JUSTICE, "--symbol", symbol, "--subject", "V/v góp ý", *OPTIONS)
    return told


def of_type(counterpart: Counterpart, type_: str) -> list[dict[str, dict[str, object]]]:
    told = [json.loads(each.payload) for each in counterpart.messages]
    return [each for each in told if each["type"] == type_]


def letter_with_file(counterpart: Counterpart) -> SignedBytes:
    pdf = Attachment(
        id="file-1", name="van-ban.pdf", media_type="application/pdf", role=AttachmentRole.MAIN, size=len(PDF),
        sha256=HASH,
    )  # fmt: skip
    counterpart.files[HASH] = PDF
    return letter_from_other(counterpart, 1, pdf)


def track_of(counterpart: Counterpart, letter: SignedBytes, **line: object) -> None:
    """What the exchange tells of a letter that the other agency sent."""
    own, other = organizations(counterpart)
    told, at = json.loads(letter.payload), to_text(SystemClock().now())
    recipient: Line = {"agency_id": str(own.agency_id), "code": own.code, "name": own.name, "state": "arrived"}
    counterpart.tracks[told["id"]] = {
        "environment": "training",
        "source": f"/agencies/{other.agency_id}",
        "message_id": told["id"],
        "subject": told["subject"],
        "lane": "ordinary",
        "accepted_at": at,
        "document_id": told["data"]["document_id"],
        "title": told["data"]["subject"],
        "recipients": [recipient | line],
    }


def change_line(request: SignedBytes, kind: str, state: str, **more: object) -> Line:
    at = to_text(SystemClock().now())
    return {"request": json.loads(request.payload)["id"], "kind": kind, "state": state, "asked_at": at, **more}


def test_a_take_back_is_asked_by_symbol_and_the_same_command_again_asks_nothing_new(
    counterpart: Counterpart, capsys: Capsys
) -> None:
    letter = sent(counterpart, capsys)
    command = ["take-back", "15/STC-QLNS", "--reason", "Gửi nhầm nơi nhận", "--to", JUSTICE]
    (first,) = run(capsys, *command)
    (again,) = run(capsys, *command)
    assert (first["kind"], first["document"], first["subject"]) == ("take_back", "15/STC-QLNS", letter["subject"])
    assert (again["message_id"], again["repeated"]) == (first["message_id"], True)
    assert len(counterpart.messages) == 2
    assert main(["agency", *command]) == 0
    told = capsys.readouterr()
    assert ("đã gửi từ trước" in told.out, "--again" in told.err) == (True, True)
    assert main(["agency", "take-back", "15/STC-QLNS"]) == 2
    assert main(["agency", "take-back", "99/STC-QLNS", "--reason", "x"]) == 2
    assert "Máy này chưa gửi" in capsys.readouterr().err


def test_a_document_is_revoked_updated_and_replaced_by_command(
    counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    (tmp_path / "moi.pdf").write_bytes(PDF)
    sent(counterpart, capsys)
    sent(counterpart, capsys, "16/STC-QLNS")
    file = str(tmp_path / "moi.pdf")
    (updated,) = run(capsys, "update", "15/STC-QLNS", file, "--reason", "Sửa số liệu", "--subject", "V/v góp ý (sửa)")
    (replaced,) = run(
        capsys, "replace", "15/STC-QLNS", file, "--also", "16/STC-QLNS", "--reason", "Gộp", "--symbol", "17/STC-QLNS",
        "--subject", "V/v góp ý chung", *OPTIONS,
    )  # fmt: skip
    (revoked,) = run(
        capsys, "revoke", "17/STC-QLNS", file, "--reason", "Ban hành nhầm", "--symbol", "18/STC-VP",
        "--subject", "V/v thu hồi Công văn 17/STC-QLNS", *OPTIONS,
    )  # fmt: skip
    assert [each["kind"] for each in (updated, replaced, revoked)] == ["update", "replace", "revoke"]
    old, other, update, replacement, revocation = of_type(counterpart, DocumentSent.TYPE)
    assert (update["subject"], update["data"]["subject"]) == (old["subject"], "V/v góp ý (sửa)")
    assert update["data"]["code"] == old["data"]["code"]
    business = json.loads(json.dumps(replacement["data"]["business"]))
    assert [each["subject"] for each in business["replacements"]] == [old["subject"], other["subject"]]
    (named,) = json.loads(json.dumps(revocation["data"]["response_for"]))
    assert named["subject"] == replacement["subject"]
    assert main(["agency", "revoke", "17/STC-QLNS", "--reason", "x"]) == 2
    assert "--symbol" in capsys.readouterr().err


def test_a_request_is_shown_with_how_to_answer_it_and_agreed_to_with_its_removal(
    counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    letter = letter_with_file(counterpart)
    counterpart.deliver(letter)
    request = take_back_of(counterpart, letter)
    counterpart.deliver(request)
    folder = tmp_path / "in"
    assert main(["agency", "receive", "--save", str(folder)]) == 0
    shown = capsys.readouterr()
    assert "1/STP-VB · → 13 Yêu cầu lấy lại · Gửi nhầm nơi nhận · Sở Tư pháp" in shown.out
    assert "lienthong agency agree ordinary:2" in shown.err
    assert "1 tin về thay đổi văn bản" in shown.err
    assert (folder / "ordinary-000001" / "files" / "van-ban.pdf").exists()
    assert json.loads((folder / "ordinary-000002" / "request.json").read_text())["status"] == "13"
    # The exchange withholds the letter from the answer on.
    counterpart.judge = lambda signed: counterpart.withhold(1, "taken_back", request)
    (agreed,) = run(capsys, "agree", "1/STP-VB")
    place = str(folder / "ordinary-000001")
    assert (agreed["answer"], agreed["request"], agreed["removed"]) == ("15", "take_back", place)
    assert not (folder / "ordinary-000001" / "files").exists()
    assert len(of_type(counterpart, ChangeAnswered.TYPE)) == len(of_type(counterpart, ContentRemoved.TYPE)) == 1
    (again,) = run(capsys, "agree", "ordinary:2")
    assert (again["message_id"], again["repeated"]) == (agreed["message_id"], True)
    assert len(of_type(counterpart, ContentRemoved.TYPE)) == 1


def test_what_was_agreed_to_is_removed_and_reported_later_where_one_keeps_it(
    counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    letter = letter_with_file(counterpart)
    request = change_letter(counterpart, BusinessType.REVOKE, letter)
    counterpart.deliver(letter)
    counterpart.deliver(request)
    run(capsys, "receive", "--save", str(tmp_path / "in"))
    run(capsys, "removed", "9/STP-VB", code=2)
    assert of_type(counterpart, ContentRemoved.TYPE) == []
    run(capsys, "agree", "9/STP-VB", "--keep")
    counterpart.withhold(1, "revoked", request)
    assert (tmp_path / "in" / "ordinary-000001" / "files").exists()
    (told,) = run(capsys, "removed", "ordinary:2", "--note", "Đã xóa trong phần mềm quản lý văn bản")
    assert (told["answer"], told["removed"]) == ("removed", str(tmp_path / "in" / "ordinary-000001"))
    (event,) = of_type(counterpart, ContentRemoved.TYPE)
    assert event["data"]["note"] == "Đã xóa trong phần mềm quản lý văn bản"


def test_a_request_is_refused_with_its_reason_and_nothing_is_removed(
    counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    letter = letter_with_file(counterpart)
    counterpart.deliver(letter)
    counterpart.deliver(take_back_of(counterpart, letter))
    run(capsys, "receive", "--save", str(tmp_path / "in"))
    assert main(["agency", "refuse", "ordinary:2"]) == 2
    capsys.readouterr()
    (told,) = run(capsys, "refuse", "ordinary:2", "--reason", "Đã vào sổ, đang xử lý")
    assert (told["answer"], told["removed"]) == ("16", "")
    assert (tmp_path / "in" / "ordinary-000001" / "files").exists()
    assert main(["agency", "agree", "ordinary:1"]) == 2
    assert main(["agency", "agree", "77/KHONG-CO"]) == 2
    assert "Máy này chưa đọc yêu cầu nào" in capsys.readouterr().err


def test_what_was_withdrawn_after_it_was_saved_is_removed_when_the_take_back_is_read(
    counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    letter = letter_with_file(counterpart)
    counterpart.deliver(letter)
    folder = tmp_path / "in"
    run(capsys, "inbox", "--save", str(folder))
    assert (folder / "ordinary-000001" / "document.json").exists()
    request = take_back_of(counterpart, letter)
    counterpart.withhold(1, "withdrawn", request)
    counterpart.deliver(request)
    withheld, taken_back = run(capsys, "receive", "--save", str(folder))
    assert (withheld["kind"], withheld["withheld"], withheld["symbol"]) == ("withheld", "withdrawn", "1/STP-VB")
    assert (taken_back["awaits_answer"], taken_back["removed"]) == (False, [str(folder / "ordinary-000001")])
    assert not (folder / "ordinary-000001" / "document.json").exists()
    assert of_type(counterpart, StatusReported.TYPE) == []


def test_a_letter_that_is_withdrawn_while_it_is_received_is_no_fault(
    counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    letter = letter_with_file(counterpart)
    counterpart.deliver(letter)
    request = take_back_of(counterpart, letter)

    def refuse(_: SignedBytes) -> Line:
        counterpart.withhold(1, "withdrawn", request)
        return {"code": "message_refused", "violations": [{"code": "already_taken_back"}]}

    counterpart.judge = refuse
    (told,) = run(capsys, "receive", "--save", str(tmp_path / "in"))
    assert (told["kind"], told["reported"]) == ("withheld", None)
    counterpart.deliver(request)
    (taken_back,) = run(capsys, "receive", "--save", str(tmp_path / "in"))
    assert taken_back["removed"] == [str(tmp_path / "in" / "ordinary-000001")]


def test_files_that_are_gone_with_their_letter_are_no_fault(
    counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    letter = letter_with_file(counterpart)
    counterpart.deliver(letter)
    del counterpart.files[HASH]
    (told,) = run(capsys, "receive", "--save", str(tmp_path / "in"), code=1)
    assert told["error"]["code"] == "not_found"
    lines = list(counterpart.lines)
    counterpart.withhold(1, "withdrawn", take_back_of(counterpart, letter))
    withheld, counterpart.lines = counterpart.lines, lines
    reads = iter([lines, withheld])
    counterpart.on_lines = lambda asked: next(reads, withheld) if asked else []
    (told,) = run(capsys, "receive", "--save", str(tmp_path / "in"))
    assert told["kind"] == "withheld"


@pytest.mark.parametrize(("state", "awaits"), [("asked", True), ("granted", False)])
def test_an_update_tells_whether_it_waits_for_an_answer(
    state: str, awaits: bool, counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    letter = letter_from_other(counterpart)
    update = change_letter(counterpart, BusinessType.UPDATE, letter)
    for each in (letter, update):
        counterpart.deliver(each)
    track_of(counterpart, letter, state="received")
    track_of(counterpart, update, changes=[change_line(update, "update", state)])
    _, told = run(capsys, "receive", "--save", str(tmp_path / "in"), "--report", "03")
    assert (told["change"], told["awaits_answer"], told["reported"]) == ("update", awaits, "01")
    assert told["concerns"][0]["symbol"] == "1/STP-VB"
    # A status by symbol is about the version that stands.
    (said,) = run(capsys, "status", "1/STP-VB", "06")
    brought = json.loads((letter if awaits else update).payload)["id"]
    assert of_type(counterpart, StatusReported.TYPE)[-1]["data"]["message_id"] == brought
    assert said["status"] == "06"


def test_a_request_that_cannot_be_told_apart_is_named_by_its_number(
    counterpart: Counterpart, tmp_path: Path, capsys: Capsys
) -> None:
    letter = letter_from_other(counterpart)
    for each in (letter, take_back_of(counterpart, letter), change_letter(counterpart, BusinessType.REVOKE, letter)):
        counterpart.deliver(each)
    run(capsys, "receive", "--save", str(tmp_path / "in"))
    assert main(["agency", "refuse", "1/STP-VB", "--reason", "Đã xử lý"]) == 2
    shown = capsys.readouterr().err
    assert "ordinary:2" in shown
    assert "ordinary:3" in shown
    run(capsys, "refuse", "ordinary:2", "--reason", "Đã xử lý")
    (told,) = run(capsys, "refuse", "1/STP-VB", "--reason", "Đã xử lý")
    assert told["request"] == "revoke"


def test_the_inbox_shows_what_became_of_ones_requests(counterpart: Counterpart, capsys: Capsys) -> None:
    sent(counterpart, capsys)
    run(capsys, "take-back", "15/STC-QLNS", "--reason", "Gửi nhầm")
    letter, request = counterpart.messages
    for signed in (
        answer_of(counterpart, request, Answer.REFUSED),
        removal_of(counterpart, request),
        said_by_exchange(counterpart, ended_of(counterpart, letter, contact_officer=OFFICER)),
        said_by_exchange(counterpart, lapsed_of(counterpart, request, letter)),
    ):
        counterpart.deliver(signed)
    told = run(capsys, "inbox")
    assert [each["kind"] for each in told] == ["answer", "removal", "ended", "lapsed"]
    assert (told[0]["answer"]["status"], told[2]["ended"]["how"]) == ("16", "withdrawn")
    assert main(["agency", "inbox"]) == 0
    shown = capsys.readouterr().out
    assert "tin về thay đổi văn bản: 4" in shown
    assert all(each in shown for each in ("→ 16 Không đồng ý", "→ Đã xóa nội dung", "Trục liên thông", "0276"))
    assert main(["--lang", "en", "agency", "inbox"]) == 0
    shown = capsys.readouterr().out
    assert all(each in shown for each in ("→ 16 Refused", "Content removed", "The exchange"))


def test_a_track_shows_changes_versions_and_deadlines(counterpart: Counterpart, capsys: Capsys) -> None:
    letter = letter_from_other(counterpart)
    counterpart.deliver(letter)
    run(capsys, "inbox")
    request, at = take_back_of(counterpart, letter), to_text(SystemClock().now())
    asked = change_line(request, "take_back", "refused", reason="Gửi nhầm", answered_at=at, description="Đã vào sổ")
    given = change_line(request, "revoke", "agreed", answered_at=at, removal="reported", removed_at=at)
    owed = change_line(request, "later_kind", "later_state", removal="owed")
    track_of(counterpart, letter, changes=[asked, given, owed], due_at=at, expires_at=at, overdue=True)
    told = counterpart.tracks[json.loads(letter.payload)["id"]]
    told["versions"] = [
        {"message_id": json.loads(each.payload)["id"], "type": 2, "accepted_at": at} for each in (letter, request)
    ]
    (line,) = run(capsys, "track", "1/STP-VB")
    assert [each["state"] for each in line["recipients"][0]["changes"]] == ["refused", "agreed", "later_state"]
    assert len(line["versions"]) == 2
    assert main(["agency", "track", "1/STP-VB"]) == 0
    shown = capsys.readouterr().out
    for each in ("Yêu cầu lấy lại", "Không đồng ý", "Đã vào sổ", "Thu hồi", "Đã xóa nội dung", "quá hạn", "Các bản"):
        assert each in shown
