"""Documents that came by another way are registered (N7), and what is entered late is kept as such (N4)."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from tests.integration.exchange.province import Province
from tests.integration.exchange.world import CLOUDEVENTS, Agency, World, attachment, fresh_pdf

from lienthong.common.clock import local_day
from lienthong.common.ids import new_id
from lienthong.common.messages.document import (
    CodeNumber,
    DocumentKind,
    DocumentType,
    LateEntry,
    Promulgation,
    Purpose,
    SealUse,
)
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.exchange import DocumentRegistered, SubmissionReceipt
from lienthong.common.messages.registration import Channel, Origin, Registration
from lienthong.common.messages.status import StatusCode
from lienthong.common.messages.topics import REGISTRATIONS
from lienthong.common.reading import AgencyMessages
from lienthong.common.signing import SignedBytes


def registration(agency: Agency, *, event: dict[str, Any] | None = None, **changes: Any) -> DocumentRegistered:
    now = agency.world.clock.now()
    members: dict[str, Any] = {
        "sender": agency.organization,
        "origin": Origin(
            channel=Channel.EMAIL,
            received_at=now - timedelta(hours=1),
            sender_name="Công ty Điện lực Tây Ninh",
            reference="<20261122.1@pctn.example>",
        ),
        "code": CodeNumber(number=str(int(new_id().hex[-5:], 16) + 1), notation="PCTN-KD"),
        "promulgation": Promulgation(place="Tây Ninh", date=local_day(now)),
        "document_type": DocumentType(kind=DocumentKind.CONG_VAN, name="Công văn"),
        "subject": "V/v lịch ngừng cung cấp điện tháng 12",
        "purpose": Purpose.INFORMATION,
        "sealed_by": SealUse(full_name="Trần Thị Lan"),
    }
    data = Registration(**(members | changes))
    envelope: dict[str, Any] = {"source": agency.identity.source, "time": now, "subject": str(new_id())}
    return DocumentRegistered.new(data=data, **(envelope | (event or {})))


def seal(agency: Agency, event: DocumentRegistered) -> SignedBytes:
    return agency.identity.signer.sign(to_bytes(event))


async def post(agency: Agency, signed: SignedBytes) -> httpx.Response:
    headers = agency.headers | {"Content-Type": CLOUDEVENTS, "X-JWS-Signature": signed.jws}
    return await agency.world.http.post("/v1/registrations", content=signed.payload, headers=headers)


async def register(agency: Agency, **changes: Any) -> tuple[DocumentRegistered, httpx.Response]:
    event = registration(agency, **changes)
    return event, await post(agency, seal(agency, event))


def codes(answer: httpx.Response) -> list[str]:
    told = answer.json()
    return [each["code"] for each in (told["violations"] if "violations" in told else told["warnings"])]


async def get(agency: Agency, path: str) -> httpx.Response:
    return await agency.world.http.get(f"/v1{path}", headers=agency.headers)


async def outage(world: World, began: datetime, ended: datetime) -> int:
    connection = await asyncpg.connect(world.dsn)
    try:
        return await connection.fetchval(
            "INSERT INTO outage (origin, began_at, ended_at, cause, recorded_at) "
            "VALUES ('declared', $1, $2, 'Đứt cáp', now()) RETURNING number",
            began,
            ended,
        )
    finally:
        await connection.close()


@pytest.mark.requirement("N7")
async def test_a_document_that_came_by_e_mail_is_registered_with_its_origin_and_file(world: World) -> None:
    agency = await world.agency()
    file = (await agency.upload(fresh_pdf())).json()
    event, answer = await register(agency, attachments=[attachment(file)])
    assert answer.status_code == 201, answer.text
    signed = SignedBytes.from_line(answer.json()["receipt"])
    world.check(signed)
    receipt = SubmissionReceipt.model_validate_json(signed.payload)
    assert (receipt.message_id, receipt.source, str(receipt.subject)) == (event.id, event.source, event.subject)
    (line,) = (await get(agency, "/registrations")).json()["registrations"]
    assert (line["message_id"], line["channel"], line["sender_name"]) == (
        str(event.id),
        "email",
        "Công ty Điện lực Tây Ninh",
    )
    whole = (await get(agency, f"/registrations/{event.id}")).json()
    assert SignedBytes.from_line(whole["message"]) == seal_of(whole)
    assert json.loads(whole["message"]["payload"])["data"]["origin"]["reference"] == "<20261122.1@pctn.example>"
    assert (await agency.download(file["sha256"])).status_code == 200
    assert await world.rows("SELECT FROM upload WHERE agency_id = $1 AND expires_at IS NULL", agency.id)
    acts = await world.rows("SELECT act, entry FROM audit WHERE who = $1", agency.identity.source)
    assert {"registration.accept", "registration.list", "registration.read"} <= {row["act"] for row in acts}
    assert all("ngừng cung cấp".encode() not in row["entry"] for row in acts)


def seal_of(whole: dict[str, Any]) -> SignedBytes:
    return SignedBytes.from_line({name: whole["message"][name] for name in ("protected", "payload", "signature")})


async def test_a_repeat_gets_the_first_answer_and_other_bytes_are_refused(world: World) -> None:
    agency = await world.agency()
    event = registration(agency)
    signed = seal(agency, event)
    first = await post(agency, signed)
    assert (first.status_code, (await post(agency, signed)).status_code) == (201, 200)
    assert (await post(agency, signed)).json() == first.json()
    other = registration(agency, event={"id": event.id})
    assert (await post(agency, seal(agency, other))).json()["code"] == "message_id_reused"
    assert len(await world.rows("SELECT FROM registration WHERE agency_id = $1", agency.id)) == 1


async def test_an_id_belongs_to_one_message_whatever_it_says(world: World) -> None:
    agency = await world.agency()
    sent = agency.event(agency.document([agency]))
    assert (await agency.post(agency.seal(sent))).status_code == 201
    same_id = registration(agency, event={"id": sent.id})
    assert (await post(agency, seal(agency, same_id))).status_code == 409


async def test_a_registration_goes_to_nobody_and_a_message_is_no_registration(world: World) -> None:
    agency = await world.agency()
    event = registration(agency)
    assert (await agency.post(seal(agency, event))).status_code == 400
    assert (await post(agency, agency.message(agency))).status_code == 400
    await register(agency)
    assert await agency.read_all() == []


async def test_what_is_wrong_is_told_at_once(world: World) -> None:
    agency = await world.agency()
    late = LateEntry(occurred_at=world.clock.now() - timedelta(days=400), by="Lan", reason="Mất mạng")
    origin = Origin(
        channel=Channel.POST, received_at=world.clock.now() + timedelta(hours=1), sender_name="Bưu điện tỉnh"
    )
    file = {"sha256": "0" * 64, "size": 1, "media_type": "application/pdf"}
    _, answer = await register(agency, origin=origin, late_entry=late, attachments=[attachment(file, name="a.exe")])
    assert answer.status_code == 422
    assert set(codes(answer)) == {
        "received_ahead",
        "late_entry_old",
        "attachment_unknown",
        "attachment_program",
    }
    kept, *_ = await world.rows("SELECT rules FROM refusal WHERE source = $1 ORDER BY id DESC", agency.id)
    assert set(kept["rules"]) == {"R-REGISTRATION", "N4", "R-ATTACHMENTS", "N10"}


async def test_the_seal_is_the_registering_agencys_own(world: World) -> None:
    agency, other = await world.agencies(2)
    answer = await post(agency, seal(other, registration(other)))
    assert (answer.status_code, set(codes(answer))) == (422, {"sender_mismatch"})
    changed = seal(agency, registration(agency))
    broken = SignedBytes(changed.payload.replace(b"PCTN-KD", b"PCTN-KH"), changed.jws)
    assert (await post(agency, broken)).json()["code"] == "signature_wrong"


@pytest.mark.requirement("N3")
async def test_doubles_and_words_of_secrecy_are_warned_of(world: World) -> None:
    agency = await world.agency()
    code = CodeNumber(number="77", notation="PCTN-KD")
    _, first = await register(agency, code=code)
    _, second = await register(agency, code=code, subject="V/v tài liệu mật")
    assert codes(first) == ["nothing_attached"]
    assert codes(second) == ["nothing_attached", "secrecy_suspected", "registered_before"]


@pytest.mark.requirement("N5")
async def test_another_agencys_registers_do_not_exist(world: World) -> None:
    owner, other = await world.agencies(2)
    late = LateEntry(occurred_at=world.clock.now() - timedelta(hours=2), by="Lan", reason="Mất mạng")
    event, _ = await register(owner, late_entry=late)
    there, nowhere = [await get(other, f"/registrations/{each}") for each in (event.id, new_id())]
    assert (there.status_code, there.json()["code"]) == (404, "registration_not_found")
    assert nowhere.json()["code"] == there.json()["code"]
    for path in ("/registrations", f"/registrations?before={event.id}", "/late-entries"):
        assert [each for each in (await get(other, path)).json().values() if each] == []


async def test_lists_are_paged_from_the_newest(world: World) -> None:
    agency = await world.agency()
    made = [str((await register(agency))[0].id) for _ in range(5)]
    first = (await get(agency, "/registrations?limit=2")).json()["registrations"]
    rest = (await get(agency, f"/registrations?before={first[-1]['message_id']}")).json()["registrations"]
    assert [each["message_id"] for each in first + rest] == made[::-1]


@pytest.mark.requirement("N4")
async def test_late_entries_are_linked_to_the_outage_that_covers_them(world: World) -> None:
    sender, recipient = await world.agencies(2)
    # The ledger is the platform's: another test's outage must not cover what this one calls unknown.
    then = world.clock.now() - timedelta(days=30)
    number = await outage(world, then - timedelta(minutes=5), then + timedelta(minutes=5))
    covered = LateEntry(occurred_at=then, by="Trần Thị Lan", reason="Đứt cáp")
    unknown = LateEntry(occurred_at=then - timedelta(days=1), by="Trần Thị Lan", reason="Mất điện")
    assert codes(await sender.post(sender.message(recipient, late_entry=covered))) == ["nothing_attached"]
    assert "outage_unknown" in codes(await sender.post(sender.message(recipient, late_entry=unknown)))
    _, registered = await register(sender, late_entry=covered)
    assert "outage_unknown" not in codes(registered)
    told = (await get(sender, "/late-entries")).json()["late_entries"]
    kinds = [each["type"].split(".")[-2] for each in told]
    assert kinds == ["document_registered", "document_sent", "document_sent"]
    assert [each["outage"] for each in told] == [number, None, number]
    assert {each["by"] for each in told} == {"Trần Thị Lan"}
    assert all(each["occurred_at"] < each["entered_at"] for each in told)


@pytest.mark.requirement("N4")
async def test_an_outage_that_is_written_down_afterwards_is_linked_to_what_was_entered_before(world: World) -> None:
    sender, recipient = await world.agencies(2)
    then = world.clock.now() - timedelta(days=40)
    late = LateEntry(occurred_at=then, by="Trần Thị Lan", reason="Mất điện")
    message = sender.message(recipient, late_entry=late)
    assert "outage_unknown" in codes(await sender.post(message))
    number = await outage(world, then - timedelta(minutes=5), then + timedelta(minutes=5))
    (told,) = (await get(sender, "/late-entries")).json()["late_entries"]
    track = (await sender.track(sender, told["message_id"])).json()
    assert (told["outage"], track["late_entry"]["outage"]) == (number, number)


@pytest.mark.requirement("N4")
async def test_a_status_entered_late_keeps_its_true_time(world: World) -> None:
    sender, recipient = await world.agencies(2)
    await sender.send(recipient)
    (entry,) = await recipient.read_all()
    happened = world.clock.now()
    late = LateEntry(occurred_at=happened, by="Lê Văn An", reason="Mất mạng nội bộ")
    answer = await recipient.report(entry, StatusCode.RECEIVED, late_entry=late, time=happened)
    assert (answer.status_code, codes(answer)) == (201, ["outage_unknown"])
    (kept,) = (await get(recipient, "/late-entries")).json()["late_entries"]
    assert (kept["reason"], kept["subject"]) == ("Mất mạng nội bộ", entry.event["subject"])
    track = (await sender.track(sender, entry.event["id"])).json()
    (said,) = track["recipients"][0]["statuses"]
    assert (said["late_entry"]["by"], said["late_entry"]["outage"], track["late_entry"]) == ("Lê Văn An", None, None)


@pytest.mark.requirement("N7")
async def test_the_topic_carries_registrations_with_seal_and_receipt(world: World, province: Province) -> None:
    agency = await world.agency()
    made = [(await register(agency))[0].id for _ in range(3)]
    consumer = AIOKafkaConsumer(
        REGISTRATIONS.name, bootstrap_servers=province.servers.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    world.trust.take(world.voice.certificate(agency.identity))
    try:
        found = await _read(world, consumer, agency, len(made))
    finally:
        await consumer.stop()
    assert [each.id for each in found] == made


async def _read(world: World, consumer: Any, agency: Agency, count: int) -> Sequence[DocumentRegistered]:
    read, found = AgencyMessages(world.trust, environment="training"), list[DocumentRegistered]()
    async with asyncio.timeout(15):
        while len(found) < count:
            record = await consumer.getone()
            if record.key == str(agency.id).encode():
                event = read(record).event
                assert isinstance(event, DocumentRegistered)
                found.append(event)
    return found
