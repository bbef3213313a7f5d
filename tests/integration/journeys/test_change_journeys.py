"""Documents change on their way: taken back, revoked, updated, replaced. Clerks type, the platform is real.

Decision 28/2018 Art 8 and 9; docs/way-of-a-document.md, chapter 8.
"""

import itertools
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.integration.journeys.commanding import run, run_on_terminal
from tests.integration.journeys.province import FINANCE, JUSTICE, OFFICE, opened, read_all

from lienthong.sdk import Lane, Letter, StatusCode, Track, Withheld
from lienthong.sdk.problems import NotFound, Refused

pytestmark = [pytest.mark.xdist_group("platform"), pytest.mark.requirement("QD28-8")]

SIGNED = ["--signer", "Nguyễn Văn Minh", "--position", "Giám đốc", "--place", "Tây Ninh"]
Told = dict[str, Any]

_NUMBERS = itertools.count(4001)


@pytest.fixture(autouse=True)
async def _nothing_waits(finance: Path, justice: Path, office: Path) -> None:
    for profile in (finance, justice, office):
        async with opened(profile) as agency:
            await read_all(agency)


def pdf(folder: Path, name: str = "cong-van.pdf") -> str:
    """A file like no other."""
    path = folder / name
    path.write_bytes(f"%PDF-1.7\n{next(_NUMBERS)}\n".encode())
    return str(path)


async def send(profile: Path, folder: Path, *to: str) -> tuple[str, Told]:
    """A letter with a file; its symbol and what the command told."""
    symbol = f"{next(_NUMBERS)}/STC-QLNS"
    recipients = [text for code in to for text in ("--to", code)]
    (told,) = await run(
        profile, "send", pdf(folder), *recipients, "--symbol", symbol, "--subject", "V/v góp ý dự thảo", *SIGNED
    )
    return symbol, told


async def receive(profile: Path, folder: Path, *options: str) -> list[Told]:
    return await run(profile, "receive", "--save", str(folder), *options)


async def track(profile: Path, name: str) -> Track:
    """By symbol or message, as its sender sees it."""
    async with opened(profile) as agency:
        return await agency.track(agency.sent_message(name))


async def states(profile: Path, name: str) -> dict[str, str]:
    """By the recipients' codes."""
    return {each.code: each.state for each in (await track(profile, name)).recipients}


def kinds(told: list[Told]) -> list[str]:
    return [each["kind"] for each in told]


def is_emptied(place: Path) -> bool:
    """Whether only what shows that something was received, and what, is left of it."""
    left = {each.name for each in place.iterdir()}
    return "removed.json" in left and left.isdisjoint({"message.json", "document.json", "files"})


async def test_what_has_not_arrived_is_withdrawn_at_once(
    finance: Path, justice: Path, office: Path, tmp_path: Path
) -> None:
    symbol, sent = await send(finance, tmp_path, JUSTICE, OFFICE)
    await receive(office, tmp_path / "office")
    (asked,) = await run(finance, "take-back", symbol, "--reason", "Gửi nhầm nơi nhận")
    (again,) = await run(finance, "take-back", symbol, "--reason", "Gửi nhầm nơi nhận")
    assert (again["message_id"], again["repeated"]) == (asked["message_id"], True)

    told = await run(finance, "inbox")
    (ended,) = [each for each in told if each["kind"] == "ended"]
    assert (ended["ended"]["how"], ended["ended"]["recipient"]["code"]) == ("withdrawn", JUSTICE)
    assert ended["ended"]["request"] == asked["message_id"]
    assert await states(finance, symbol) == {JUSTICE: "withdrawn", OFFICE: "arrived"}

    withheld, request = await receive(justice, tmp_path / "justice")
    assert (withheld["kind"], withheld["withheld"]) == ("withheld", "withdrawn")
    assert withheld["request"]["message_id"] == asked["message_id"]
    assert (request["kind"], request["awaits_answer"]) == ("take_back", False)
    async with opened(justice) as recipient:
        assert await read_all(recipient) == []
        with pytest.raises(NotFound):
            await recipient.track(UUID(sent["message_id"]), FINANCE)


