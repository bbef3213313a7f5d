"""What every sealed message has, whatever it says: rules about seal, text, times and files ask no more."""

from typing import Any, Protocol
from uuid import UUID

from lienthong.common.messages.document import Attachment
from lienthong.common.messages.envelope import Event
from lienthong.common.signing import SignedBytes


class SealedMessage(Protocol):
    """A message whose seal was verified: of the way of a document (`Submission`), or a registration."""

    @property
    def agency_id(self) -> UUID:
        """The token's agency."""
        ...

    @property
    def holder(self) -> str | None:
        """The source whose certificate sealed it."""
        ...

    @property
    def signed(self) -> SignedBytes:
        """The exact bytes and their signature."""
        ...

    @property
    def event(self) -> Event[Any]:
        """What it says."""
        ...

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The attached files."""
        ...
