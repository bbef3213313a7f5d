"""Revocation, and keys of services that change: everyone learns it from the topics alone."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from tests.integration.journeys.province import JUSTICE, Province, enrol_agency, opened, read_all, send

from lienthong.common.testing.platform import Platform
from lienthong.sdk import PlatformError

pytestmark = pytest.mark.xdist_group("platform")

INTERIOR, HEALTH = "000.00.09.H53", "000.00.17.H53"


async def test_a_revocation_bites_within_two_seconds_after_the_command(province: Province, platform: Platform) -> None:
    profile = province.folder / "revoked"
    await enrol_agency(platform, INTERIOR, profile)
    async with opened(profile) as agency:
        await send(agency, JUSTICE)
        (certificate,) = list_certificates(platform, INTERIOR)
        await asyncio.to_thread(platform.operator, "certificates", "revoke", certificate, "--reason", "lộ khóa")
        returned = time.monotonic()
        error = await refusal(lambda: send(agency, JUSTICE), seconds=4)
        assert time.monotonic() - returned < 2
        assert "certificate.revoked" in error.problem.codes


async def test_receipts_of_the_old_and_the_new_key_of_the_exchange_verify(
    finance: Path, justice: Path, platform: Platform
) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        old = await send(sender, JUSTICE)
        fingerprint = platform.renew_key("exchange")
        await wait_registered(platform, fingerprint)
        await asyncio.to_thread(platform.restart, "exchange")
        new = await send(sender, JUSTICE)
        assert new.receipt_signed.unverified_header().fingerprint == fingerprint
        assert old.receipt_signed.unverified_header().fingerprint != fingerprint
        assert await read_all(recipient) == [str(old.message_id), str(new.message_id)]


async def test_what_accounts_said_under_its_old_key_holds_beside_what_it_says_under_the_new_one(
    province: Province, finance: Path, justice: Path, platform: Platform
) -> None:
    fingerprint = platform.renew_key("accounts")
    await wait_registered(platform, fingerprint)
    await asyncio.to_thread(platform.restart, "accounts")
    # A fresh reader has both keys' words before it: the old agencies under the old key, the next one under the new.
    await asyncio.to_thread(platform.restart, "exchange")
    newcomer = province.folder / "newcomer"
    await enrol_agency(platform, HEALTH, newcomer)
    async with opened(finance) as sender, opened(newcomer) as other, opened(justice) as recipient:
        await read_all(recipient)
        ids = [str((await send(agency, JUSTICE)).message_id) for agency in (sender, other)]
        assert await read_all(recipient) == ids


async def refusal(act: Callable[[], Awaitable[object]], *, seconds: float) -> PlatformError:
    """Repeat until it is refused."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            await act()
        except PlatformError as error:
            return error
    raise AssertionError("it was never refused")


async def wait_registered(platform: Platform, fingerprint: str, *, seconds: float = 10) -> None:
    """Until the register knows a certificate of a service."""
    deadline = time.monotonic() + seconds
    async with httpx.AsyncClient() as http:
        while (await http.get(f"{platform.accounts_url}/v1/certificates/{fingerprint}")).status_code != 200:
            assert time.monotonic() < deadline, "the new certificate was not registered"
            await asyncio.sleep(0.1)


def list_certificates(platform: Platform, code: str) -> list[str]:
    """Fingerprints of an agency's active certificates."""
    told = platform.operator("certificates", "list", "--agency", code, "--state", "active", "--json")
    return [each["fingerprint"] for each in json.loads(told.stdout)]
