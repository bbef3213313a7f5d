"""Webhooks from the agency's end: set up where the inbox is brought, and verify what was brought.

    pushed = await agency.webhooks.receive(headers, body)      # raises where it is not the exchange's, or out of place
    for item in pushed.items:
        store(item)                                            # first
    agency.webhooks.done(pushed)                               # then; a repeat brings no items from here on
    …                                                          # answer 2xx, and acknowledge when you like

A request is verified as an answer to a reader would be: the exchange's signature over the whole body (made within five
minutes), its certificate's path and revocation, the head, every number and link behind what this profile has taken, and
then each entry's receipt and seal. What came before is known by its number and chain: a repeat, or a replay by somebody
who kept a request, brings nothing twice.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fcntl import LOCK_EX, flock
from uuid import UUID

from pydantic import JsonValue

from lienthong.common.clock import Clock, Timestamp
from lienthong.common.errors import Words
from lienthong.common.ids import Id, MalformedId, parse_id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.exchange import InboxHead
from lienthong.common.signing.errors import SignatureRefused, SigningError
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.sources import EXCHANGE
from lienthong.sdk.answers import AnswerPart
from lienthong.sdk.errors import EntryRefused, InboxChanged, ProfileBroken, UnexpectedAnswer, WebhookRefused
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.files import write_atomically
from lienthong.sdk.inbox import Inbox
from lienthong.sdk.pages import InboxPage, check_numbers, check_page, read_page
from lienthong.sdk.profile import Profile
from lienthong.sdk.reading import InboxItem
from lienthong.sdk.state import Link
from lienthong.sdk.statements import Statements
from lienthong.sdk.trust import Trust

ID_HEADER = "Lienthong-Webhook-Id"
SIGNATURE_HEADER = "X-JWS-Signature"
MOST_BODY_BYTES = 16 << 20
"""A receiver may refuse more: a page has 1 MiB of messages unless one message alone has more."""

_WITHIN = timedelta(minutes=5)


class WebhookPage(AnswerPart):
    """The page under way."""

    webhook_id: UUID
    first: int
    last: int


class WebhookState(AnswerPart):
    """A webhook and how it fares."""

    lane: Lane
    url: str
    registered_at: Timestamp
    state: str
    disabled_cause: str | None = None
    circuit: str
    failures: int
    failing_since: Timestamp | None = None
    next_attempt_at: Timestamp | None = None
    taken: int
    last: int
    under_way: WebhookPage | None = None


class WebhookAttempt(AnswerPart):
    """One attempt: what was sent, and what came back."""

    attempt: int
    webhook_id: UUID
    kind: str
    first: int | None = None
    last: int | None = None
    begun_at: Timestamp
    outcome: str
    cause: str | None = None
    status: int | None = None
    milliseconds: int | None = None
    next_attempt_at: Timestamp | None = None


class _Attempts(AnswerPart):
    attempts: tuple[WebhookAttempt, ...]
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """A request that was verified. `items` are those that this profile has not taken yet.

    `refused` are entries in their place whose seal or report does not hold: show them to people; they are taken with
    the page, so that what comes behind them is not held up. A page without entries is a test or a probe.
    """

    id: Id
    lane: Lane
    items: Sequence[InboxItem]
    refused: Sequence[EntryRefused]
    repeated: bool
    link: Link
    """The inbox after this page."""


class Webhooks:
    """The agency's webhooks, one for each lane. Part of `Agency`."""

    def __init__(
        self,
        profile: Profile,
        *,
        exchange: Exchange,
        trust: Trust,
        statements: Statements,
        inbox: Callable[[Lane], Inbox],
        clock: Clock,
    ) -> None:
        self._profile = profile
        self._exchange = exchange
        self._trust = trust
        self._statements = statements
        self._inbox = inbox
        self._clock = clock

    async def set(self, lane: Lane, url: str, *, after: int | None = None) -> WebhookState:
        """Have a lane brought to a URL; `after` sets what comes next. Raises Refused and other PlatformErrors."""
        wish: dict[str, JsonValue] = {"url": url} if after is None else {"url": url, "after": after}
        return await self._exchange.read("PUT", _path(lane), WebhookState, say=wish)

    async def show(self, lane: Lane) -> WebhookState:
        """How it fares. Raises NotFound, PlatformError."""
        return await self._exchange.read("GET", _path(lane), WebhookState)

    async def test(self, lane: Lane) -> WebhookAttempt:
        """Have a signed head without entries sent at once; what came back. Raises NotFound, PlatformError."""
        return await self._exchange.read("POST", _path(lane, "/test"), WebhookAttempt, waits=30)

    async def resume(self, lane: Lane) -> WebhookState:
        """Close an open circuit and have it tried at once. Raises NotFound, PlatformError."""
        return await self._exchange.read("POST", _path(lane, "/resume"), WebhookState)

    async def remove(self, lane: Lane) -> None:
        """Have nothing brought any more. Raises NotFound, PlatformError."""
        await self._exchange.ask("DELETE", _path(lane))

    async def attempts(self, lane: Lane, *, most: int = 50) -> list[WebhookAttempt]:
        """The newest attempts first. Raises PlatformError."""
        found: list[WebhookAttempt] = []
        before: int | None = None
        while len(found) < most:
            query = f"?limit={min(most - len(found), 500)}" + (f"&before={before}" if before else "")
            page = await self._exchange.read("GET", _path(lane, "/attempts") + query, _Attempts)
            found += page.attempts
            before = page.before
            if before is None:
                break
        return found

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Pushed:
        """Verify a request that an endpoint got; its headers may be written in any case.

        Raises WebhookRefused where it is not the exchange's, not for this agency or not of now; the InboxBroken family
        where it does not continue what was taken; StatementRefused, Unreachable.
        """
        webhook_id, signed = _read_headers(headers, body)
        await self._verify(signed)
        try:
            page = read_page(body)
        except UnexpectedAnswer as error:
            raise _refused("sai cấu trúc", "malformed") from error
        head = await self._statements.read(page.head, InboxHead)
        if head.recipient != self._profile.agency_id:
            raise _refused("gửi cho cơ quan khác", "it is for another agency")
        return await self._open(webhook_id, page, head)

    def done(self, pushed: Pushed) -> None:
        """Its items are stored: what comes again from now on is known. Call it before you answer 2xx."""
        self._cursor(pushed.lane).keep(pushed.link)

    async def _verify(self, signed: SignedBytes) -> None:
        now = self._clock.now()
        try:
            signed_at = signed.unverified_header().signed_at
            await self._trust.verify(signed, said_by=EXCHANGE, at=max(now, signed_at))
        except SignatureRefused as error:
            raise _refused(f"{error.reason}", f"{error.reason}") from error
        except SigningError as error:
            raise _refused("chữ ký sai cấu trúc", "the signature is malformed") from error
        if abs(now - signed_at) > _WITHIN:
            raise _refused("không được ký trong 5 phút qua", "it was not signed within five minutes")

    async def _open(self, webhook_id: Id, page: InboxPage, head: InboxHead) -> Pushed:
        inbox, lane = self._inbox(head.lane), head.lane
        seen = inbox.seen()
        position = max(self._cursor(lane).load() or seen.acknowledged, seen.acknowledged, key=lambda link: link.n)
        if page.entries:
            check_numbers([entry.n for entry in page.entries], page.entries[0].n - 1)
        fresh = tuple(entry for entry in page.entries if entry.n > position.n)
        if not fresh:
            if head.n == position.n and head.chain != position.chain.hex():
                raise InboxChanged(Words(f"Tại số {head.n}: chuỗi băm khác", f"At number {head.n}: another chain"))
            return Pushed(webhook_id, lane, (), (), bool(page.entries), position)
        links = check_page(InboxPage(fresh, page.head), head, position=position, seen=seen.seen)
        items: list[InboxItem] = []
        refused: list[EntryRefused] = []
        for entry, link in zip(fresh, links, strict=True):
            try:
                items.append(await inbox.open(entry, link))
            except EntryRefused as error:
                refused.append(error)
        return Pushed(webhook_id, lane, items, refused, len(fresh) < len(page.entries), links[-1])

    def _cursor(self, lane: Lane) -> "_Cursor":
        return _Cursor(self._profile, lane)


