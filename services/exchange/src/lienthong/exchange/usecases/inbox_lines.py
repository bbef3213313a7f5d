"""How an inbox is written for its reader, whether it asks for it or has it brought: one form, verified in one way."""

from collections.abc import Sequence
from typing import Any

from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.lines import ndjson_line
from lienthong.exchange.domain.rules.identity import source_of
from lienthong.exchange.store.inboxes import Entry, Withheld


def inbox_lines(entries: Sequence[Entry | Withheld], head: SignedBytes) -> bytes:
    """The entries in order, then one `{head}`: the signed state of the inbox after the last of them."""
    return b"".join([*(ndjson_line(_entry(entry)) for entry in entries), ndjson_line({"head": head.to_line()})])


def _entry(entry: Entry | Withheld) -> dict[str, Any]:
    # 8.6 What was withdrawn, taken back or revoked is withheld: number and hash stay, so that the chain still verifies.
    if isinstance(entry, Withheld):
        sender, message_id = entry.request
        request = {"source": source_of(sender), "message_id": str(message_id)}
        return {"n": entry.link.n, "sha256": entry.sha256.hex(), "withheld": entry.state.value, "request": request}
    return {"n": entry.link.n, **entry.message.to_line(), "receipt": entry.receipt.to_line()}
