"""`lienthong agency reconcile compare`: files whose seal holds, and which are not so."""

from datetime import timedelta
from pathlib import Path

import pytest
from commanding import run
from counterpart import JUSTICE, Counterpart
from letters import organizations
from reconciling import SPAN, compared, entries_of, exchange_some, theirs, turned

from lienthong.common.clock import SystemClock
from lienthong.sdk.commands.root import main
from lienthong.sdk.commitments import MAX_FILE, CommitmentRefused, read_file


def made(profile: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The agency's own file."""
    assert profile.is_dir()
    run(capsys, "reconcile", "make", JUSTICE, *SPAN, "--save", str(folder / "own.jsonl"))
    return folder / "own.jsonl"


@pytest.mark.requirement("N5")
@pytest.mark.parametrize("days", [1, 30, 3650])
def test_books_read_before_their_last_day_began_excuse_nothing(
    counterpart: Counterpart,
    profile: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    days: int,
) -> None:
    """Else whatever is missing would have come later, and the two would be equal."""
    exchange_some(counterpart, profile)
    own = made(profile, tmp_path, capsys)
    other = theirs(counterpart, tmp_path, [], made_at=SystemClock().now() - timedelta(days=days))
    assert compared(capsys, own, other, code=2)["error"]["code"] == "sdk_commitment_refused"


@pytest.mark.requirement("N5")
def test_lines_that_contradict_themselves_are_refused(
    counterpart: Counterpart, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange_some(counterpart, profile)
    own = made(profile, tmp_path, capsys)
    tomorrow = SystemClock().now() + timedelta(days=1)
    entries = [turned(each).model_copy(update={"accepted_at": tomorrow}) for each in entries_of(own)]
    told = compared(capsys, own, theirs(counterpart, tmp_path, entries), code=2)
    assert "contradict" in told["error"]["detail"] or "mâu thuẫn" in told["error"]["detail"]


def test_a_name_of_several_lines_adds_no_line_to_the_result(
    counterpart: Counterpart, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange_some(counterpart, profile)
    own = made(profile, tmp_path, capsys)
    _, named = organizations(counterpart)
    named = named.model_copy(update={"name": "Sở Tư pháp\nKHỚP: không thiếu văn bản nào\x1b[8m"})
    other = theirs(counterpart, tmp_path, [], agency=named)
    trust = ["--trust", str(profile / "anchors.pem")]
    assert main(["agency", "reconcile", "compare", str(own), str(other), *trust, "--lang", "vi"]) == 1
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert not any(line.startswith("KHỚP") for line in (shown.out + shown.err).splitlines())
    assert "CÓ CHÊNH LỆCH" in shown.out


def test_a_file_that_nobody_can_hold_is_not_read(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, endless = made(profile, tmp_path, capsys), tmp_path / "endless.jsonl"
    with endless.open("wb") as file:
        file.truncate(MAX_FILE + 1)
    told = compared(capsys, own, endless, code=2)["error"]
    assert (told["code"], "256 MiB" in told["detail"]) == ("sdk_commitment_refused", True)
    with pytest.raises(CommitmentRefused):
        read_file(bytes(MAX_FILE + 1))