class _Cursor:
    """The last link that was taken from a webhook, in the profile's folder."""

    def __init__(self, profile: Profile, lane: Lane) -> None:
        self._path = profile.folder / f"webhook-{lane}.json"

    def load(self) -> Link | None:
        try:
            told = json.loads(self._path.read_text("utf-8"))
            return Link(int(told["n"]), bytes.fromhex(told["chain"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            # Starting anew would hide exactly what the chain is there to show.
            raise ProfileBroken(Words(f"{self._path}: không đọc được", f"{self._path}: cannot be read")) from error

    def keep(self, link: Link) -> None:
        """It never goes back, whichever of several processes writes last."""
        with self._path.with_suffix(".lock").open("ab") as handle:
            flock(handle, LOCK_EX)
            old = self.load()
            if old is None or link.n > old.n:
                write_atomically(self._path, json.dumps({"n": link.n, "chain": link.chain.hex()}).encode())


def _path(lane: Lane, rest: str = "") -> str:
    return f"/v1/inbox/{lane}/webhook{rest}"


def _read_headers(headers: Mapping[str, str], body: bytes) -> tuple[Id, SignedBytes]:
    told = {name.lower(): value for name, value in headers.items()}
    try:
        return parse_id(told[ID_HEADER.lower()]), SignedBytes(body, told[SIGNATURE_HEADER.lower()])
    except KeyError as error:
        raise _refused("thiếu mã hoặc chữ ký", "its id or its signature is missing") from error
    except MalformedId as error:
        raise _refused("mã sai cấu trúc", "its id is malformed") from error


def _refused(vi: str, en: str) -> WebhookRefused:
    return WebhookRefused(Words(f"Yêu cầu webhook không hợp lệ: {vi}", f"The webhook request does not hold: {en}"))