async def test_what_was_read_and_not_acknowledged_is_withdrawn_and_removed_where_it_was_saved(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    symbol, _ = await send(finance, tmp_path, JUSTICE)
    (letter,) = await run(justice, "inbox", "--save", str(tmp_path / "in"))
    place = tmp_path / "in" / f"ordinary-{letter['n']:06}"
    assert list((place / "files").iterdir())
    await run(finance, "take-back", symbol, "--reason", "Gửi nhầm nơi nhận")
    _, request = await receive(justice, tmp_path / "in")
    assert (request["awaits_answer"], request["removed"]) == (False, [str(place)])
    assert is_emptied(place)


async def test_a_take_back_is_agreed_to_its_content_removed_and_the_removal_reported(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    symbol, sent = await send(finance, tmp_path, JUSTICE)
    (letter,) = await receive(justice, tmp_path / "in")
    place = Path(letter["folder"])
    await run(finance, "take-back", symbol, "--reason", "Gửi nhầm nơi nhận")
    assert await states(finance, symbol) == {JUSTICE: "arrived"}
    (request,) = await receive(justice, tmp_path / "in")
    assert (request["kind"], request["awaits_answer"]) == ("take_back", True)
    (agreed,) = await run(justice, "agree", symbol)
    assert (agreed["answer"], agreed["removed"]) == ("15", str(place))
    assert is_emptied(place)
    removed = json.loads((place / "removed.json").read_text())
    assert (removed["symbol"], removed["withheld"]) == (symbol, "taken_back")
    (again,) = await run(justice, "agree", f"{request['lane']}:{request['n']}")
    assert again["message_id"] == agreed["message_id"]

    told = await run(finance, "receive", "--save", str(tmp_path / "back"))
    assert kinds(told) == ["status", "answer", "removal"]
    assert (told[1]["answer"]["status"], told[2]["removal"]["message_id"]) == ("15", told[1]["answer"]["message_id"])
    (line,) = (await track(finance, symbol)).recipients
    (change,) = line.changes
    assert (line.state, change.state, change.removal) == ("taken_back", "agreed", "reported")
    async with opened(justice) as recipient:
        again_read = await recipient.read_again(Lane.ORDINARY, letter["n"])
        assert isinstance(again_read, Withheld)
        assert again_read.how == "taken_back"
        async with opened(finance) as sender:
            (attachment,) = sender.sent_document(UUID(sent["message_id"])).attachments
            assert (await sender.download(attachment, tmp_path / "again")).exists()
        with pytest.raises(NotFound):
            await recipient.download(attachment, tmp_path / "stolen")


async def test_a_take_back_is_refused_and_the_document_goes_on(finance: Path, justice: Path, tmp_path: Path) -> None:
    symbol, _ = await send(finance, tmp_path, JUSTICE)
    (letter,) = await receive(justice, tmp_path / "in")
    await run(justice, "status", symbol, "03")
    await run(finance, "take-back", symbol, "--reason", "Gửi nhầm")
    # Statuses cross with the request on its way, and go on until it is answered.
    await run(justice, "status", symbol, "04")
    await receive(justice, tmp_path / "in")
    (refused,) = await run(justice, "refuse", symbol, "--reason", "Đã vào sổ, đang xử lý")
    assert (refused["answer"], refused["removed"]) == ("16", "")
    await run(justice, "status", symbol, "06")
    told = await run(finance, "receive", "--save", str(tmp_path / "back"))
    assert kinds(told) == ["status", "status", "status", "answer", "status"]
    assert told[3]["answer"]["description"] == "Đã vào sổ, đang xử lý"
    (line,) = (await track(finance, symbol)).recipients
    assert (line.state, line.changes[0].state) == ("done", "refused")
    assert (Path(letter["folder"]) / "files").exists()
    shown = await run_on_terminal(finance, "track", symbol)
    assert all(each in shown for each in ("↺", "Gửi nhầm", "→ Không"))


async def test_an_update_is_agreed_to_and_its_statuses_go_on_in_the_new_version(
    finance: Path, justice: Path, office: Path, tmp_path: Path
) -> None:
    symbol, sent = await send(finance, tmp_path, JUSTICE, OFFICE)
    await receive(justice, tmp_path / "in")
    await run(justice, "status", symbol, "03")
    new = pdf(tmp_path, "sua.pdf")
    (updated,) = await run(finance, "update", symbol, new, "--reason", "Sửa số liệu biểu 2")
    (again,) = await run(finance, "update", symbol, new, "--reason", "Sửa số liệu biểu 2")
    assert (updated["subject"], again["message_id"]) == (sent["subject"], updated["message_id"])
    # Where the first version had not arrived, the new one simply takes its place.
    old, fresh = await receive(office, tmp_path / "office")
    assert (old["reported"], fresh["change"], fresh["awaits_answer"]) == (None, "update", False)
    (version,) = await receive(justice, tmp_path / "in", "--report", "03")
    assert (version["awaits_answer"], version["reported"]) == (True, "01")
    await run(justice, "status", symbol, "04")
    await run(justice, "agree", symbol)
    await run(justice, "status", symbol, "06", "--reason", "Đã xử lý bản mới")
    assert [each.type for each in (await track(finance, symbol)).versions] == [0, 2]
    assert await states(finance, symbol) == {JUSTICE: "done", OFFICE: "arrived"}
    assert await states(finance, sent["message_id"]) == {JUSTICE: "updated", OFFICE: "updated"}


async def test_a_declined_update_leaves_the_version_before_it(finance: Path, justice: Path, tmp_path: Path) -> None:
    symbol, sent = await send(finance, tmp_path, JUSTICE)
    await receive(justice, tmp_path / "in")
    await run(justice, "status", symbol, "03")
    (updated,) = await run(finance, "update", symbol, "--subject", "V/v góp ý (sửa)", "--reason", "Sửa trích yếu")
    await receive(justice, tmp_path / "in")
    await run(justice, "refuse", symbol, "--reason", "Đã ban hành văn bản trả lời")
    await run(justice, "status", symbol, "06")
    assert await states(finance, sent["message_id"]) == {JUSTICE: "done"}
    assert await states(finance, updated["message_id"]) == {JUSTICE: "declined"}


async def test_a_replacement_takes_the_place_of_what_it_names(finance: Path, justice: Path, tmp_path: Path) -> None:
    first, _ = await send(finance, tmp_path, JUSTICE)
    second, _ = await send(finance, tmp_path, JUSTICE)
    await receive(justice, tmp_path / "in")
    for symbol in (first, second):
        await run(justice, "status", symbol, "03")
    symbol = f"{next(_NUMBERS)}/STC-QLNS"
    await run(
        finance, "replace", first, pdf(tmp_path), "--also", second, "--reason", "Gộp hai văn bản", "--symbol", symbol,
        "--subject", "V/v góp ý chung", *SIGNED,
    )  # fmt: skip
    (letter,) = await receive(justice, tmp_path / "in")
    assert (letter["change"], [each["symbol"] for each in letter["concerns"]]) == ("replace", [first, second])
    (agreed,) = await run(justice, "agree", symbol)
    assert (agreed["request"], agreed["removed"]) == ("replace", "")
    found = [(await states(finance, each))[JUSTICE] for each in (first, second, symbol)]
    assert found == ["replaced", "replaced", "received"]
    async with opened(justice) as recipient:
        with pytest.raises(Refused) as caught:
            await recipient.report(await letter_of(recipient, first), StatusCode.DONE)
        assert "version_superseded" in caught.value.problem.codes


async def letter_of(agency: Any, symbol: str) -> Letter:
    (noted,) = agency.find_received(symbol)
    item = await agency.read_again(Lane(noted.lane), noted.n)
    assert isinstance(item, Letter)
    return item


async def test_a_revocation_removes_the_content_and_keeps_its_own_letter(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    symbol, _ = await send(finance, tmp_path, JUSTICE)
    (letter,) = await receive(justice, tmp_path / "in")
    await run(justice, "status", symbol, "03")
    own = f"{next(_NUMBERS)}/STC-VP"
    await run(
        finance, "revoke", symbol, pdf(tmp_path), "--reason", "Ban hành nhầm", "--symbol", own,
        "--subject", f"V/v thu hồi Công văn số {symbol}", *SIGNED,
    )  # fmt: skip
    (revocation,) = await receive(justice, tmp_path / "in")
    assert (revocation["change"], revocation["awaits_answer"]) == ("revoke", True)
    await run(justice, "agree", symbol, "--keep")
    assert (Path(letter["folder"]) / "files").exists()
    assert (await track(finance, symbol)).recipients[0].changes[0].removal == "owed"
    (removed,) = await run(justice, "removed", own, "--note", "Đã xóa trong phần mềm quản lý văn bản")
    assert removed["removed"] == letter["folder"]
    assert is_emptied(Path(letter["folder"]))
    assert (Path(revocation["folder"]) / "document.json").exists()
    told = await run(finance, "receive", "--save", str(tmp_path / "back"))
    assert kinds(told)[-2:] == ["answer", "removal"]
    (line,) = (await track(finance, symbol)).recipients
    assert (line.state, line.changes[0].removal) == ("revoked", "reported")
    assert await states(finance, own) == {JUSTICE: "done"}
    async with opened(finance) as sender:
        with pytest.raises(Refused) as caught:
            await sender.take_back(symbol, "Gửi nhầm")
        assert "document_revoked" in caught.value.problem.codes
