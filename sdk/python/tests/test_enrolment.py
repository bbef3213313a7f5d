"""What is left of an enrolment that was interrupted, and how it goes on."""

from pathlib import Path

import httpx
import pytest
from counterpart import IMPATIENT, Counterpart

from lienthong.common.clock import SystemClock
from lienthong.sdk import Agency, Profile
from lienthong.sdk.commands.output import Exit, exit_code
from lienthong.sdk.enrolment import Wish, enrol
from lienthong.sdk.errors import BadInput, EnrolmentUnfinished, EnrolmentUnknown
from lienthong.sdk.problems import Refused
from lienthong.sdk.profile import profile_folder
from lienthong.sdk.transport import Transport


def test_a_path_stays_a_path_and_only_a_bare_name_goes_below_the_home() -> None:
    assert profile_folder(Path("./so-tai-chinh")) == Path("so-tai-chinh")
    assert profile_folder("./so-tai-chinh") == Path("so-tai-chinh")
    assert profile_folder("so-tai-chinh") == Path("~/.config/lienthong/so-tai-chinh").expanduser()


async def test_after_a_wrong_code_the_same_command_goes_on_in_the_same_relative_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counterpart = Counterpart()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused):
        await _enrol(counterpart, exchange="http://wrong")
    with pytest.raises(EnrolmentUnfinished):
        async with Agency.open("./so-tai-chinh"):
            pass
    begun = Profile.load("./so-tai-chinh")
    with pytest.raises(Refused):
        await _enrol(counterpart, exchange="http://exchange")
    again = Profile.load("./so-tai-chinh")
    assert (again.client_id, again.exchange) == (begun.client_id, "http://exchange")


async def test_accounts_in_the_place_of_the_exchange_is_told_before_anything_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counterpart = Counterpart()
    monkeypatch.chdir(tmp_path)
    counterpart.fail("/v1/inbox/ordinary", lambda _: httpx.Response(404, json={"code": "not_found", "title": "?"}))
    with pytest.raises(BadInput, match="--accounts and --exchange"):
        await _enrol(counterpart, exchange="http://accounts")
    assert not (tmp_path / "so-tai-chinh").exists()


async def test_anchors_that_are_none_are_told_as_wrong_input_and_corrected_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counterpart = Counterpart()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="--anchors"):
        await _enrol(counterpart, exchange="http://exchange", anchors=b"%PDF-1.4")
    with pytest.raises(Refused):  # of the code, as ever
        await _enrol(counterpart, exchange="http://exchange")


async def test_a_lost_answer_says_to_run_the_enrolment_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counterpart = Counterpart()
    monkeypatch.chdir(tmp_path)

    def silence(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("silence", request=request)

    counterpart.fail(f"/v1/agencies/{counterpart.agency_id}/certificates", silence, times=IMPATIENT.attempts)
    with pytest.raises(EnrolmentUnknown) as caught:
        await _enrol(counterpart, exchange="http://exchange", refused=False)
    assert "agency init" in caught.value.advice.en
    assert exit_code(caught.value) is Exit.AGAIN


async def _enrol(
    counterpart: Counterpart, *, exchange: str, refused: bool = True, anchors: bytes | None = None
) -> None:
    trusted = anchors or counterpart.ca.root.certificate.to_pem()
    wish = Wish("http://accounts", exchange, "training", trusted, str(counterpart.agency_id), "WRONG", "SDK")
    told = {
        "agency_id": str(counterpart.agency_id),
        "version": 1,
        "state": "active",
        "kind": "department",
        "level": 2,
        "names": [{"name": "Sở Tài chính"}],
        "codes": [{"code": "000.00.11.H53", "scheme": "qcvn102"}],
    }
    register = f"/v1/agencies/{counterpart.agency_id}"
    counterpart.fail(register, lambda _: httpx.Response(200, json=told))
    refusal = {"code": "enrolment_code_refused", "title": "?"}
    if refused:
        counterpart.fail(f"{register}/certificates", lambda _: httpx.Response(422, json=refusal))
    async with httpx.AsyncClient(transport=counterpart.transport()) as client:
        await enrol(profile_folder("./so-tai-chinh"), wish, Transport(client, IMPATIENT, "vi"), SystemClock())
