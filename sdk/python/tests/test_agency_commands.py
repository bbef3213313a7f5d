"""The commands of clerks and scripts: tables for people, lines of JSON for programs, exit codes for both."""

import asyncio
import json
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from commanding import HASH, OPTIONS, PDF, run, silence
from counterpart import IMPATIENT, Counterpart, Line
from letters import letter_from_other, organizations, status_of

from lienthong.common.clock import SystemClock, to_text
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Attachment, AttachmentRole, Lane
from lienthong.common.messages.envelope import event_type, to_bytes
from lienthong.common.messages.exchange import StatusReported
from lienthong.sdk import Agency
from lienthong.sdk.commands.options import read_time
from lienthong.sdk.commands.output import Output
from lienthong.sdk.commands.receive import Receiver
from lienthong.sdk.commands.root import main
from lienthong.sdk.errors import BadInput

pytestmark = pytest.mark.usefixtures("profile")


def reports(counterpart: Counterpart) -> list[str]:
    return [
        json.loads(signed.payload)["data"]["status"]
        for signed in counterpart.messages
        if event_type(signed.payload) == StatusReported.TYPE
    ]


def deliver_with_file(counterpart: Counterpart, number: int = 1) -> None:
    pdf = Attachment(
        id="file-1", name="van-ban.pdf", media_type="application/pdf", role=AttachmentRole.MAIN, size=len(PDF),
        sha256=HASH,
    )  # fmt: skip
    counterpart.deliver(letter_from_other(counterpart, number, pdf))
    counterpart.files[HASH] = PDF


