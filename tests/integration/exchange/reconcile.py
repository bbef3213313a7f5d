"""The exchange's books, read as files by somebody who knows neither its program nor its database."""

import hashlib
import json
from base64 import b64decode
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.exchange.world import Entry

Row = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What one agency has seen in one lane: every entry of its inbox, and the last signed head."""

    agency_id: str
    lane: str
    entries: Sequence[Entry]
    head: dict[str, Any]
    acknowledged: int


class Books:
    """The files of one service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(self, table: str) -> list[Row]:
        return [json.loads(line) for line in (self._folder / f"{table}.jsonl").read_text("utf-8").splitlines()]

    def reconcile(self, seen: Sequence[Seen]) -> None:
        """Every inbox is what its agency saw, by numbers, bytes, receipts, chain and acknowledgements; nothing more."""
        messages = {row["id"]: row for row in self.rows("message")}
        inboxes = {(row["agency_id"], row["lane"]): row for row in self.rows("agency_inbox")}
        deliveries: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.rows("delivery"):
            deliveries[row["recipient"], row["lane"]].append(row)
        acknowledged: dict[tuple[str, str], int] = defaultdict(int)
        for row in self.rows("acknowledgement"):
            key = row["agency_id"], row["lane"]
            acknowledged[key] = max(acknowledged[key], row["n"])
        for each in seen:
            key = each.agency_id, each.lane
            lines = sorted(deliveries[key], key=lambda row: row["n"])
            assert [row["n"] for row in lines] == [*range(1, len(each.entries) + 1)]
            for row, entry in zip(lines, each.entries, strict=True):
                _same(messages[row["message"]], entry)
            assert (inboxes[key]["n"], _bytes(inboxes[key]["chain"]).hex()) == (each.head["n"], each.head["chain"])
            assert acknowledged[key] == each.acknowledged
            chains = [_bytes(row["chain"]).hex() for row in lines]
            assert chains[-1:] == ([each.head["chain"]] if lines else [])

    def sent(self) -> set[str]:
        """SHA-256 of every accepted message, each of which is for somebody and is sent to Kafka, or waits to be."""
        messages = self.rows("message")
        delivered = {row["message"] for row in self.rows("delivery")}
        put = {row["reference"] for row in [*self.rows("outbox"), *self.rows("emitted")]}
        assert {row["id"] for row in messages} == delivered
        assert {row["id"] for row in messages} <= put, "everything accepted is on its way"
        assert all(hashlib.sha256(_bytes(row["payload"])).digest() == _bytes(row["sha256"]) for row in messages)
        return {_bytes(row["sha256"]).hex() for row in messages}


def _same(message: Row, entry: Entry) -> None:
    assert (_bytes(message["payload"]), message["jws"]) == (entry.message.payload, entry.message.jws)
    assert (_bytes(message["receipt"]), message["receipt_jws"]) == (entry.receipt.payload, entry.receipt.jws)


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)
