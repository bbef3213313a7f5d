"""How a page of an inbox travels to an endpoint: the form of the answer to GET /v1/inbox, signed as a whole.

Used for entries, probes and tests alike: a page without entries is one head, and tells only whether somebody is there.
"""

from collections.abc import Sequence
from importlib.metadata import version
from uuid import UUID

from lienthong.common.clock import Clock
from lienthong.exchange.clients.webhook_endpoint import WebhookEndpoint
from lienthong.exchange.domain.endpoints import Endpoint
from lienthong.exchange.domain.lines import NDJSON
from lienthong.exchange.domain.numbers import InboxKey, Link
from lienthong.exchange.domain.statements import Statements
from lienthong.exchange.domain.webhook_errors import EndpointRefused
from lienthong.exchange.domain.webhooks import Cause, EndpointAnswer
from lienthong.exchange.store.inboxes import Entry, Withheld
from lienthong.exchange.usecases.inbox_lines import inbox_lines

ID_HEADER = "Lienthong-Webhook-Id"
SIGNATURE_HEADER = "X-JWS-Signature"


class PostPage:
    """Signs and sends. Raises MaterialRefused where the exchange's own certificate is over."""

    def __init__(self, endpoints: WebhookEndpoint, statements: Statements, clock: Clock) -> None:
        self._endpoints = endpoints
        self._statements = statements
        self._clock = clock
        self._agent = f"lienthong-exchange/{version('lienthong-exchange')}"

    async def __call__(
        self, url: str, webhook_id: UUID, inbox: InboxKey, entries: Sequence[Entry | Withheld], link: Link
    ) -> EndpointAnswer:
        """One request; what came back. `link` is the state of the inbox after the last entry."""
        try:
            endpoint = Endpoint.read(url, self._endpoints.policy)
        except EndpointRefused:  # the installation allows less than when it was registered
            return EndpointAnswer(0, cause=Cause.ADDRESS_REFUSED)
        body = inbox_lines(entries, self._statements.inbox_head(inbox, link, self._clock.now()))
        headers = {
            "Content-Type": NDJSON,
            "User-Agent": self._agent,
            ID_HEADER: str(webhook_id),
            SIGNATURE_HEADER: self._statements.sign(body).jws,
        }
        return await self._endpoints.post(endpoint, headers, body)
