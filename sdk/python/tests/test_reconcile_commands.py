"""`lienthong agency reconcile`: what an agency says of its books, and what is believed of another's."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from commanding import run
from counterpart import FINANCE, JUSTICE, Counterpart
from reconciling import SPAN, TODAY, compared, entries_of, exchange_some, theirs, turned

from lienthong.common import pki
from lienthong.common.clock import SystemClock
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import DeliveryReceipt
from lienthong.common.messages.reconciliation import Direction
from lienthong.common.signing import TrustStore
from lienthong.sdk.commands.root import main
from lienthong.sdk.commitments import (
    CommitmentRefused,
    judge_offline,
    read_file,
    verify_file,
)

Make = Callable[..., Path]

SEED = int(TODAY.replace("-", ""))
"""Other bytes every day; a failure names it."""
CHANGES = 300


@pytest.fixture
def make(profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Make:
    """The agency's own file."""

    def making(*options: str) -> Path:
        path = tmp_path / "own.jsonl"
        run(capsys, "reconcile", "make", JUSTICE, *SPAN, "--save", str(path), *options)
        return path

    assert profile.is_dir()
    return making


@pytest.mark.requirement("N5")
@pytest.mark.parametrize("offline", [True, False], ids=["by files alone", "by the register"])
def test_equal_books_are_equal_also_where_a_letter_was_withdrawn(
    counterpart: Counterpart,
    profile: Path,
    make: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    offline: bool,
) -> None:
    exchange_some(counterpart, profile)
    own = make()
    entries = entries_of(own)
    assert [each.withheld for each in entries if each.withheld] == ["withdrawn"]
    told = compared(capsys, own, theirs(counterpart, tmp_path, list(map(turned, entries))), code=0, offline=offline)
    assert told["equal"]
    assert [(each["sent"], each["received"], each["state"]) for each in told["days"]] == [
        (2, 2, "equal"),
        (3, 3, "equal"),
    ]
    assert told["gaps"] == []
    assert {each["entry"]["document_id"] for each in told["unread"]} == {
        each.document_id for each in entries if each.acknowledged is False and not each.withheld
    }
    assert len(told["unread"]) == 2


@pytest.mark.requirement("N5")
def test_what_is_missing_is_named_by_message_and_document_and_never_by_content(
    counterpart: Counterpart, profile: Path, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange_some(counterpart, profile)
    own = make()
    assert "góp ý".encode() not in own.read_bytes()
    entries = [turned(each) for each in entries_of(own)]
    (lost,) = [each for each in entries if each.document_id and "16/STC-QLNS" in each.document_id]
    entries.remove(lost)
    other = theirs(counterpart, tmp_path, entries)
    (gap,) = compared(capsys, own, other, code=1)["gaps"]
    assert (gap["kind"], gap["entry"]["message_id"]) == ("not_received", str(lost.message_id))
    assert gap["at"] == str(counterpart.other_id)
    arguments = ["agency", "reconcile", "compare", str(own), str(other)]
    assert main(arguments) == 1
    shown = capsys.readouterr().out
    assert f"Văn bản {lost.document_id} · {lost.message_id}" in shown
    assert "Sở Tư pháp không nhận được" in shown
    assert "Thường │ 2   │ 1    │ LỆCH" in shown
    assert main([*arguments, "--lang", "en"]) == 1
    assert "missing at its recipient, Sở Tư pháp" in capsys.readouterr().out


def test_counts_and_chains_alone_tell_the_day_and_ask_for_lists(
    counterpart: Counterpart, profile: Path, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange_some(counterpart, profile)
    entries = [turned(each) for each in entries_of(make())]
    own = make("--without-list")
    assert len(own.read_bytes().splitlines()) == 1
    other = theirs(counterpart, tmp_path, entries[1:])
    told = compared(capsys, own, other, code=1)
    assert (told["gaps"], [each["named"] for each in told["days"]]) == ([], [False, False])
    assert sorted(each["state"] for each in told["days"]) == ["differs", "equal"]
    assert main(["agency", "reconcile", "compare", str(own), str(other)]) == 1
    assert "--without-list" in capsys.readouterr().err


def change_list(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3] + b"1}\n")


def drop_line(path: Path) -> None:
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]) + b"\n")


