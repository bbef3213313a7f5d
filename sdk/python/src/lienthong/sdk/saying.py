"""What an agency needs to say something of a document: who it is, its seal, the way out, and what it said before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lienthong.common.clock import Clock
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.parts import Organization
from lienthong.sdk.directory import Directory
from lienthong.sdk.exchange import Exchange
from lienthong.sdk.outgoing import Outgoing, Sealed
from lienthong.sdk.profile import Profile
from lienthong.sdk.said import Said
from lienthong.sdk.sending import Sending


@dataclass(frozen=True, slots=True)
class Says:
    """Handed to reports, requests and answers."""

    profile: Profile
    exchange: Exchange
    directory: Directory
    sending: Sending
    outgoing: Outgoing
    seal: Callable[[Event[Any]], Sealed]
    clock: Clock

    async def own(self) -> Organization:
        """The agency as a message names it today. Raises PlatformError, Unreachable."""
        return await self.directory.organization(str(self.profile.agency_id))

    def before(self, folder: str) -> Said:
        """What was said, by the names in a folder of the profile."""
        return Said(self.profile.folder / folder, self.outgoing)
