"""What comes with time, on a service whose times are short: keys, lists, overlaps, old requests."""

import asyncio
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.integration.accounts.installation import (
    Installation,
    MachineClient,
    ask_token,
    client_event,
    order_event,
    post,
    refusal,
    renew,
    sign,
    until,
    until_answered,
)

from lienthong.common.auth import TokenVerifier
from lienthong.common.clock import SystemClock
from lienthong.common.messages.accounts import CertificateOrder
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.signing import Reason, RevocationList, Signer
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.processes import Processes


@pytest.fixture(scope="module")
def hasty(own_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Generator[Installation]:
    """Keys of six seconds, lists of one, no overlap, requests of a minute."""
    folder: Path = tmp_path_factory.mktemp("hasty")
    processes = Processes(folder / "logs")
    made = Installation.make(
        own_servers,
        folder / "accounts",
        processes,
        LIENTHONG_ACCOUNTS_KEY_USE_SECONDS="6",
        LIENTHONG_ACCOUNTS_KEY_ANNOUNCE_SECONDS="2",
        LIENTHONG_ACCOUNTS_CRL_EVERY_SECONDS="1",
        LIENTHONG_ACCOUNTS_OVERLAP_DAYS="0",
        LIENTHONG_ACCOUNTS_REQUEST_AGE_SECONDS="60",
    )
    try:
        made.start()
        made.import_sample()
        yield made
    finally:
        processes.end()


async def test_keys_of_tokens_change_and_every_token_is_known_everywhere(hasty: Installation) -> None:
    async with hasty.http() as http, hasty.follow() as reader:
        seal, client = await hasty.enrol(http, "000.00.02.H53"), MachineClient()
        assert (await post(http, "/v1/client-requests", sign(seal, client_event(seal, client)))).status_code == 201
        await until(lambda: reader.clients.may_act_for(client.client_id, seal.agency_id))
        verifier, used = TokenVerifier(reader, SystemClock()), set[str]()
        for _ in range(40):
            answer = await ask_token(http, client.sign(client.claims()), seal.agency_id)
            verifier.verify(f"Bearer {answer.json()['access_token']}")  # at once: its key was announced before
            (active,) = await hasty.fetch("SELECT key_id FROM token_key WHERE state = 'active'")
            used.add(active["key_id"])
            await asyncio.sleep(0.4)
    assert len(used) >= 2
    rows = await hasty.fetch(
        """SELECT a.object, u.at - a.at AS lead FROM audit a JOIN audit u USING (object)
           WHERE a.act = 'token_key.announced' AND u.act = 'token_key.active' ORDER BY a.at"""
    )
    assert all(row["lead"] >= timedelta(seconds=2) for row in rows[1:])


async def test_lists_are_made_anew_and_numbered(hasty: Installation) -> None:
    issuing = hasty.authority.issuing.certificate.fingerprint
    path = f"/v1/revocation-lists/{issuing}"
    async with hasty.http() as http:
        first = RevocationList.from_bytes((await http.get(path)).content)

        async def is_newer() -> bool:
            return RevocationList.from_bytes((await http.get(path)).content).this_update > first.this_update

        await until_answered(is_newer)
    assert first.next_update is not None
    assert first.next_update - first.this_update == timedelta(hours=24)


async def test_a_seal_without_overlap_is_good_no_more_once_renewed(hasty: Installation) -> None:
    async with hasty.http() as http:
        old = await hasty.enrol(http, "000.00.03.H53")
        new = await renew(http, old)
        order = order_event(old, new.fingerprint, CertificateOrder.REVOKE)
        answer = await post(http, "/v1/certificate-orders", sign(old, order))
        assert refusal(answer) == (422, Reason.CERTIFICATE_SUPERSEDED.value.replace(".", "_"))
        await until_answered(lambda: has_ended(http, f"/v1/certificates/{old.fingerprint}"))


async def has_ended(http: httpx.AsyncClient, path: str) -> bool:
    return (await http.get(path)).json()["state"] == "ended"


async def test_a_request_signed_too_long_ago_is_not_taken(hasty: Installation) -> None:
    async with hasty.http() as http:
        seal = await hasty.enrol(http, "000.00.08.H53")
        payload = to_bytes(order_event(seal, seal.fingerprint, CertificateOrder.SUSPEND))
        stale = Signer(seal.key, lambda: SystemClock().now() - timedelta(minutes=2)).sign(payload)
        assert refusal(await post(http, "/v1/certificate-orders", stale)) == (422, "signature_time")


async def test_an_agency_ends_when_its_last_day_is_over(hasty: Installation) -> None:
    (row,) = await hasty.fetch("SELECT agency_id FROM agency_code WHERE code = '000.00.17.H53'")
    await hasty.fetch("UPDATE agency SET ended_on = date '2026-01-01' WHERE agency_id = $1", row["agency_id"])
    async with hasty.http() as http:
        await until_answered(lambda: has_ended(http, f"/v1/agencies/{row['agency_id']}"))


async def test_used_assertions_are_forgotten_only_when_they_could_not_be_used(hasty: Installation) -> None:
    async with hasty.http() as http:
        seal, client = await hasty.enrol(http, "000.00.09.H53"), MachineClient()
        assert (await post(http, "/v1/client-requests", sign(seal, client_event(seal, client)))).status_code == 201
        assert (await ask_token(http, client.sign(client.claims()), seal.agency_id)).status_code == 200
    rows = await hasty.fetch("SELECT expires_at FROM used_assertion")
    assert rows
    assert all(row["expires_at"] > SystemClock().now() - timedelta(minutes=2) for row in rows)
