"""The commands that send: one document or many, what is pointed out, what is refused, what waits."""

import json
from pathlib import Path

import httpx
import pytest
from commanding import HASH, OPTIONS, PDF, run, silence
from counterpart import IMPATIENT, MESSAGES, Counterpart
from letters import document, letter_from_other

from lienthong.common.signing import SignedBytes
from lienthong.sdk.commands.root import main

pytestmark = pytest.mark.usefixtures("profile")


def test_a_batch_file_mixes_whole_documents_and_lines_of_options(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "van-ban.pdf").write_bytes(PDF)
    whole = document(counterpart).model_dump(mode="json", by_alias=True, exclude_none=True)
    short = {"to": [str(counterpart.other_id)], "symbol": "16/STC-QLNS", "subject": "V/v", "files": ["van-ban.pdf"]}
    batch = tmp_path / "ngay-22.jsonl"
    batch.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in (whole, short)) + "\n\n")
    first, second = run(capsys, "send", "--batch", str(batch), *OPTIONS)
    assert [(each["line"], each["status"], each["repeated"]) for each in (first, second)] == [
        (1, "accepted", False),
        (2, "accepted", False),
    ]
    told = json.loads(counterpart.messages[1].payload)["data"]
    assert (told["code"]["number"], told["attachments"][0]["sha256"], told["to"][0]["name"]) == (
        "16",
        HASH,
        "Sở Tư pháp",
    )


