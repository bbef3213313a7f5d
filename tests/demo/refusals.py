"""What must be refused is refused, by name: nobody's document is accepted that should not be."""

import asyncio
import datetime as dt
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import httpx
from tests.demo.enrol import revoke_all
from tests.demo.material import PEOPLE
from tests.demo.stage import CODES, Stage

from lienthong.common import pki
from lienthong.common.clock import SystemClock
from lienthong.common.errors import LienthongError
from lienthong.common.signing.algorithms import PrivateKey
from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.keys import LocalKey
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.signer import Signer
from lienthong.common.testing.errors import ServersError
from lienthong.sdk import Sealed, Secrecy
from lienthong.sdk.commands.output import describe
from lienthong.sdk.enrolment import Wish, enrol
from lienthong.sdk.transport import Patience, Transport

RECIPIENT = "education"
LIVES = tuple(dt.timedelta(seconds=seconds) for seconds in (6, 20, 60, 180))
"""Of a seal that is to run out: the shortest in which this machine enrols with it and sends one document."""


async def show_refusals(stage: Stage) -> None:
    """One after the other, each with its message."""
    stage.report.chapter("Những gì phải bị từ chối", "What must be refused")
    await revoke_all("health", stage, "diễn tập lần trước chưa kết thúc")
    await _foreign_enrolment(stage)
    expiry = await _enrol_short_lived(stage)
    await _secret_document(stage)
    await _changed_byte(stage)
    await _foreign_authority(stage)
    await _expired(stage, expiry)


async def error_of(work: Awaitable[Any]) -> LienthongError | None:
    """The error of what had to fail; None where it did not."""
    try:
        await work
    except LienthongError as error:
        return error
    return None


async def _secret_document(stage: Stage) -> None:
    agency = stage.clients["finance"]
    draft = stage.material.draft("finance", secrecy=Secrecy.SECRET)
    document = await agency.compose(draft, to=[CODES["justice"]])
    error = await error_of(agency.send(document))
    stage.report.refusal("Văn bản độ Tối mật", "A secret document", error, expected=frozenset({"N3"}))


async def _changed_byte(stage: Stage) -> None:
    agency = stage.clients["finance"]
    sealed = await _sealed(stage, "finance")
    changed = bytearray(sealed.signed.payload)
    place = changed.index(b'"subject":"V/v') + len(b'"subject":"')
    changed[place] ^= 0x20
    forged = Sealed(sealed.message_id, SignedBytes(bytes(changed), sealed.signed.jws))
    error = await error_of(agency.submit(forged))
    expected = frozenset({"signature.wrong"})
    stage.report.refusal("Một byte bị sửa sau khi ký", "One byte changed after signing", error, expected=expected)


async def _foreign_authority(stage: Stage) -> None:
    agency = stage.clients["finance"]
    key, (certificate, _) = _foreign_seal(agency.profile.agency_id, "Sở Tài chính")
    sealed = await _sealed(stage, "finance")
    signed = Signer(LocalKey.of(key, certificate), SystemClock().now).sign(sealed.signed.payload)
    error = await error_of(agency.submit(Sealed(sealed.message_id, signed)))
    expected = frozenset({"certificate.unknown", "certificate.foreign_ca"})
    stage.report.refusal("Ký bằng chứng thư của CA lạ", "Sealed under a foreign CA", error, expected=expected)


async def _foreign_enrolment(stage: Stage) -> None:
    health = await stage.clients["finance"].directory.find(CODES["health"])
    key, chain = _foreign_seal(health.agency_id, "Sở Y tế")
    error = await error_of(_enrol_with(stage, key, chain, await stage.enrolment_code("health"), folder="foreign"))
    expected = frozenset({"certificate.foreign_ca"})
    stage.report.refusal("Đăng ký chứng thư của CA lạ", "Enrolling a foreign CA's seal", error, expected=expected)


def _foreign_seal(agency_id: UUID, name: str) -> tuple[PrivateKey, tuple[Certificate, ...]]:
    now = dt.datetime.now(dt.UTC)
    foreign = pki.make_training_authority(now - dt.timedelta(minutes=1), name="foreign")
    key = pki.generate_key()
    certificate = pki.issue_agency(foreign.issuing, pki.own_key(key), agency_id=agency_id, name=name, at=now)
    return key, (certificate, foreign.issuing.certificate)


async def _enrol_short_lived(stage: Stage) -> dt.datetime:
    """An agency enrols with a seal that soon runs out; its first document is accepted. Gives the end."""
    for life in LIVES:
        try:
            return await _sent_in_time(stage, life)
        except LienthongError as error:
            # Slower than the seal's life: another, which lives longer.
            if "expired" not in f"{error} {describe(error, 'en')}":
                raise
        await revoke_all("health", stage, "hết hạn trước khi dùng (diễn tập)")
    raise ServersError(f"no document was sent under a seal that lives {LIVES[-1]}")


async def _sent_in_time(stage: Stage, life: dt.timedelta) -> dt.datetime:
    code = await stage.enrolment_code("health")
    agency_id = (await stage.clients["finance"].directory.find(CODES["health"])).agency_id
    issuing = pki.load_authority(stage.platform.places.authority).issuing
    # Issued an hour ago, as far as its dates say: only its end is of interest.
    key, begin = pki.generate_key(), dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    certificate = pki.issue_agency(
        issuing, pki.own_key(key), agency_id=agency_id, name="Sở Y tế", at=begin,
        lifetime=dt.timedelta(hours=1) + life,
    )  # fmt: skip
    await _enrol_with(stage, key, (certificate, *issuing.chain), code)
    agency = await stage.open("health", clock=SystemClock(-dt.timedelta(minutes=5)))
    stage.note("health", (RECIPIENT,), await agency.submit(await _sealed(stage, "health")))
    return certificate.not_after


async def _expired(stage: Stage, expiry: dt.datetime) -> None:
    await asyncio.sleep(max(0.0, (expiry - dt.datetime.now(dt.UTC)).total_seconds() + 0.1))
    # The sender's clock is five minutes late, so it still signs; the exchange's is not.
    error = await error_of(stage.clients["health"].submit(await _sealed(stage, "health")))
    expected = frozenset({"certificate.expired"})
    stage.report.refusal("Chứng thư hết hạn", "An expired certificate", error, expected=expected)


async def _enrol_with(
    stage: Stage, key: PrivateKey, chain: tuple[Certificate, ...], code: str, folder: str = "health"
) -> None:
    """Enrol the health department with a seal brought from elsewhere."""
    place = stage.profile(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name in ("profile.toml", "seal.pem", "client.key"):
        (place / name).unlink(missing_ok=True)
    pki.write_private(place / "brought.key", pki.key_to_pem(key))
    (place / "brought.pem").write_bytes(b"".join(each.to_pem() for each in chain))
    wish = Wish(
        accounts=stage.platform.accounts_url,
        exchange=stage.platform.exchange_url,
        environment="training",
        anchors=stage.platform.anchors.read_bytes(),
        agency=CODES["health"],
        code=code,
        client_name="Hệ thống quản lý văn bản",
        clerk=PEOPLE["health"][2],
        seal=f"file:{place / 'brought.key'}?certificate={place / 'brought.pem'}",
    )
    async with httpx.AsyncClient() as client:
        await enrol(place, wish, Transport(client, Patience(), "vi"), SystemClock())


async def _sealed(stage: Stage, role: str) -> Sealed:
    agency = stage.clients[role]
    return agency.seal(await agency.compose(stage.material.draft(role), to=[CODES[RECIPIENT]]))
