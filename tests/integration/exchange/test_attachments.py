"""Files: uploaded before the message that carries them, adopted by it, read by those entitled, gone otherwise."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.integration.exchange.province import Province
from tests.integration.exchange.world import World, attachment, fresh_pdf

from lienthong.common.messages.document import Secrecy


async def test_an_uploaded_file_is_read_by_sender_and_recipient(world: World) -> None:
    sender, recipient = await world.agencies(2)
    content = fresh_pdf()
    uploaded = await sender.upload(content)
    assert uploaded.status_code == 201
    file = uploaded.json()
    assert file == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "media_type": "application/pdf",
        "scan": "not_scanned",
    }
    assert (await recipient.download(file["sha256"])).status_code == 404, "not sent yet"
    await sender.send(recipient, attachments=[attachment(file)])
    for reader in (sender, recipient):
        answer = await reader.download(file["sha256"])
        assert (answer.status_code, answer.content) == (200, content)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == "attachment"


@pytest.mark.parametrize("said", ["ứng dụng/pdf", "text/html\r\nX-Own: 1"])
async def test_a_file_is_read_whatever_its_sender_called_it(world: World, said: str) -> None:
    sender, recipient = await world.agencies(2)
    content = fresh_pdf()
    file = (await sender.upload(content)).json()
    await sender.send(recipient, attachments=[attachment(file, media_type=said)])
    answer = await recipient.download(file["sha256"])
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "x-own" not in answer.headers


async def test_a_range_is_read(world: World) -> None:
    agency = await world.agency()
    content = fresh_pdf()
    sha256 = (await agency.upload(content)).json()["sha256"]
    part = await agency.download(sha256, Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, content[100:200])
    assert part.headers["content-range"] == "bytes 100-199/5000"
    outside = await agency.download(sha256, Range="bytes=5000-")
    assert (outside.status_code, outside.headers["content-range"]) == (416, "bytes */5000")
    assert (outside.headers["content-type"], outside.json()["code"]) == ("application/problem+json", "range_not_there")


async def test_bytes_that_are_not_what_was_said_are_not_kept(world: World, province: Province) -> None:
    agency = await world.agency()
    content = fresh_pdf()
    answer = await agency.upload(content, said=b"something else")
    assert (answer.status_code, answer.json()["code"]) == (422, "digest_mismatch")
    for said in (content, b"something else"):
        sha256 = hashlib.sha256(said).hexdigest()
        assert (await agency.download(sha256)).status_code == 404
        assert not stored(province, sha256).exists()
    assert await world.rows("SELECT FROM upload WHERE agency_id = $1", agency.id) == []


@pytest.mark.parametrize("digest", [None, "sha-256=abc", "md5=:AAAA:", "sha-256=:AAAA:"])
async def test_an_upload_names_its_digest(world: World, digest: str | None) -> None:
    agency = await world.agency()
    headers = agency.headers | ({"Content-Digest": digest} if digest else {})
    answer = await world.http.post("/v1/attachments", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "digest_missing")


@pytest.mark.requirement("N10")
@pytest.mark.parametrize(
    ("media_type", "content", "code"),
    [
        ("application/pdf", b"#!/bin/sh\n" + b"rm -rf /\n" * 9000, "attachment_type_forbidden"),
        ("application/x-msdownload", b"MZ", "attachment_type_forbidden"),
        ("application/pdf", b"PK\x03\x04" + bytes(100_000), "attachment_type_mismatch"),
        ("application/pdf", b"a", "attachment_type_mismatch"),
    ],
)
async def test_what_is_not_what_it_is_called_is_not_kept(
    world: World, province: Province, media_type: str, content: bytes, code: str
) -> None:
    agency = await world.agency()
    answer = await agency.upload(content, media_type=media_type)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not stored(province, hashlib.sha256(content).hexdigest()).exists()
    assert await world.rows("SELECT FROM upload WHERE agency_id = $1", agency.id) == []


async def test_an_empty_file_is_refused(world: World) -> None:
    agency = await world.agency()
    assert (await agency.upload(b"")).json()["code"] == "attachment_empty"


async def test_only_own_uploads_are_referenced(world: World) -> None:
    sender, other, recipient = await world.agencies(3)
    file = (await other.upload(fresh_pdf())).json()
    answer = await sender.post(sender.message(recipient, attachments=[attachment(file)]))
    never = attachment(file, sha256="0" * 64)
    unknown = await sender.post(sender.message(recipient, attachments=[never]))
    assert answer.status_code == unknown.status_code == 422
    first, second = answer.json()["violations"], unknown.json()["violations"]
    assert first == second, "whether somebody else holds the bytes does not show"
    assert first[0]["code"] == "attachment_unknown"


async def test_a_reference_says_what_was_uploaded(world: World) -> None:
    sender, recipient = await world.agencies(2)
    file = (await sender.upload(fresh_pdf())).json()
    two = [attachment(file, size=17), attachment(file, name="../thư mục/tệp.pdf")]
    answer = await sender.post(sender.message(recipient, attachments=two))
    found = [(each["code"], each["pointer"]) for each in answer.json()["violations"]]
    assert found == [
        ("attachment_size", "/data/attachments/0/size"),
        ("attachment_id_twice", "/data/attachments/1/id"),
        ("attachment_name", "/data/attachments/1/name"),
    ]


async def test_what_no_message_adopts_is_gone_in_time(world: World, province: Province) -> None:
    sender, recipient = await world.agencies(2)
    kept, lost = [(await sender.upload(fresh_pdf())).json() for _ in range(2)]
    await sender.send(recipient, attachments=[attachment(kept)])
    await world.rows(
        "UPDATE upload SET expires_at = now() - interval '1 s' WHERE agency_id = $1 AND expires_at IS NOT NULL",
        sender.id,
    )
    refused = await sender.post(sender.message(recipient, attachments=[attachment(lost)]))
    assert refused.status_code == 422, "over is over, also before the timers come round"

    async def is_gone() -> bool:
        return not stored(province, lost["sha256"]).exists()

    await world.until(is_gone, "the file is removed")
    assert stored(province, kept["sha256"]).exists()
    assert (await recipient.download(kept["sha256"])).status_code == 200


async def test_a_file_that_another_agency_holds_stays(world: World, province: Province) -> None:
    first, second = await world.agencies(2)
    content = fresh_pdf()
    sha256 = (await first.upload(content)).json()["sha256"]
    await second.upload(content)
    await world.rows("UPDATE upload SET expires_at = now() - interval '1 s' WHERE agency_id = $1", first.id)

    async def first_lost_it() -> bool:
        waiting = await world.rows("SELECT FROM destruction WHERE sha256 = $1", bytes.fromhex(sha256))
        return (await first.download(sha256)).status_code == 404 and not waiting

    await world.until(first_lost_it, "the first upload has ended")
    assert (await second.download(sha256)).content == content


async def test_an_upload_that_breaks_off_leaves_nothing(world: World, province: Province) -> None:
    agency = await world.agency()
    content = fresh_pdf(100_000)

    async def broken() -> AsyncIterator[bytes]:
        yield content[:50_000]
        raise ConnectionError

    headers = agency.headers | {"Content-Digest": digest_of(content)}
    with pytest.raises(ConnectionError):
        await world.http.post("/v1/attachments", content=broken(), headers=headers)

    async def is_forgotten() -> bool:
        return not await world.rows("SELECT FROM upload WHERE agency_id = $1", agency.id)

    await world.until(is_forgotten, "nothing is left of the upload")
    assert not list((province.folder / "exchange" / "objects" / "incoming").iterdir())


async def test_a_file_that_comes_behind_the_refusal_of_its_message_is_not_kept(
    world: World, province: Province
) -> None:
    sender, recipient = await world.agencies(2)
    content = fresh_pdf(100_000)
    sha256 = hashlib.sha256(content).hexdigest()
    file = {"sha256": sha256, "size": len(content), "media_type": "application/pdf"}
    refused = asyncio.Event()

    async def held_up() -> AsyncIterator[bytes]:
        yield content[:50_000]
        await refused.wait()
        yield content[50_000:]

    headers = sender.headers | {"Content-Digest": digest_of(content)}
    coming = asyncio.create_task(world.http.post("/v1/attachments", content=held_up(), headers=headers))

    async def is_coming() -> bool:
        return bool(await world.rows("SELECT FROM upload WHERE agency_id = $1", sender.id))

    await world.until(is_coming, "the upload has begun")
    message = sender.message(recipient, attachments=[attachment(file)], secrecy=Secrecy.SECRET)
    assert (await sender.post(message)).status_code == 422
    refused.set()
    assert (await coming).json()["code"] == "upload_broken"

    async def is_gone() -> bool:
        waiting = await world.rows("SELECT FROM destruction WHERE sha256 = $1", bytes.fromhex(sha256))
        return not waiting and not stored(province, sha256).exists()

    await world.until(is_gone, "nothing of the file is left")


async def test_one_agency_does_not_take_the_places_of_all_uploads(world: World) -> None:
    greedy, other = await world.agencies(2)
    enough = asyncio.Event()

    async def endless(content: bytes) -> AsyncIterator[bytes]:
        yield content[:1000]
        await enough.wait()
        yield content[1000:]

    def begin(content: bytes) -> "asyncio.Task[httpx.Response]":
        headers = greedy.headers | {"Content-Digest": digest_of(content)}
        return asyncio.create_task(world.http.post("/v1/attachments", content=endless(content), headers=headers))

    uploads = [begin(fresh_pdf()) for _ in range(16)]

    async def are_coming() -> bool:
        return len(await world.rows("SELECT FROM upload WHERE agency_id = $1", greedy.id)) == 16

    await world.until(are_coming, "the agency's share is used up")
    assert (await greedy.upload(fresh_pdf())).status_code == 429
    assert (await other.upload(fresh_pdf())).status_code == 201
    enough.set()
    assert {each.status_code for each in await asyncio.gather(*uploads)} == {201}


async def test_many_large_uploads_at_once(world: World) -> None:
    agency = await world.agency()
    contents = [fresh_pdf(3 << 20) for _ in range(6)]
    answers = await asyncio.gather(*(agency.upload(content) for content in contents))
    assert {answer.status_code for answer in answers} == {201}


def stored(province: Province, sha256: str) -> Path:
    return province.folder / "exchange" / "objects" / sha256[:2] / sha256[2:4] / sha256


def digest_of(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
