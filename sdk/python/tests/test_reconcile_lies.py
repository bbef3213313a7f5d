"""`lienthong agency reconcile compare`: files whose seal holds, and which are not so."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from commanding import run
from counterpart import JUSTICE, Counterpart
from letters import organizations
from reconciling import SPAN, compared, entries_of, exchange_some, theirs, turned

from lienthong.common.clock import SystemClock
from lienthong.common.signing import TrustStore
from lienthong.sdk.commands.root import main
from lienthong.sdk.commitments import MAX_FILE, CommitmentRefused, judge_offline, read_file, verify_file
from lienthong.sdk.comparing import compare
from lienthong.sdk.errors import BadInput


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


ODD = ["", "x", None, 0, -1, 2**53, 1e300, [], {}, "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "9999-12-31"]


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every member of a JSON value."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from places(each, (*way, name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from places(each, (*way, place))
    else:
        yield way


def changed(content: bytes, way: tuple[Any, ...], odd: object) -> bytes:
    told = json.loads(content)
    holds = told
    for name in way[:-1]:
        holds = holds[name]
    holds[way[-1]] = odd
    return json.dumps(told).encode()


@pytest.mark.requirement("N5")
def test_whatever_an_agency_seals_it_gets_an_answer(
    counterpart: Counterpart, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every member of the commitment as no honest software writes it: refused, or compared, and nothing else."""
    exchange_some(counterpart, profile)
    own = made(profile, tmp_path, capsys)
    entries = [turned(each) for each in entries_of(own)]
    seen: list[bytes] = []
    theirs(counterpart, tmp_path, entries, rewritten=lambda content: seen.append(content) or content)
    judge = judge_offline(TrustStore.load(profile / "anchors.pem"))
    believed = asyncio.run(verify_file(read_file(own.read_bytes()), judge))
    for way in places(json.loads(seen[0])):
        for odd in ODD:
            other = theirs(counterpart, tmp_path, entries, rewritten=partial(changed, way=way, odd=odd))
            with contextlib.suppress(BadInput):
                compare(believed, asyncio.run(verify_file(read_file(other.read_bytes()), judge)))


@pytest.mark.parametrize("name", ["made_at", "accepted_at"])
def test_a_time_that_is_no_day_in_vietnam_is_refused(
    counterpart: Counterpart, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    exchange_some(counterpart, profile)
    own, last = made(profile, tmp_path, capsys), datetime(9999, 12, 31, 23, 59, 59, 999000, UTC)
    entries = [turned(each) for each in entries_of(own)]
    if name == "made_at":
        other = theirs(counterpart, tmp_path, entries, made_at=last)
    else:
        other = theirs(counterpart, tmp_path, [each.model_copy(update={name: last}) for each in entries])
    assert compared(capsys, own, other, code=2)["error"]["code"] == "sdk_commitment_refused"
