"""The province is imported and its agencies enrol: by the commands an operator and an agency really type."""

import asyncio

from tests.demo.stage import CODES, EXCHANGERS, Stage


async def enrol_agencies(stage: Stage) -> None:
    """Import the province, enrol the agencies and the one whose certificate is revoked later."""
    report = stage.report
    report.chapter("Nhập danh bạ tỉnh, đăng ký cơ quan", "The province is imported, agencies enrol")
    plan = await stage.operator("agencies", "import")
    known = len(plan["added"]) + len(plan["changed"]) + plan["unchanged"]
    counts = f"{known} cơ quan / agencies, {len(plan['added'])} mới / new, {len(plan['errors'])} lỗi / errors"
    report.show("Danh bạ cơ quan", "Register of agencies", seen=counts, ok=known > 0 and not plan["errors"])
    await _free("interior", stage)
    gate = asyncio.Semaphore(2)

    async def one(role: str) -> bool:
        async with gate:
            return await stage.enrol(role)

    roles = (*EXCHANGERS, "interior")
    new = sum(await asyncio.gather(*(one(role) for role in roles)))
    for role in roles:
        agency = await stage.open(role)
        who = await agency.whoami()
        seen = f"{who.name} · {who.code}"
        report.show("Đã đăng ký", "Enrolled", seen=seen, ok=who.code == CODES[role])
    again = f", {len(roles) - new} từ lần trước / from an earlier run" if new < len(roles) else ""
    report.show("Đăng ký mới", "Enrolled now", seen=f"{new}{again}", ok=True)


async def _free(role: str, stage: Stage) -> None:
    """An earlier run may have ended before it revoked this agency's seal: then it would hold one still."""
    await revoke_all(role, stage, "diễn tập lần trước chưa kết thúc")
    (stage.profile(role) / "seal.pem").unlink(missing_ok=True)
    (stage.profile(role) / "seal.csr").unlink(missing_ok=True)


async def revoke_all(role: str, stage: Stage, reason: str) -> int:
    """Revoke every active seal of an agency as its operator would; how many there were."""
    if not stage.profile(role).exists():
        return 0
    listed = await stage.operator("certificates", "list", "--agency", CODES[role], "--state", "active")
    for each in listed:
        await stage.operator("certificates", "revoke", each["fingerprint"], "--reason", reason)
    return len(listed)
