"""One document from the sender's seal to the recipient's acknowledgement, by every hand it passes through."""

import json
from pathlib import Path

import pytest
from tests.integration.journeys.bus import records_of
from tests.integration.journeys.province import JUSTICE, OFFICE, compose, opened, read_all, send

from lienthong.common.messages.exchange import SubmissionReceipt
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.testing.platform import Platform
from lienthong.sdk import Lane, Letter, NotReadYet, Refused, Secrecy

pytestmark = pytest.mark.xdist_group("platform")


async def test_a_document_with_a_file_arrives_verified_and_is_acknowledged(
    finance: Path, justice: Path, tmp_path: Path
) -> None:
    file = tmp_path / "Quyết định số 12.pdf"
    file.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 4096)
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        upload = await sender.upload(file)
        document = await compose(sender, [JUSTICE])
        sent = await sender.send(document.model_copy(update={"attachments": (upload.as_attachment("file-1"),)}))
        (letter,) = [letter async for letter in recipient.inbox()]
        assert isinstance(letter, Letter)
        assert letter.message_id == sent.message_id
        assert letter.receipt == sent.receipt
        assert letter.seal.holder == sender.profile.source
        saved = await recipient.download(letter.document.attachments[0], tmp_path / "saved")
        assert (saved.name, saved.read_bytes()) == (file.name, file.read_bytes())
        receipt = await recipient.acknowledge(letter)
        assert receipt.n == letter.n
        assert await read_all(recipient) == []


async def test_the_record_on_the_bus_is_the_very_message_with_seal_and_receipt(
    finance: Path, platform: Platform
) -> None:
    async with opened(finance) as sender:
        sealed = sender.seal(await compose(sender, [JUSTICE]))
        sent = await sender.submit(sealed)
        (record,) = await records_of(platform.servers.kafka, {str(sent.message_id)})
        headers = dict(record.headers)
        assert record.value == sealed.signed.payload
        assert record.key == str(sender.profile.agency_id).encode()
        assert headers["jws-signature"] == sealed.signed.jws.encode()
        assert headers["content-type"] == b"application/cloudevents+json"
        receipt = SignedBytes(headers["receipt"], headers["receipt-signature"].decode())
        assert receipt == sent.receipt_signed
        assert SubmissionReceipt.model_validate_json(receipt.payload, strict=True) == sent.receipt


async def test_each_recipient_gets_its_own_numbers_in_the_order_of_acceptance(
    finance: Path, justice: Path, office: Path
) -> None:
    async with opened(finance) as sender, opened(justice) as one, opened(office) as other:
        await read_all(one)
        await read_all(other)
        ids = [str((await send(sender, JUSTICE, OFFICE)).message_id) for _ in range(5)]
        assert await read_all(one) == ids
        assert await read_all(other) == ids


async def test_a_repeat_gets_the_first_receipt_and_makes_no_second_entry(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        sealed = sender.seal(await compose(sender, [JUSTICE]))
        first, again = await sender.submit(sealed), await sender.submit(sealed)
        assert (first.repeated, again.repeated) == (False, True)
        assert again.receipt_signed == first.receipt_signed
        assert await read_all(recipient) == [str(sealed.message_id)]


async def test_a_secret_document_is_refused_by_its_rule_and_nothing_arrives(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await read_all(recipient)
        with pytest.raises(Refused) as caught:
            await sender.send(await compose(sender, [JUSTICE], secrecy=Secrecy.TOP_SECRET))
        assert "N3" in caught.value.problem.codes
        assert await read_all(recipient) == []


async def test_what_was_not_given_out_cannot_be_acknowledged(justice: Path) -> None:
    async with opened(justice) as recipient:
        with pytest.raises(NotReadYet):
            await recipient.acknowledge_number(Lane.URGENT, 1)


async def test_an_acknowledgement_survives_in_the_profile_as_evidence(finance: Path, justice: Path) -> None:
    async with opened(finance) as sender, opened(justice) as recipient:
        await send(sender, JUSTICE)
        letters = [letter async for letter in recipient.inbox()]
        receipt = await recipient.acknowledge(letters[-1])
        kept = json.loads((justice / "acknowledged" / f"ordinary-{letters[-1].n:012}.json").read_text())
        assert json.loads(kept["payload"])["chain"] == receipt.chain
