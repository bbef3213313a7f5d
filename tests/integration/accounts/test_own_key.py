"""The service's own key is changed: what was said before still verifies, and what is said afterwards too."""

from pathlib import Path

import httpx
from tests.integration.accounts.installation import Installation, until
from tests.integration.accounts.test_topics import CATALOGUE, read_topics, signed_of

from lienthong.common.clock import SystemClock
from lienthong.common.messages.envelope import Catalogue
from lienthong.common.signing import STORED
from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.processes import Processes


async def said_by(accounts: Installation, catalogue: Catalogue) -> dict[str, int]:
    """How many events of accounts verify, by the fingerprint of the key that signed them."""
    counts: dict[str, int] = {}
    async with accounts.follow() as reader:
        for record in await read_topics(accounts):
            signed = signed_of(record)
            known = reader.certificates.find(signed.unverified_header().fingerprint)
            if known is None:
                continue  # another installation's
            verified = reader.verifier.verify(
                signed, at=SystemClock().now(), certificates=reader.certificates, policy=STORED
            )
            catalogue.read_any(verified.payload)
            counts[verified.certificate.fingerprint] = counts.get(verified.certificate.fingerprint, 0) + 1
    return counts


async def test_old_events_still_verify_and_new_ones_too(
    own_servers: Servers, tmp_path: Path, processes: Processes
) -> None:
    accounts = Installation.make(own_servers, tmp_path / "accounts", processes)
    first_run = accounts.start()
    accounts.import_sample()
    async with accounts.http() as http:
        seal = await accounts.enrol(http, "000.00.02.H53")
    old = (await said_by(accounts, CATALOGUE)).keys()
    assert first_run.terminate() == 0

    new = accounts.certify("accounts")
    accounts.start()
    accounts.run("agencies", "contact", "H53.02", "--full-name", "Nguyễn Văn Minh")
    async with accounts.follow() as reader, accounts.http() as http:
        await until(lambda: reader.certificates.find(new) is not None)
        assert reader.certificates.find(seal.fingerprint) is not None
        assert await listed(http, new) == await listed(http, *old) == "active"
    counts = await said_by(accounts, CATALOGUE)
    assert counts.keys() == {*old, new}
    assert all(count > 0 for count in counts.values())


async def listed(http: httpx.AsyncClient, fingerprint: str) -> str:
    return (await http.get(f"/v1/certificates/{fingerprint}")).json()["state"]