def change_count(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'\\"count\\":2', b'\\"count\\":3', 1))


def drop_lists(path: Path) -> None:
    first, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps(json.loads(first) | {"lists": []}).encode() + b"\n" + rest)


def make_binary(path: Path) -> None:
    path.write_bytes(b"\x00\xff\n")


@pytest.mark.requirement("N5")
@pytest.mark.parametrize("spoil", [change_list, drop_line, change_count, drop_lists, make_binary])
def test_a_file_that_was_changed_is_refused(
    counterpart: Counterpart,
    profile: Path,
    make: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
) -> None:
    exchange_some(counterpart, profile)
    own = make()
    other = theirs(counterpart, tmp_path, list(map(turned, entries_of(own))))
    spoil(own)
    assert compared(capsys, own, other, code=2)["error"]["code"] == "sdk_commitment_refused"


@pytest.mark.requirement("N5")
def test_whatever_byte_of_a_file_is_changed_it_is_refused_or_says_the_same(
    counterpart: Counterpart, profile: Path, make: Make
) -> None:
    exchange_some(counterpart, profile)
    content = make().read_bytes()
    judge = judge_offline(TrustStore.load(profile / "anchors.pem"))
    told = asyncio.run(verify_file(read_file(content), judge))
    refused, random = 0, Random(SEED)
    for _ in range(CHANGES):
        place = random.randrange(len(content))
        changed = content[:place] + bytes([content[place] ^ random.randrange(1, 256)]) + content[place + 1 :]
        try:
            assert asyncio.run(verify_file(read_file(changed), judge)) == told
        except CommitmentRefused:
            refused += 1
    # What is left are letters of the file that say nothing, such as line ends within a certificate.
    assert refused > CHANGES * 0.98, f"seed {SEED}"


