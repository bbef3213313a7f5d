"""Keeping an item of the inbox as files: for people, and for whoever judges its signatures later."""

import json as json_library
from pathlib import Path

from lienthong.common.errors import Words
from lienthong.sdk.attachments import Progress
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.output import Output
from lienthong.sdk.commands.transfers import transfers
from lienthong.sdk.errors import BadInput
from lienthong.sdk.files import write_all
from lienthong.sdk.items import InboxItem, Letter, StatusNotice


async def save_item(agency: Agency, item: InboxItem, folder: Path, output: Output) -> Path:
    """Write `<lane>-<n>/`: what it says for people, its attachments, and all that `lienthong verify` asks for.

    That is for the message and for its receipt: the exact bytes, the signature, the signer's certificates and the
    revocation lists. Attachments have a folder of their own, because their senders choose their names.
    Raises BadInput, and as `Agency.download`.
    """
    place = folder / f"{item.lane}-{item.n:06}"
    place.mkdir(parents=True, exist_ok=True)
    message = place / "message.json"
    if message.exists() and message.read_bytes() != item.signed.payload:
        # Two agencies, or two platforms, number alike: their folders are kept apart.
        raise BadInput(
            Words(f"{place} đã chứa thông điệp khác; chọn thư mục khác", f"{place} holds another message already")
        )
    files: dict[str, bytes] = {}
    if isinstance(item, Letter):
        await _download(agency, item, place / "files", output)
        files["document.json"] = _readable(item.document.model_dump(mode="json", by_alias=True, exclude_none=True))
    elif isinstance(item, StatusNotice):
        files["status.json"] = _readable(item.report.model_dump(mode="json", by_alias=True, exclude_none=True))
    lists: list[bytes] = []
    for name, signer, signed in (("message", "seal", item.signed), ("receipt", "exchange", item.receipt_signed)):
        material = agency.material(signed)
        files |= {
            f"{name}.json": signed.payload,
            f"{name}.jws": signed.jws.encode(),
            f"{signer}.pem": material.certificates,
        }
        lists += [each for each in material.lists if each not in lists]
    files |= {f"ca-{number}.crl": revoked for number, revoked in enumerate(lists, 1)}
    write_all(place, files)
    return place


async def _download(agency: Agency, letter: Letter, folder: Path, output: Output) -> None:
    if not letter.document.attachments:
        return
    with transfers(output) as bars:
        for attachment in letter.document.attachments:
            progress: Progress = bars.add(attachment.name, attachment.size)
            await agency.download(attachment, folder, progress=progress)


def _readable(members: object) -> bytes:
    return json_library.dumps(members, ensure_ascii=False, indent=2).encode()
