"""An agency's seal ends one day: it is renewed before, and documents go on under the new one."""

import asyncio
import shutil
from pathlib import Path

import httpx
import pytest
from tests.integration.journeys.commanding import run
from tests.integration.journeys.province import JUSTICE, Province, compose, opened

from lienthong.common.clock import SystemClock
from lienthong.common.signing.certificate import load_chain
from lienthong.sdk import Agency, BadInput, OutcomeUnknown, Patience, Profile, Refused, Sealed
from lienthong.sdk.seal import Seal

SCIENCE, EDUCATION = "000.00.06.H53", "000.00.03.H53"

pytestmark = [pytest.mark.xdist_group("platform"), pytest.mark.requirement("A8")]


@pytest.mark.usefixtures("justice")
async def test_a_system_that_runs_goes_on_under_the_new_seal(province: Province) -> None:
    folder = await asyncio.to_thread(province.enrol, SCIENCE)
    before = certified(folder)
    async with opened(folder) as agency:
        assert await send_one(agency) == before
        renewal = await agency.renew_seal()
        assert await send_one(agency) == renewal.seal.fingerprint == certified(folder) != before
    assert renewal.before_ends is not None
    assert renewal.before_ends > SystemClock().now()
    (told,) = await run(folder, "renew")
    assert told["seal"] == certified(folder) != renewal.seal.fingerprint


async def test_a_renewal_goes_on_where_it_was_interrupted(province: Province, tmp_path: Path) -> None:
    folder = await asyncio.to_thread(province.enrol, EDUCATION)
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere")
    before, old_key = certified(folder), (folder / "seal.key").read_bytes()

    async with Agency.open(folder, http=AnswersLost(), patience=Patience(attempts=2, seconds=5)) as agency:
        with pytest.raises(OutcomeUnknown):
            await agency.renew_seal()
    assert (certified(folder), (folder / "seal.key").read_bytes()) == (before, old_key)
    asked_for = (folder / "seal.next.key").read_bytes()
    async with opened(folder) as agency:
        renewal = await agency.renew_seal()
        assert (renewal.seal.fingerprint, (folder / "seal.key").read_bytes()) == (certified(folder), asked_for)

        (folder / "seal.next.key").write_bytes(asked_for)
        (folder / "seal.key").write_bytes(old_key)
        assert (await agency.renew_seal()).seal == renewal.seal
    assert Seal(Profile.load(folder), SystemClock()).fingerprint == renewal.seal.fingerprint
    assert not (folder / "seal.next.key").exists()

    async with opened(elsewhere) as agency:
        with pytest.raises(BadInput, match=r"seal\.key"):
            await agency.renew_seal()


async def test_one_process_at_a_time_renews(justice: Path) -> None:
    async with opened(justice) as agency, opened(justice) as another:
        results = await asyncio.gather(agency.renew_seal(), another.renew_seal(), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["BadInput", "Renewal"]


class AnswersLost(httpx.AsyncHTTPTransport):
    """Brings what is asked of a renewal, and loses the answer."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if request.url.path == "/v1/certificate-requests":
            await response.aclose()
            raise httpx.ReadError("lost", request=request)
        return response


def certified(folder: Path) -> str:
    """The certificate of the profile's seal."""
    return load_chain((folder / "seal.pem").read_bytes())[0].fingerprint


async def send_one(agency: Agency) -> str:
    """Send under the seal that the agency has now, as soon as the exchange has heard of it; that seal."""
    sealed = agency.seal(await compose(agency, [JUSTICE]))
    async with asyncio.timeout(20):
        while await is_unknown(agency, sealed):  # noqa: ASYNC110  it hears of it from a topic
            await asyncio.sleep(0.1)
    return sealed.signed.unverified_header().fingerprint


async def is_unknown(agency: Agency, sealed: Sealed) -> bool:
    try:
        await agency.submit(sealed)
    except Refused as refused:
        if "certificate.unknown" in refused.problem.codes:
            return True
        raise
    return False
