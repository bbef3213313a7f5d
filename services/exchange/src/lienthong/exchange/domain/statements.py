"""The exchange's own signed answers: submission receipt, inbox head, delivery receipt."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lienthong.common.ids import parse_id
from lienthong.common.messages.exchange import (
    DeliveryReceipt,
    DocumentRegistered,
    Environment,
    Exchanged,
    InboxHead,
    Scan,
    Statement,
    SubmissionReceipt,
)
from lienthong.common.signing import SignedBytes
from lienthong.exchange.domain.notices import Notice
from lienthong.exchange.domain.numbers import InboxKey, Link


@dataclass(frozen=True, slots=True)
class Statements:
    """Words the statements and signs them; `environment` stands in every one, so that training stays training."""

    environment: Environment
    sign: Callable[[bytes], SignedBytes]

    def submission_receipt(
        self,
        event: Exchanged | DocumentRegistered | Notice,
        signed: SignedBytes,
        accepted_at: datetime,
        scan: Scan | None = None,
    ) -> SignedBytes:
        """The exchange accepted these bytes under this seal; what the scanner said of the attached files."""
        return self._signed(
            SubmissionReceipt(
                type="vn.lienthong.exchange.submission_receipt.v1",
                environment=self.environment,
                source=event.source,
                message_id=event.id,
                subject=parse_id(event.subject or ""),
                sha256=hashlib.sha256(signed.payload).hexdigest(),
                jws_sha256=hashlib.sha256(signed.jws.encode("ascii")).hexdigest(),
                lane=event.data.lane,
                accepted_at=accepted_at,
                scan=scan,
            )
        )

    def inbox_head(self, inbox: InboxKey, link: Link, time: datetime) -> SignedBytes:
        """The inbox stood like this after entry `link.n`."""
        return self._signed(
            InboxHead(
                type="vn.lienthong.exchange.inbox_head.v1",
                environment=self.environment,
                recipient=inbox.agency_id,
                lane=inbox.lane,
                n=link.n,
                chain=link.chain.hex(),
                time=time,
            )
        )

    def delivery_receipt(self, inbox: InboxKey, link: Link, acknowledged_at: datetime) -> SignedBytes:
        """The recipient acknowledged everything up to entry `link.n`."""
        return self._signed(
            DeliveryReceipt(
                type="vn.lienthong.exchange.delivery_receipt.v1",
                environment=self.environment,
                recipient=inbox.agency_id,
                lane=inbox.lane,
                n=link.n,
                chain=link.chain.hex(),
                acknowledged_at=acknowledged_at,
            )
        )

    def _signed(self, statement: Statement) -> SignedBytes:
        """Over compact UTF-8, members in the order of their declaration, unset ones left out."""
        return self.sign(statement.model_dump_json(exclude_none=True).encode("utf-8"))