def test_anchors_that_cannot_be_read_are_told_of_and_not_the_file(
    counterpart: Counterpart, profile: Path, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange_some(counterpart, profile)
    own = make()
    (told,) = run(capsys, "reconcile", "compare", str(own), str(own), "--trust", str(profile / "missing.pem"), code=2)
    assert told["error"]["code"] == "sdk_bad_input"
    assert "missing.pem" in told["error"]["detail"]


@pytest.mark.requirement("N2")
@pytest.mark.parametrize("offline", [True, False], ids=["by files alone", "by the register"])
def test_another_agencys_seal_and_a_revoked_one_are_refused(
    counterpart: Counterpart,
    profile: Path,
    make: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    offline: bool,
) -> None:
    exchange_some(counterpart, profile)
    own = make()
    entries = list(map(turned, entries_of(own)))
    foreign = theirs(counterpart, tmp_path, entries, by=counterpart.agency)
    told = compared(capsys, own, foreign, code=2, offline=offline)
    assert "policy.holder" in told["error"]["detail"]
    early = counterpart.started + timedelta(minutes=1)
    counterpart.revoked.append(pki.Revoked(counterpart.other.certificate.serial, early))
    for kept in (profile / "register").iterdir():
        kept.unlink()
    told = compared(capsys, own, theirs(counterpart, tmp_path, entries), code=2, offline=offline)
    assert "revoked" in told["error"]["detail"]


def test_a_list_that_does_not_make_the_heads_is_refused(
    counterpart: Counterpart, profile: Path, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange_some(counterpart, profile)
    own = make()
    other = theirs(counterpart, tmp_path, list(map(turned, entries_of(own))), heads=())
    assert compared(capsys, own, other, code=2)["error"]["code"] == "sdk_commitment_refused"
    later = SystemClock().now() + timedelta(hours=1)
    other = theirs(counterpart, tmp_path, list(map(turned, entries_of(own))), made_at=later)
    assert compared(capsys, own, other, code=2)["error"]["code"] == "sdk_commitment_refused"


def test_a_newer_revocation_list_counts_offline(
    counterpart: Counterpart, profile: Path, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange_some(counterpart, profile)
    own = make()
    other = theirs(counterpart, tmp_path, list(map(turned, entries_of(own))))
    early = counterpart.started + timedelta(minutes=1)
    revoked = [pki.Revoked(counterpart.other.certificate.serial, early)]
    newer = tmp_path / "newer.crl"
    newer.write_bytes(pki.make_crl(counterpart.ca.issuing, revoked, number=2, at=SystemClock().now()))
    arguments = ["reconcile", "compare", str(own), str(other), "--trust", str(profile / "anchors.pem")]
    (told,) = run(capsys, *arguments, "--crl", str(newer), code=2)
    assert "revoked" in told["error"]["detail"]


def test_gaps_in_the_agencys_own_books_are_told_to_it_first(
    counterpart: Counterpart, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange_some(counterpart, profile)
    (lost, *_) = sorted((profile / "sent").glob("*.json"))
    lost.rename(profile / "outgoing" / lost.name)
    arguments = ["reconcile", "make", JUSTICE, *SPAN, "--save", str(tmp_path / "x.jsonl")]
    (told,) = run(capsys, *arguments)
    assert told["own_gaps"] == [{"day": TODAY, "counted": 2, "kept": 1}]
    assert told["waiting"] == 1
    assert main(["agency", *arguments]) == 0
    shown = capsys.readouterr().err
    assert "lienthong agency resume" in shown
    assert "trục ghi 2 văn bản" in shown


def test_books_of_another_system_of_the_agency_are_counted_once(
    counterpart: Counterpart, profile: Path, make: Make, tmp_path: Path
) -> None:
    exchange_some(counterpart, profile)
    whole = entries_of(make())
    second = counterpart.profile(tmp_path / "second").folder
    (second / "sent").mkdir()
    first, other = sorted((profile / "sent").glob("*.json"))
    (second / "sent" / first.name).write_bytes(first.read_bytes())
    other.rename(second / "sent" / other.name)
    assert entries_of(make("--also", str(second))) == whole


def test_reading_begins_at_the_last_acknowledgement_before_the_first_day(
    counterpart: Counterpart, profile: Path, make: Make
) -> None:
    exchange_some(counterpart, profile)
    receipt = DeliveryReceipt(
        type="vn.lienthong.exchange.delivery_receipt.v1",
        environment="training",
        recipient=counterpart.agency_id,
        lane=Lane.ORDINARY,
        n=1,
        chain=counterpart.chain(1),
        acknowledged_at=SystemClock().now() - timedelta(days=2),
    )
    (profile / "acknowledged").mkdir()
    kept = profile / "acknowledged" / "ordinary-000000000001.json"
    kept.write_text(json.dumps(counterpart.say(receipt).to_line()))
    received = [each for each in entries_of(make()) if each.direction is Direction.RECEIVED]
    assert len(received) == 2
    assert counterpart.asked("GET", "/v1/inbox/ordinary")[0].url.params["after"] == "1"


@pytest.mark.parametrize(
    ("counterpart_code", "first", "last"),
    [(FINANCE, TODAY, TODAY), (JUSTICE, "2026-02-01", "2026-01-01"), (JUSTICE, "2024-01-01", TODAY)],
    ids=["with itself", "backwards", "too long"],
)
def test_spans_and_agencies_that_make_no_sense_are_bad_input(
    profile: Path, capsys: pytest.CaptureFixture[str], counterpart_code: str, first: str, last: str
) -> None:
    assert profile.is_dir()
    (told,) = run(capsys, "reconcile", "make", counterpart_code, "--from", first, "--to", last, code=2)
    assert told["error"]["code"] == "sdk_bad_input"


def test_the_first_line_alone_carries_what_the_seal_is_judged_by(
    counterpart: Counterpart, profile: Path, make: Make
) -> None:
    exchange_some(counterpart, profile)
    first = json.loads(make("--without-list").read_bytes())
    assert first["certificates"].startswith("-----BEGIN CERTIFICATE-----")
    assert all(base64.b64decode(each, validate=True) for each in first["lists"])
    told = json.loads(first["commitment"]["payload"])
    assert (told["agency"]["code"], told["counterpart"]["code"]) == (FINANCE, JUSTICE)
    assert sum(each["count"] for each in told["heads"]) == told["entries"] == 5
