"""One connection, and what its other end may cost us before anybody knows who it is.

The server below bounds neither the head of a request nor the time it takes: one connection that sends an endless header
line fills the memory and stops the loop, connections that send nothing use up the places of all others, and every
request that is sent before the one in front of it is answered waits in memory, however many those are.
"""

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MOST_HEAD_BYTES = 64 << 10
HEAD_SECONDS = 20.0
READER_SECONDS = 60.0
MOST_AHEAD = 16
"""Requests that may come on a connection before the answer to an earlier one; no client of ours sends any."""
REST_SECONDS = 30.0
"""How long the rest of a body may go on coming, unread, behind the answer that refused it."""
SMALL_PIECES, LEAST_PIECE_BYTES = 4096, 64
"""A body has so many pieces, and one more for each so many bytes: a piece costs the same, however small it is."""

_UPGRADE = re.compile(rb"\n[Uu][Pp][Gg][Rr][Aa][Dd][Ee][ \t]*:")  # six times as fast as without regard to case
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class _NotTaken(Exception):  # ends the parser at once, and so the connection
    pass


class BoundedConnection(HttpToolsProtocol):
    """The head of a request ends within a size and a time; an answer that nobody takes is given up.

    A client that is still sending hears an answer only if the connection is not closed in its face (RFC 9112, 9.6):
    what comes behind a refusal is thrown away as it comes, for a while.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._barren = 0  # bytes since something of use came: a head, or a piece of a body
        self._expects_head = True
        self._pieces = 0  # of the body, but for the first that comes in one go
        self._body_bytes = 0
        self._in_one_go = False
        self._under_way = 0
        self._answering: RequestResponseCycle | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._reader_timer: asyncio.TimerHandle | None = None
        self._rest_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_timer = _cancelled(self._head_timer)
        self._reader_timer = _cancelled(self._reader_timer)
        self._rest_timer = _cancelled(self._rest_timer)
        self.pipeline.clear()
        super().connection_lost(exc)
        # The server tells the request that came last. The one that is worked on is another where one came ahead.
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def data_received(self, data: bytes) -> None:
        if self._expects_head:
            data = _without_upgrade(data)
            if self._head_timer is None:
                self._await_head()
        self._barren += len(data)
        self._in_one_go = False
        super().data_received(data)
        if self._barren > MOST_HEAD_BYTES and not self.transport.is_closing():
            if self._may_refuse():
                self.transport.write(_TOO_LARGE)
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        if self._may_refuse():
            super().send_400_response(msg)
        else:
            self.transport.close()

    def _may_refuse(self) -> bool:
        """Whether a refusal would be read as one: not where the answer to another request is due, or half sent."""
        answering = self._answering
        if answering is None or answering.response_complete:
            return self._expects_head
        return answering.more_body and not answering.response_started

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MOST_AHEAD or (self.parser is not None and self.parser.should_upgrade()):
            raise _NotTaken
        super().on_headers_complete()
        self._barren, self._expects_head = 0, False
        self._pieces, self._body_bytes = 0, 0
        self._under_way += 1
        self._head_timer = _cancelled(self._head_timer)

    def on_body(self, body: bytes) -> None:
        self._barren = 0
        self._body_bytes += len(body)
        self._pieces += self._in_one_go
        self._in_one_go = True
        if self._pieces > SMALL_PIECES + self._body_bytes // LEAST_PIECE_BYTES:
            raise _NotTaken
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._barren, self._expects_head = 0, True
        self._rest_timer = _cancelled(self._rest_timer)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._under_way -= 1
        if not self._under_way and not self._expects_head:
            self._rest_timer = self.loop.call_later(REST_SECONDS, self.transport.close)
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reader_timer is None:
            self._reader_timer = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._reader_timer = _cancelled(self._reader_timer)
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._end_without_head)

    def _end_without_head(self) -> None:
        self._head_timer = None
        if not self._under_way:  # else an answer is still to come, and what came behind its request is not in its way
            self.transport.close()


def _without_upgrade(data: bytes) -> bytes:
    """A head that asks for another protocol, as Java's client does by itself, is read as if it did not (RFC 9110, 7.8).

    The parser below would take it for one without a body, and the body for the next head. Where the line comes in two
    pieces, or may lie behind the end of the head, it stays, and the request is refused.
    """
    if data[:1] in b"\r\n":
        return data
    end = data.find(b"\r\n\r\n")
    head = data if end < 0 else data[:end]
    return _UPGRADE.sub(b"\nignored:", head) + data[len(head) :] if _UPGRADE.search(head) else data


def _cancelled(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
