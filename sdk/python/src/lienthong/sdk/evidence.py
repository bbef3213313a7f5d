"""Evidence files: fetched from the exchange, completed with attachments. `lienthong.common.evidence` verifies them."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.evidence import ContainerWriter, EvidenceRefused, read_container
from lienthong.common.messages.document import Attachment
from lienthong.common.messages.envelope import read
from lienthong.common.messages.exchange import DocumentSent
from lienthong.sdk.errors import UnexpectedAnswer
from lienthong.sdk.exchange import Exchange

_DOCUMENT = "document/message.json"


async def fetch_evidence(exchange: Exchange, sender: UUID, message_id: UUID, recipient: UUID) -> bytes:
    """The file as the exchange signed it; where it is not ready yet, asked for again as long as the client is patient.

    Raises NotFound, PlatformError, Unreachable, UnexpectedAnswer.
    """
    answer = await exchange.ask("GET", f"/v1/evidence/{sender}/{message_id}/{recipient}")
    try:
        entries = read_container(io.BytesIO(answer.body)).entries
    except EvidenceRefused as refused:
        raise UnexpectedAnswer(refused.words) from refused
    if _DOCUMENT not in entries:
        raise UnexpectedAnswer(Words("bằng chứng không có văn bản", "evidence without a document"))
    return answer.body


def attachments_of(evidence: bytes) -> tuple[Attachment, ...]:
    """What the document in an evidence file has attached, each file once. Raises EvidenceRefused, MalformedEvent."""
    message = read_container(io.BytesIO(evidence)).entries[_DOCUMENT]
    named = read(message, DocumentSent, tolerant=True).data.attachments
    return tuple({each.sha256: each for each in named}.values())


def write_with_attachments(evidence: bytes, files: Mapping[str, Path], out: BinaryIO) -> None:
    """The same evidence with attached files behind it, by their SHA-256; the document's seal covers them.

    Raises EvidenceRefused: a file is another one, or all together are too large.
    """
    writer = ContainerWriter(out)
    for name, content in read_container(io.BytesIO(evidence)).entries.items():
        writer.add(name, content)
    for sha256, path in files.items():
        with path.open("rb") as file:
            writer.add_attachment(sha256, file)
    writer.finish()
