"""An endpoint that outlives everybody who is killed: it takes every page, and knows a repeat by its id."""

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.integration.exchange.changing import Withheld, hash_of
from tests.integration.exchange.world import Entry, World

from lienthong.common.messages.document import Lane
from lienthong.common.signing import SignedBytes

Place = tuple[str, str]
"""An inbox: the agency and the lane."""


@dataclass(slots=True)
class Endpoint:
    """Serves in a thread of its own, over HTTP (training)."""

    pages: dict[Place, dict[str, list[tuple[int, str]]]] = field(
        default_factory=dict[Place, dict[str, list[tuple[int, str]]]]
    )
    """By their ids: number and hash of each entry."""
    brought: set[SignedBytes] = field(default_factory=set[SignedBytes])
    signed: list[SignedBytes] = field(default_factory=list[SignedBytes])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}/"

    def start(self) -> None:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.take(self.headers["Lienthong-Webhook-Id"], self.headers["X-JWS-Signature"], body)
                self.send_response(204)
                self.end_headers()

            def log_request(self, code: Any = "-", size: Any = "-") -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def take(self, webhook_id: str, jws: str, body: bytes) -> None:
        *lines, last = [json.loads(line) for line in body.splitlines()]
        head = json.loads(last["head"]["payload"])
        readable = [line for line in lines if "withheld" not in line]
        entries = [(line["n"], line.get("sha256") or _sha256(line["payload"])) for line in lines]
        with self._lock:
            self.signed.append(SignedBytes(body, jws))
            self.brought |= {SignedBytes(line["payload"].encode(), _jws(line)) for line in readable}
            self.pages.setdefault((head["recipient"], head["lane"]), {})
            known = self.pages[head["recipient"], head["lane"]].setdefault(webhook_id, entries)
        assert known == entries, "the same entries under the same id"

    def check(self, world: World, agency_id: object, lane: Lane, inbox: Sequence[Entry | Withheld]) -> None:
        """Everything that is in the inbox has come, once but for repeats under an id, in its order, signed.

        What was taken back or revoked meanwhile has come before, or withheld.
        """
        with self._lock:
            come = [entry for page in self.pages.get((str(agency_id), lane.value), {}).values() for entry in page]
            signed, self.signed = self.signed, []
        assert come == [(entry.n, hash_of(entry).hex()) for entry in inbox], "brought as it lies in the inbox"
        known = {entry.message for entry in inbox if isinstance(entry, Entry)}
        payloads = {message.payload for message in known}
        assert {each for each in self.brought if each.payload in payloads} <= known, "under their own seals"
        for each in signed:
            world.check_signature(each)


def _sha256(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()


def _jws(line: dict[str, str]) -> str:
    return f"{line['protected']}..{line['signature']}"
