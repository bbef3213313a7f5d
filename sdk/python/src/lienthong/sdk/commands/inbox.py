"""`lienthong agency inbox`."""

import asyncio
import json as json_library
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from lienthong.common.clock import to_text
from lienthong.common.errors import LienthongError, Words
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import DeliveryReceipt
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.options import JsonOption, ProfileOption, output_of, run_agency
from lienthong.sdk.commands.output import Output, lane_name
from lienthong.sdk.commands.send import one_of
from lienthong.sdk.files import write_atomically
from lienthong.sdk.inbox import Letter


@dataclass(slots=True)
class Read:
    """What one lane gave, and the error that ended it, if any."""

    lane: Lane
    letters: list[Letter] = field(default_factory=list[Letter])
    error: LienthongError | None = None


def inbox(
    context: typer.Context,
    *,
    lane: Annotated[str | None, typer.Option(help="urgent | ordinary; mặc định cả hai / both by default")] = None,
    save: Annotated[Path | None, typer.Option(help="Lưu văn bản, chữ ký, tệp vào thư mục / save into a folder")] = None,
    ack: Annotated[bool, typer.Option("--ack", help="Xác nhận đã nhận / acknowledge what was read")] = False,
    wait: Annotated[float, typer.Option(min=0, max=60, help="Giây chờ văn bản mới / seconds to wait for news")] = 0,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Văn bản đến chưa xác nhận, đã kiểm tra chữ ký / Documents not yet acknowledged, each verified."""
    output = output_of(context, json)
    lanes = [one_of(Lane, lane, "--lane")] if lane else [Lane.URGENT, Lane.ORDINARY]

    async def work(agency: Agency) -> None:
        reads = [Read(each) for each in lanes]
        await asyncio.gather(*(_read(agency, read, save, wait) for read in reads))
        _show([letter for read in reads for letter in read.letters], output)
        for read in reads:
            if ack and read.letters:
                receipt = await agency.acknowledge(read.letters[-1])
                _show_receipt(receipt, output)
        for read in reads:
            if read.error:
                raise read.error

    run_agency(profile, output, work)


async def _read(agency: Agency, read: Read, save: Path | None, wait: float) -> None:
    # What came before a broken entry is good and is shown; the error comes after it.
    try:
        async for letter in agency.inbox(read.lane, wait=wait):
            if save:
                await save_letter(agency, letter, save)
            read.letters.append(letter)
    except LienthongError as error:
        read.error = error


async def save_letter(agency: Agency, letter: Letter, folder: Path) -> Path:
    """Write `<lane>-<n>/`: the document for people, its attachments, and all that `lienthong verify` asks for.

    That is for the message and for its receipt: the exact bytes, the signature, the signer's certificates and the
    revocation lists. Attachments have a folder of their own, because their senders choose their names.
    """
    place = folder / f"{letter.lane}-{letter.n:06}"
    place.mkdir(parents=True, exist_ok=True)
    for attachment in letter.document.attachments:
        await agency.download(attachment, place / "files")
    data = letter.document.model_dump(mode="json", by_alias=True, exclude_none=True)
    write_atomically(place / "document.json", json_library.dumps(data, ensure_ascii=False, indent=2).encode())
    lists: list[bytes] = []
    for name, signer, signed in (("message", "seal", letter.signed), ("receipt", "exchange", letter.receipt_signed)):
        material = agency.material(signed)
        write_atomically(place / f"{name}.json", signed.payload)
        write_atomically(place / f"{name}.jws", signed.jws.encode())
        write_atomically(place / f"{signer}.pem", material.certificates)
        lists += [each for each in material.lists if each not in lists]
    for number, revoked in enumerate(lists, 1):
        write_atomically(place / f"ca-{number}.crl", revoked)
    return place


def _show(letters: list[Letter], output: Output) -> None:
    if output.json:
        for letter in letters:
            output.line(as_members(letter))
        return
    if not letters:
        output.note(Words("Không có văn bản đến nào chưa xác nhận.", "No document waits for an acknowledgement."))
        return
    columns = [
        Words("Số TT", "No."),
        Words("Luồng", "Lane"),
        Words("Số, ký hiệu", "Symbol"),
        Words("Trích yếu", "Subject"),
        Words("Nơi gửi", "From"),
        Words("Tiếp nhận", "Accepted"),
        Words("Tệp", "Files"),
    ]
    rows = [
        [
            str(letter.n),
            output.text(lane_name(letter.lane).words),
            letter.document.document_id.rsplit(",", 1)[-1],
            letter.document.subject,
            letter.document.sender.name,
            output.time(letter.receipt.accepted_at),
            str(len(letter.document.attachments)),
        ]
        for letter in letters
    ]
    title = Words(f"Văn bản đến: {len(rows)}, chữ ký hợp lệ", f"Documents received: {len(rows)}, seals verified")
    output.table(title, columns, rows)


def as_members(letter: Letter) -> dict[str, Any]:
    """A letter as one JSON object."""
    return {
        "n": letter.n,
        "lane": letter.lane.value,
        "message_id": str(letter.event.id),
        "source": letter.event.source,
        "accepted_at": to_text(letter.receipt.accepted_at),
        "seal": letter.seal.certificate.fingerprint,
        "document": letter.document.model_dump(mode="json", by_alias=True, exclude_none=True),
    }


def _show_receipt(receipt: DeliveryReceipt, output: Output) -> None:
    if output.json:
        at = to_text(receipt.acknowledged_at)
        output.line({"acknowledged": receipt.n, "lane": receipt.lane.value, "acknowledged_at": at})
    lane = lane_name(receipt.lane).words
    output.note(
        Words(
            f"Đã xác nhận luồng {lane.vi.lower()} đến số {receipt.n}.",
            f"Acknowledged the {lane.en.lower()} lane up to {receipt.n}.",
        )
    )
