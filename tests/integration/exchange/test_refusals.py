"""What is not admitted, in which words, and that nothing of it stays."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.integration.exchange.province import Province
from tests.integration.exchange.world import Agency, World, attachment, fresh_pdf

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.messages.document import ComplaintClass, Secrecy
from lienthong.common.signing import SignedBytes
from lienthong.common.testing.voice import Voice


def codes(problem: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(each["code"], each.get("rule"), each["pointer"]) for each in problem["violations"]]


@pytest.mark.requirement("N3")
@pytest.mark.parametrize(
    ("declared", "code", "pointer"),
    [
        ({"secrecy": Secrecy.CONFIDENTIAL}, "secret_document", "/data/secrecy"),
        ({"secrecy": Secrecy.SECRET}, "secret_document", "/data/secrecy"),
        ({"secrecy": Secrecy.TOP_SECRET}, "secret_document", "/data/secrecy"),
        ({"complaint_class": ComplaintClass.DISPUTE}, "complaint_document", "/data/complaint_class"),
        ({"complaint_class": ComplaintClass.COMPLAINT}, "complaint_document", "/data/complaint_class"),
        ({"complaint_class": ComplaintClass.DENUNCIATION}, "complaint_document", "/data/complaint_class"),
    ],
)
async def test_what_must_not_travel_here_is_refused(
    world: World, declared: dict[str, Any], code: str, pointer: str
) -> None:
    sender, recipient = await world.agencies(2)
    answer = await sender.post(sender.message(recipient, **declared))
    assert answer.status_code == 422
    assert answer.json()["rule"] == "N3"
    assert codes(answer.json()) == [(code, "N3", pointer)]
    assert await recipient.read_all() == []


@pytest.mark.requirement("N3")
async def test_of_a_secret_document_nothing_stays(world: World, province: Province) -> None:
    sender, recipient = await world.agencies(2)
    marker = f"Con ong {new_id().hex}"
    file = (await sender.upload(fresh_pdf() + marker.encode())).json()
    stored = objects(province, file["sha256"])
    assert stored.is_file()
    told = {"subject": marker, "content": marker, "attachments": [attachment(file, name=f"{marker}.pdf")]}
    message = sender.message(recipient, secrecy=Secrecy.TOP_SECRET, **told)
    assert (await sender.post(message)).status_code == 422
    assert not stored.exists()
    assert (await sender.download(file["sha256"])).status_code == 404
    (refusal,) = await world.rows("SELECT * FROM refusal WHERE source = $1 AND message_id IS NOT NULL", sender.id)
    assert set(refusal.keys()) == {"id", "source", "message_id", "sha256", "rules", "refused_at"}
    assert refusal["rules"] == ["N3"]
    assert await world.rows("SELECT FROM message WHERE sender = $1", sender.id) == []
    assert await world.rows("SELECT FROM upload WHERE agency_id = $1", sender.id) == []
    assert await tables_with(world, marker) == []
    assert files_with(province.folder, marker) == []
    # The search itself finds what is kept: the same marker in a document that may travel.
    assert (await sender.post(sender.message(recipient, subject=marker))).status_code == 201
    assert await tables_with(world, marker) == ["message"]


@pytest.mark.requirement("N3")
async def test_a_malformed_secret_document_is_refused_as_secret(world: World, province: Province) -> None:
    sender, recipient = await world.agencies(2)
    file = (await sender.upload(fresh_pdf())).json()
    message = sender.message(recipient, secrecy=Secrecy.SECRET, attachments=[attachment(file)])
    broken = json.loads(message.payload)
    del broken["data"]["promulgation"]
    answer = await sender.post(sender.identity.signer.sign(json.dumps(broken).encode()))
    assert answer.status_code == 422
    assert codes(answer.json()) == [
        ("secret_document", "N3", "/data/secrecy"),
        ("missing", None, "/data/promulgation"),
    ]
    assert not objects(province, file["sha256"]).exists()


@pytest.mark.requirement("N8")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ba\u0301o ca\u0301o", "not_nfc"),
        ("Trường Lê Quý Ðôn", "look_alike"),
        ("Báo cáo \u200bnăm", "invisible"),
        ("C«ng hßa x· héi chñ nghÜa ViÖt Nam", "legacy_encoding"),
    ],
)
async def test_text_that_is_not_clean_unicode_is_refused(world: World, text: str, code: str) -> None:
    sender, recipient = await world.agencies(2)
    message = json.loads(sender.message(recipient).payload)
    message["data"]["subject"] = text
    answer = await sender.post(sender.identity.signer.sign(json.dumps(message, ensure_ascii=False).encode()))
    assert answer.status_code == 422
    assert codes(answer.json()) == [(code, "N8", "/data/subject")]


async def test_everything_that_is_wrong_is_told_at_once(world: World) -> None:
    sender, ended, merged, successor = await world.agencies(4)
    await world.tell_agency(world.record(ended, version=2, state=AgencyLife.ENDED))
    await world.tell_agency(world.record(merged, version=2, state=AgencyLife.MERGED, successors=[successor.id]))
    unknown = await world.agency("Sở chưa đăng ký", registered=False)
    await world.until(lambda: _is_merged(world, merged), "the register is up to date")
    message = sender.message(
        ended, merged, unknown, successor, successor, secrecy=Secrecy.SECRET, subject="Ðiều chỉnh", after=new_id()
    )
    answer = await sender.post(message)
    assert answer.status_code == 422
    assert codes(answer.json()) == [
        ("secret_document", "N3", "/data/secrecy"),
        ("look_alike", "N8", "/data/subject"),
        ("recipient_ended", "R-RECIPIENTS", "/data/to/0/agency_id"),
        ("recipient_merged", "R-RECIPIENTS", "/data/to/1/agency_id"),
        ("recipient_unknown", "R-RECIPIENTS", "/data/to/2/agency_id"),
        ("recipient_twice", "R-RECIPIENTS", "/data/to/4/agency_id"),
        ("predecessor_missing", "R-AFTER", "/data/after"),
    ]
    assert str(successor.id) in answer.json()["violations"][3]["advice"]


@pytest.mark.requirement("N2")
@pytest.mark.parametrize("speaks", ["another_source", "another_sender", "another_seal"])
async def test_nobody_speaks_for_another_agency(world: World, speaks: str) -> None:
    sender, other = await world.agencies(2)
    if speaks == "another_source":
        message = sender.seal(sender.event(sender.document([other]), source=other.identity.source))
    elif speaks == "another_sender":
        message = sender.message(other, sender=other.organization)
    else:
        message = other.seal(sender.event(sender.document([other])))
    answer = await sender.post(message)
    assert answer.status_code == 422
    assert [code for code, _, _ in codes(answer.json())] == ["sender_mismatch"]
    assert await other.read_all() == []


@pytest.mark.requirement("N2")
async def test_a_changed_byte_is_refused(world: World) -> None:
    sender, recipient = await world.agencies(2)
    message = sender.message(recipient)
    changed = SignedBytes(message.payload.replace("tháng 11".encode(), "tháng 12".encode()), message.jws)
    answer = await sender.post(changed)
    assert (answer.status_code, answer.json()["code"]) == (422, "signature_wrong")
    assert codes(answer.json()) == [("signature.wrong", None, "header:X-JWS-Signature")]


@pytest.mark.requirement("N2")
async def test_a_seal_of_a_foreign_authority_is_unknown(world: World) -> None:
    sender, recipient = await world.agencies(2)
    foreign = Voice(world.clock).agency(sender.id, name=sender.name)
    event = sender.event(sender.document([recipient]))
    forged = foreign.signer.sign(sender.seal(event).payload)
    assert (await sender.post(forged)).json()["code"] == "certificate_unknown"


async def test_an_unsealed_message_is_refused(world: World) -> None:
    sender, recipient = await world.agencies(2)
    message = sender.message(recipient)
    headers = sender.headers | {"Content-Type": "application/cloudevents+json"}
    answer = await world.http.post("/v1/messages", content=message.payload, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "seal_missing")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"to":', b'"too":', "malformed_event"),
        (b".document_sent.v1", b".document_lost.v1", "unknown_event_type"),
        (b'{"specversion"', b'{"id":"x","specversion"', "malformed_json"),
        (b"}", b"", "malformed_json"),
        (b'"B', b'"\xff', "malformed_json"),
    ],
)
async def test_what_is_no_message_is_refused(world: World, old: bytes, new: bytes, code: str) -> None:
    sender, recipient = await world.agencies(2)
    changed = sender.message(recipient).payload.replace(old, new)
    answer = await sender.post(sender.identity.signer.sign(changed))
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_problems_are_told_in_vietnamese_unless_english_is_asked_for(world: World) -> None:
    sender, recipient = await world.agencies(2)
    message = sender.message(recipient, secrecy=Secrecy.SECRET)
    vietnamese = await sender.post(message, **{"Accept-Language": "vi"})
    english = await sender.post(message, **{"Accept-Language": "en"})
    assert vietnamese.json()["title"] == "Thông điệp không được tiếp nhận vào trục liên thông"
    assert english.json()["title"] == "The message was not admitted"


async def test_a_message_waits_for_the_one_it_comes_after(world: World) -> None:
    sender, recipient = await world.agencies(2)
    first = sender.event(sender.document([recipient]))
    second = sender.message(recipient, after=first.id)
    assert (await sender.post(second)).status_code == 422
    assert (await sender.post(sender.seal(first))).status_code == 201
    assert (await sender.post(second)).status_code == 201


async def tables_with(world: World, text: str) -> list[str]:
    """The tables in which a text stands anywhere, in columns of bytes too (a row as text shows them as hex)."""
    tables = await world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    pattern = f"{text}|{text.encode().hex()}"
    names = [row["tablename"] for row in tables]
    return [name for name in names if await world.rows(f'SELECT FROM "{name}" AS t WHERE t::text ~ $1', pattern)]


def files_with(folder: Path, text: str) -> list[Path]:
    """Files of the exchange, objects and logs, in which a text stands; the servers' own are asked by SQL."""
    found = (path for path in folder.rglob("*") if path.is_file() and "servers" not in path.parts)
    return [path for path in found if text.encode() in path.read_bytes()]


def objects(province: Province, sha256: str) -> Path:
    return province.folder / "exchange" / "objects" / sha256[:2] / sha256[2:4] / sha256


async def _is_merged(world: World, agency: Agency) -> bool:
    rows = await world.rows("SELECT state FROM agency WHERE agency_id = $1", agency.id)
    return [row["state"] for row in rows] == ["merged"]
