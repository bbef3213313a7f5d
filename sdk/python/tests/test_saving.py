"""What `inbox --save` leaves is all that anybody needs to judge the signatures, from files alone."""

import hashlib
from pathlib import Path

import pytest
from counterpart import Counterpart
from letters import letter_from_other

from lienthong.common.messages.document import Attachment, AttachmentRole
from lienthong.sdk import Agency, Letter
from lienthong.sdk.commands.output import Output
from lienthong.sdk.commands.root import main
from lienthong.sdk.commands.saving import save_item

PDF = b"%PDF-1.7 15/STP-VB"
HASH = hashlib.sha256(PDF).hexdigest()


def deliver(counterpart: Counterpart, *, name: str) -> None:
    pdf = Attachment(
        id="file-1", name=name, media_type="application/pdf", role=AttachmentRole.MAIN, size=len(PDF), sha256=HASH
    )
    counterpart.deliver(letter_from_other(counterpart, 1, pdf))
    counterpart.files[HASH] = PDF


@pytest.mark.parametrize("name", ["cong-van.pdf", "message.json"])
async def test_a_saved_letter_is_judged_by_the_verify_command(
    agency: Agency, counterpart: Counterpart, tmp_path: Path, name: str
) -> None:
    deliver(counterpart, name=name)
    (letter,) = [each async for each in agency.inbox()]
    assert isinstance(letter, Letter)
    _, place = await save_item(agency, letter, tmp_path / "received", Output("vi"))
    assert (place / "files" / name).read_bytes() == PDF
    assert judge(place, "message", "seal", agency) == 0
    assert judge(place, "receipt", "exchange", agency) == 0
    (place / "message.json").write_bytes(letter.signed.payload.replace(b"Quy", b"quy"))
    assert judge(place, "message", "seal", agency) == 1


async def test_saving_again_leaves_each_attachment_once(
    agency: Agency, counterpart: Counterpart, tmp_path: Path
) -> None:
    deliver(counterpart, name="cong-van.pdf")
    (letter,) = [each async for each in agency.inbox()]
    places = [(await save_item(agency, letter, tmp_path, Output("vi")))[1] for _ in range(2)]
    assert [each.name for each in (places[1] / "files").iterdir()] == ["cong-van.pdf"]
    assert len(counterpart.asked("GET", f"/v1/attachments/{HASH}")) == 1


def judge(place: Path, what: str, signer: str, agency: Agency) -> int:
    files = {"payload": f"{what}.json", "signature": f"{what}.jws", "certificate": f"{signer}.pem"}
    options = [text for name, file in files.items() for text in (f"--{name}", str(place / file))]
    lists = [text for file in sorted(place.glob("*.crl")) for text in ("--crl", str(file))]
    return main(["verify", *options, *lists, "--trust", str(agency.profile.anchors)])
