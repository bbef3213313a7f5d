"""How an inbox is written for its reader, whether it asks for it or has it brought: one form, verified in one way."""

from collections.abc import Sequence
from typing import Any

from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.lines import ndjson_line
from lienthong.exchange.store.inboxes import Entry


def inbox_lines(entries: Sequence[Entry], head: SignedBytes) -> bytes:
    """The entries in order, then one `{head}`: the signed state of the inbox after the last of them."""
    return b"".join([*(ndjson_line(_entry(entry)) for entry in entries), ndjson_line({"head": head.to_line()})])


def _entry(entry: Entry) -> dict[str, Any]:
    return {"n": entry.link.n, **entry.message.to_line(), "receipt": entry.receipt.to_line()}