def test_what_the_exchange_points_out_stands_beside_the_line(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counterpart.warnings = [{"code": "number_doubled", "pointer": "/data/code", "detail": "Số đã dùng"}]
    batch = tmp_path / "batch.jsonl"
    batch.write_text(json.dumps({"to": "000.00.14.H53", "symbol": "1/STC-QLNS", "subject": "V/v"}))
    (line,) = run(capsys, "send", "--batch", str(batch), *OPTIONS)
    assert line["warnings"] == counterpart.warnings
    assert main(["agency", "send", "--batch", str(batch), *OPTIONS]) == 0
    assert "! number_doubled · /data/code: Số đã dùng" in capsys.readouterr().out


def test_a_corrected_batch_is_run_again_and_sends_only_what_was_refused(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counterpart.judge = lambda signed: (
        {"code": "message_refused", "violations": [{"code": "secret_document", "pointer": "/data/secrecy"}]}
        if json.loads(signed.payload)["data"]["secrecy"] != "none"
        else None
    )
    lines = [{"to": "000.00.14.H53", "symbol": f"{n}/STC-QLNS", "subject": "V/v"} for n in (1, 2, 3)]
    lines[1]["secrecy"] = "secret"
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n".join(map(json.dumps, lines)))
    assert main(["agency", "send", "--batch", str(batch), *OPTIONS]) == 1
    shown = capsys.readouterr().out
    assert all(each in shown for each in ("Đã gửi 2 trên 3", "Từ chối", "secret_document"))
    del lines[1]["secrecy"]
    batch.write_text("\n".join(map(json.dumps, lines)))
    told = run(capsys, "send", "--batch", str(batch), *OPTIONS)
    assert [each["repeated"] for each in told] == [True, False, True]
    assert [json.loads(signed.payload)["data"]["code"]["number"] for signed in counterpart.messages] == ["1", "3", "2"]


def test_a_batch_whose_outcome_is_unknown_ends_with_three(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lienthong.sdk.client.Patience", lambda: IMPATIENT)
    batch = tmp_path / "batch.jsonl"
    batch.write_text(json.dumps({"to": "000.00.14.H53", "symbol": "1/STC-QLNS", "subject": "V/v"}))
    counterpart.fail(f"{MESSAGES}/batch", silence, times=4)
    (line,) = run(capsys, "send", "--batch", str(batch), *OPTIONS, code=3)
    assert line["status"] == "unknown"
    (line,) = run(capsys, "send", "--batch", str(batch), *OPTIONS)
    assert line["status"] == "accepted"
    assert len(counterpart.messages) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"symbol": "1/A"}',
        '{"to": ["x"], "symbol": 1}',
        '{"to": ["x"], "symbl": "1/A"}',
        '{"to": ["x"], "symbol": "1/A", "subject": "V/v", "files": ["missing.pdf"]}',
        '{"to": ["x"], "symbol": "1/A", "subject": "V/v"}\n{"to": ["x"], "symbol": "1/A", "subject": "V/v"}',
        '{"from": {}}',
    ],
)
def test_a_batch_with_a_bad_line_is_not_sent_at_all(
    text: str, counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text(text)
    (told,) = run(capsys, "send", "--batch", str(batch), *OPTIONS, code=2)
    assert told["error"]["code"] in ("sdk_bad_input", "malformed_json")
    assert counterpart.messages == []


def test_every_bad_line_of_a_batch_is_told_at_once_whatever_is_wrong_with_it(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"to": "000.00.14.H53", "symbo": "1/A"}\nnonsense\n{"to": "000.00.99.H53", "symbol": "3/A"}')
    (told,) = run(capsys, "send", "--batch", str(batch), *OPTIONS, code=2)
    assert all(f"dòng {number}:" in told["error"]["detail"] for number in (1, 2, 3))


def test_what_the_exchange_points_out_is_told_with_its_code_to_people_and_programs(
    counterpart: Counterpart, capsys: pytest.CaptureFixture[str]
) -> None:
    counterpart.warnings = [{"code": "number_doubled", "pointer": "/data/code", "detail": "Số đã dùng"}]
    command = ["send", "--to", "000.00.14.H53", "--symbol", "1/STC-QLNS", "--subject", "V/v", *OPTIONS]
    (told,) = run(capsys, *command)
    assert told["warnings"] == counterpart.warnings
    assert main(["agency", *command]) == 0
    assert "! number_doubled · /data/code: Số đã dùng" in capsys.readouterr().err


def test_all_that_is_missing_is_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agency", "send", "--signer", "Nguyễn Văn Minh"]) == 2
    told = capsys.readouterr().err
    assert all(option in told for option in ("--to", "--symbol", "--subject", "--position"))


def test_the_refusal_of_an_upload_names_its_file(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "van-ban.pdf").write_bytes(PDF)
    (tmp_path / "phu-luc.pdf").write_bytes(PDF + b"2")
    refusal = {"code": "attachment_infected", "title": "Tệp có mã độc", "detail": "Eicar"}
    counterpart.fail("/v1/attachments", lambda _: httpx.Response(422, json=refusal))
    files = [str(tmp_path / name) for name in ("phu-luc.pdf", "van-ban.pdf")]
    (told,) = run(
        capsys, "send", *files, "--to", "000.00.14.H53", "--symbol", "1/A", "--subject", "V/v", *OPTIONS, code=1
    )
    assert told["error"]["detail"] == f"{files[0]}: Eicar"


@pytest.mark.parametrize("code", ["scanner_away", "sdk_upload_unknown"])
def test_an_upload_that_may_have_arrived_is_tried_again_by_the_same_command(
    code: str,
    counterpart: Counterpart,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lienthong.sdk.client.Patience", lambda: IMPATIENT)
    (tmp_path / "van-ban.pdf").write_bytes(PDF)

    def away(_: httpx.Request) -> httpx.Response:
        return httpx.Response(503, json={"code": code})

    counterpart.fail("/v1/attachments", away if code == "scanner_away" else silence, times=IMPATIENT.attempts)
    command = ["send", str(tmp_path / "van-ban.pdf"), "--to", "000.00.14.H53", "--symbol", "1/A", "--subject", "V/v"]
    (told,) = run(capsys, *command, *OPTIONS, code=3)
    assert told["error"]["code"] == code
    assert "resume" not in told["error"]["advice"]
    assert counterpart.messages == []


def test_resume_settles_what_it_can_and_tells_what_was_refused(
    counterpart: Counterpart, profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = profile / "outgoing"
    waiting.mkdir()
    for number in (1, 2):
        signed = letter_from_other(counterpart, number)
        message = json.loads(signed.payload)["id"]
        (waiting / f"{message}.json").write_text(json.dumps({"message": own_line(counterpart, signed)}))
    counterpart.judge = lambda signed: {"code": "message_refused"} if b'"number":"1"' in signed.payload else None
    assert main(["agency", "resume"]) == 1
    assert "message_refused" in capsys.readouterr().err
    assert len(counterpart.messages) == 1
    assert list(waiting.iterdir()) == []


def own_line(counterpart: Counterpart, signed: SignedBytes) -> dict[str, str]:
    payload = signed.payload.replace(str(counterpart.other_id).encode(), str(counterpart.agency_id).encode())
    return counterpart.agency.signer.sign(payload).to_line()