@pytest.mark.requirement("QD28")
def test_receive_saves_reports_arrival_and_acknowledges_each_letter(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver_with_file(counterpart)
    counterpart.deliver(letter_from_other(counterpart, 2))
    first, second = run(capsys, "receive", "--save", str(tmp_path / "in"))
    assert [(each["n"], each["kind"], each["reported"]) for each in (first, second)] == [
        (1, "document", "01"),
        (2, "document", "01"),
    ]
    assert (Path(first["folder"]) / "files" / "van-ban.pdf").read_bytes() == PDF
    assert reports(counterpart) == ["01", "01"]
    assert run(capsys, "receive", "--save", str(tmp_path / "in")) == []


def test_receive_shows_status_reports_as_rows_of_their_own_and_answers_none(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signed = counterpart.agency.signer.sign(letter_from_other(counterpart).payload)
    notice = counterpart.other.signer.sign(to_bytes(status_of(counterpart, signed)))
    counterpart.deliver(notice)
    assert main(["agency", "receive", "--save", str(tmp_path / "in"), "--report", "03"]) == 0
    shown = capsys.readouterr().out
    assert "15/STC-QLNS · → 03 Đã tiếp nhận · Sở Tư pháp" in shown
    assert json.loads((tmp_path / "in" / "ordinary-000001" / "status.json").read_text())["status"] == "03"
    assert counterpart.messages == []


def test_receive_after_a_crash_before_the_acknowledgement_doubles_nothing(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver_with_file(counterpart)
    acknowledging = "/v1/inbox/ordinary/acknowledgements"
    counterpart.fail(acknowledging, lambda _: httpx.Response(403, json={"code": "client_not_active"}))
    run(capsys, "receive", "--save", str(tmp_path / "in"), code=1)
    (line,) = run(capsys, "receive", "--save", str(tmp_path / "in"))
    assert line["reported"] == "01"
    assert reports(counterpart) == ["01"]
    assert len(counterpart.asked("GET", f"/v1/attachments/{HASH}")) == 1


def test_an_arrival_that_another_system_has_reported_is_no_fault(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver_with_file(counterpart)
    counterpart.judge = lambda _: {"code": "message_refused", "violations": [{"code": "already_arrived"}]}
    (line,) = run(capsys, "receive", "--save", str(tmp_path / "in"))
    assert line["reported"] is None


def test_a_refused_report_is_told_and_the_letter_is_received_all_the_same(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver_with_file(counterpart)
    counterpart.judge = lambda _: {"code": "message_refused", "violations": [{"code": "time_ahead"}]}
    (line,) = run(capsys, "receive", "--save", str(tmp_path / "in"), code=1)
    assert line["report_error"]["violations"][0]["code"] == "time_ahead"
    assert run(capsys, "receive", "--save", str(tmp_path / "in")) == []


@pytest.mark.parametrize("name", ["ordinary:1", "1", "1/STP-VB", "id"])
def test_a_status_is_reported_on_a_letter_named_by_number_symbol_or_message(
    name: str, counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counterpart.deliver(letter_from_other(counterpart))
    (letter,) = run(capsys, "receive", "--save", str(tmp_path / "in"))
    (told,) = run(capsys, "status", letter["message_id"] if name == "id" else name, "da-tiep-nhan")
    assert (told["status"], told["to"], told["document"]) == ("03", "Sở Tư pháp", "1/STP-VB")
    assert reports(counterpart) == ["01", "03"]


def test_a_letter_that_cannot_be_told_apart_is_named_by_its_sender_or_number(
    counterpart: Counterpart, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        counterpart.deliver(letter_from_other(counterpart, 7))
    run(capsys, "inbox")
    assert main(["agency", "status", "7/STP-VB", "03"]) == 2
    assert "ordinary:1" in capsys.readouterr().err
    assert main(["agency", "status", "8/STP-VB", "03"]) == 2
    assert main(["agency", "status", "ordinary:9", "03"]) == 2
    assert main(["agency", "status", "ordinary:1", "13"]) == 2
    assert main(["agency", "status", "ordinary:1", "02"]) == 2
    assert "lý do" in capsys.readouterr().err


def test_times_are_read_as_people_write_them() -> None:
    for text in ("09:30 22/11/2026", "22/11/2026 09:30", "2026-11-22T09:30", "2026-11-22T02:30:00Z"):
        assert to_text(read_time(text, "--at")) == "2026-11-22T02:30:00.000Z"
    for text in ("yesterday", "2026-11-22", "09:30"):
        with pytest.raises(BadInput):
            read_time(text, "--at")


def test_a_track_shows_every_recipient_its_state_and_what_it_reported(
    counterpart: Counterpart, capsys: pytest.CaptureFixture[str]
) -> None:
    own, other = organizations(counterpart)
    message, at = new_id(), to_text(SystemClock().now())
    status = {"message_id": str(new_id()), "status": "03", "said_at": at, "stored_at": at, "late": True}
    known: Line = {"agency_id": str(other.agency_id), "code": other.code, "name": other.name}
    counterpart.tracks[str(message)] = {
        "environment": "training",
        "source": f"/agencies/{own.agency_id}",
        "message_id": str(message),
        "subject": str(new_id()),
        "lane": "ordinary",
        "accepted_at": at,
        "document_id": "000.00.11.H53,2026/11/22,15/STC-QLNS",
        "title": "V/v góp ý",
        "recipients": [
            known | {"state": "received", "acknowledged_at": at, "statuses": [status | {"description": None}]},
            known | {"state": "from_the_future", "acknowledged_at": None, "statuses": [], "unheard_of": 1},
        ],
    }
    (told,) = run(capsys, "track", str(message))
    assert [each["state"] for each in told["recipients"]] == ["received", "from_the_future"]
    assert main(["agency", "track", str(message)]) == 0
    shown = capsys.readouterr().out
    assert all(each in shown for each in ("Sở Tư pháp", "Đã tiếp nhận", "đến muộn", "from_the_future"))
    assert main(["agency", "track", str(new_id())]) == 1
    assert main(["agency", "track", "99/KHONG-CO"]) == 2


def test_a_track_is_found_by_the_symbol_of_what_was_sent(
    counterpart: Counterpart, capsys: pytest.CaptureFixture[str]
) -> None:
    (sent,) = run(capsys, "send", "--to", "000.00.14.H53", "--symbol", "15/STC-QLNS", "--subject", "V/v", *OPTIONS)
    assert main(["agency", "track", "15/STC-QLNS"]) == 1
    (asked,) = [each for each in counterpart.seen if each.url.path.startswith("/v1/tracks/")]
    assert asked.url.path.endswith(f"{counterpart.agency_id}/{UUID(sent['message_id'])}")


def test_two_agencies_are_never_saved_into_one_folder(
    counterpart: Counterpart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver_with_file(counterpart)
    occupied = tmp_path / "in" / "ordinary-000001"
    occupied.mkdir(parents=True)
    (occupied / "message.json").write_text("{}")
    (told,) = run(capsys, "receive", "--save", str(tmp_path / "in"), code=2)
    assert told["error"]["code"] == "sdk_bad_input"
    assert (occupied / "message.json").read_text() == "{}"
    assert len(run(capsys, "receive", "--save", str(tmp_path / "other"))) == 1


async def test_a_receiver_that_follows_goes_on_after_the_platform_was_away(
    counterpart: Counterpart, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lienthong.sdk.commands.receive.AGAIN_SECONDS", 0)
    deliver_with_file(counterpart)
    counterpart.fail("/v1/inbox/ordinary", silence, times=3 * IMPATIENT.attempts)
    async with Agency.open(profile, patience=IMPATIENT, http=counterpart.transport()) as agency:
        receiver = Receiver(agency, tmp_path / "in", None, Output("vi", json=True), follow=True, wait=0)
        running = asyncio.create_task(receiver.run([Lane.ORDINARY]))
        async with asyncio.timeout(20):
            while not receiver.letters:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert counterpart.faults["/v1/inbox/ordinary"] == []
