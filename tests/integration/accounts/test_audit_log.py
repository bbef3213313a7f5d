"""Accounts' audit log is in blocks that its own key signed and an authority stamped."""

import httpx
from tests.integration.accounts.installation import Installation, until_answered

from lienthong.common.messages.evidence import AccountsAuditHead, stamped_digest
from lienthong.common.signing import RevocationData, SignedBytes, TrustStore, load_chain
from lienthong.common.timestamps import verify_token

_LAST = "SELECT last_tx, last_id FROM audit_block WHERE stamp IS NOT NULL ORDER BY block DESC LIMIT 1"


async def test_what_accounts_does_comes_into_a_block_that_it_signs_and_an_authority_stamps(
    accounts: Installation, http: httpx.AsyncClient
) -> None:
    await until_answered(lambda: _all_stamped(accounts))
    own = load_chain((accounts.folder / "accounts.pem").read_bytes())[0]
    trust, lists = TrustStore(accounts.authority.anchors), RevocationData()
    for each in await accounts.fetch("SELECT crl FROM revocation_list"):
        lists.add_crl(each["crl"])
    rows = await accounts.fetch("SELECT block, head, head_jws, stamp FROM audit_block WHERE stamp IS NOT NULL")
    assert rows
    for row in rows:
        head, signed = AccountsAuditHead.model_validate_json(row["head"]), SignedBytes(row["head"], row["head_jws"])
        assert (head.service, head.block) == ("accounts", row["block"])
        assert signed.unverified_header().fingerprint == own.fingerprint
        digest = stamped_digest(signed.payload, signed.jws)
        assert verify_token(row["stamp"], digest, trust=trust, revocations=lists).not_after >= head.time
    told = (await http.get("/metrics")).text
    assert 'lienthong_audit_rounds_total{outcome="done"}' in told
    assert "lienthong_audit_unstamped_seconds" in told


async def _all_stamped(accounts: Installation) -> bool:
    waiting = await accounts.fetch(f"SELECT 1 FROM audit WHERE (tx, id) > ({_LAST})")
    return bool(await accounts.fetch(_LAST)) and not waiting
