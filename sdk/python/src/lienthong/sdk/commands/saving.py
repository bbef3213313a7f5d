"""Keeping an item of the inbox as files: for people, and for whoever judges its signatures later."""

import asyncio
import hashlib
import json as json_library
from pathlib import Path

from lienthong.common.errors import Words
from lienthong.sdk.attachments import Progress
from lienthong.sdk.client import Agency
from lienthong.sdk.commands.items import KINDS, withheld_members
from lienthong.sdk.commands.output import Output
from lienthong.sdk.commands.transfers import transfers
from lienthong.sdk.errors import BadInput
from lienthong.sdk.files import write_all
from lienthong.sdk.items import Letter, StatusNotice, UnknownMessage, Withheld
from lienthong.sdk.problems import NotFound
from lienthong.sdk.reading import InboxItem
from lienthong.sdk.removing import FILES, MESSAGE, place_of


async def save_item(agency: Agency, item: InboxItem, folder: Path, output: Output) -> tuple[InboxItem, Path]:
    """Write `<lane>-<n>/`: what it says for people, its attachments, and all that `lienthong verify` asks for.

    That is for the message and for its receipt: the exact bytes, the signature, the signer's certificates and the
    revocation lists. Attachments have a folder of their own, because their senders choose their names.
    Gives what was saved: a letter that was withdrawn meanwhile is withheld. Raises BadInput, and as `Agency.download`.
    """
    place = place_of(folder, item.lane, item.n)
    # Before the first byte: what is given back one day is removed from where it was saved.
    await asyncio.to_thread(agency.saved.note, folder)
    place.mkdir(parents=True, exist_ok=True)
    _check_place(place, item)
    if isinstance(item, Withheld):
        write_all(place, {"withheld.json": _readable(withheld_members(item))})
        return item, place
    files: dict[str, bytes] = {}
    if isinstance(item, Letter):
        try:
            await _download(agency, item, place / FILES, output)
        except NotFound:
            again = await agency.read_again(item.lane, item.n)
            if not isinstance(again, Withheld):
                raise
            return await save_item(agency, again, folder, output)
    if not isinstance(item, UnknownMessage):
        data = item.event.data.model_dump(mode="json", by_alias=True, exclude_none=True)
        # A report's own name would say little to people: `status.json` has always been its file.
        name = "status" if isinstance(item, StatusNotice) else KINDS[type(item)][1]
        files[f"{name}.json"] = _readable(data)
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
    return item, place


def _check_place(place: Path, item: InboxItem) -> None:
    """Two agencies, or two platforms, number alike: their folders are kept apart."""
    message = place / MESSAGE
    if not message.exists():
        return
    digest = hashlib.sha256(message.read_bytes()).hexdigest()
    wanted = item.sha256 if isinstance(item, Withheld) else hashlib.sha256(item.signed.payload).hexdigest()
    if digest != wanted:
        raise BadInput(
            Words(f"{place} đã chứa thông điệp khác; chọn thư mục khác", f"{place} holds another message already")
        )


async def _download(agency: Agency, letter: Letter, folder: Path, output: Output) -> None:
    if not letter.document.attachments:
        return
    with transfers(output) as bars:
        for attachment in letter.document.attachments:
            progress: Progress = bars.add(attachment.name, attachment.size)
            await agency.download(attachment, folder, progress=progress)


def _readable(members: object) -> bytes:
    return json_library.dumps(members, ensure_ascii=False, indent=2).encode()
