"""What an agency can do to documents that were sent: ask for changes of its own, answer what others ask."""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from lienthong.common.messages.change import Answer
from lienthong.common.messages.document import Document, Lane, StaffInfo
from lienthong.sdk import attachments
from lienthong.sdk.answering import Answering, Request
from lienthong.sdk.asking import Asking
from lienthong.sdk.attachments import Upload
from lienthong.sdk.compose import Draft, draft_of
from lienthong.sdk.inbox import Inbox
from lienthong.sdk.received import Noted
from lienthong.sdk.removing import Removing, Saved, Settled
from lienthong.sdk.saying import Says
from lienthong.sdk.sending import Sent
from lienthong.sdk.sent import SentDocuments


class Changing:
    """The part of an `Agency` that changes documents (Decision 28/2018 Art 8, 9)."""

    def __init__(self, says: Says, inbox: Callable[[Lane], Inbox]) -> None:
        self._inbox_of = inbox
        self._sent = SentDocuments(says.outgoing)
        self._asking, self._answering = Asking(says), Answering(says)
        self.saved = Saved(says.profile.folder)
        self._removing = Removing(self.saved, inbox, says.clock)

    async def take_back(
        self,
        document: UUID | str,
        reason: str,
        *,
        to: Sequence[str] | None = None,
        staff: StaffInfo | None = None,
        sealed_by: str | None = None,
        again: bool = False,
    ) -> Sent:
        """Ask for a document back that this profile has sent, named by its message or symbol (13).

        Where it has not arrived it is withdrawn at once; else its recipients answer. `to` are those asked, by default
        all from whom there is something to take back. Saying the same again sends nothing new, unless `again`.
        Raises as `submit`, and BadInput.
        """
        sent = self._sent.named(document)
        return await self._asking.take_back(sent, reason, to=to, staff=staff, sealed_by=sealed_by, again=again)

    async def revoke(
        self,
        document: UUID | str,
        draft: Draft,
        reason: str,
        *,
        files: Sequence[Upload] = (),
        to: Sequence[str] | None = None,
        staff: StaffInfo | None = None,
        again: bool = False,
    ) -> Sent:
        """Send a letter that revokes a document (business type 1). Raises as `take_back`."""
        sent, attached = self._sent.named(document), attachments.with_roles(files)
        return await self._asking.revoke(sent, draft, reason, to=to, attachments=attached, staff=staff, again=again)

    async def update(
        self,
        document: UUID | str,
        draft: Draft | None = None,
        reason: str = "",
        *,
        files: Sequence[Upload] | None = None,
        originals: Sequence[Upload] = (),
        to: Sequence[str] | None = None,
        staff: StaffInfo | None = None,
        again: bool = False,
    ) -> Sent:
        """Send a new version of a document (type 2); what is not given stays as it is.

        By default it goes to the recipients of the version before, but for those who gave it back.
        Raises as `take_back`.
        """
        sent = self._sent.named(document)
        attached = None if files is None else attachments.with_roles(files, originals)
        told = draft or draft_of(sent.document)
        return await self._asking.update(sent, told, reason, to=to, attachments=attached, staff=staff, again=again)

    async def replace(
        self,
        documents: UUID | str | Sequence[UUID | str],
        draft: Draft,
        reason: str,
        *,
        files: Sequence[Upload] = (),
        originals: Sequence[Upload] = (),
        to: Sequence[str] | None = None,
        staff: StaffInfo | None = None,
        again: bool = False,
    ) -> Sent:
        """Send a new document in the place of one or several (type 3). Raises as `take_back`."""
        names = [documents] if isinstance(documents, UUID | str) else documents
        sent, attached = [self._sent.named(name) for name in names], attachments.with_roles(files, originals)
        return await self._asking.replace(sent, draft, reason, to=to, attachments=attached, staff=staff, again=again)

    async def answer(
        self,
        request: Request,
        agreed: bool,
        *,
        description: str | None = None,
        staff: StaffInfo | None = None,
        sealed_by: str | None = None,
    ) -> Sent:
        """Agree (15) to a take-back or to a letter that changes another, or refuse it (16), with the reason.

        Saying the same again sends nothing new. Raises as `submit`, and BadInput.
        """
        said = Answer.AGREED if agreed else Answer.REFUSED
        return await self._answering.answer(request, said, description=description, staff=staff, by=sealed_by)

    async def remove_content(self, request: Request) -> tuple[Path, ...] | None:
        """Remove what the commands saved of a document that was given back; gives the folders, where metadata stay.

        None where this profile has not read the document: then its content is elsewhere. Raises BadInput where the
        exchange still gives it out, and as `read_again`.
        """
        return await self._removing.remove(request)

    async def settle(self, request: Request) -> Settled:
        """As `remove_content`, and where an answer is still awaited nothing is removed. Raises as `read_again`."""
        return await self._removing.settle(request)

    async def report_removed(
        self,
        request: Request,
        *,
        note: str | None = None,
        staff: StaffInfo | None = None,
        sealed_by: str | None = None,
    ) -> Sent:
        """Tell who took a document back that its content is removed here. Said once. Raises as `answer`."""
        return await self._answering.report_removed(request, note=note, staff=staff, by=sealed_by)

    def find_requests(self, name: str) -> list[Noted]:
        """Requests for changes that this profile has read, by message id or by the symbol of what they are about."""
        return [noted for lane in Lane for noted in self._inbox_of(lane).received.find_requests(name)]

    def find_answer(self, request: Noted) -> Answer | None:
        """What this profile has answered to a request."""
        return self._answering.find(request.source, request.message_id)

    def find_sent(self, symbol: str) -> list[UUID]:
        """Documents that this profile has sent under a symbol, newest first; of each the newest version."""
        return self._sent.find_symbol(symbol)

    def sent_message(self, name: UUID | str) -> UUID:
        """The message of a document that this profile has sent, of the newest version. Raises BadInput."""
        return self._sent.named(name).message_id

    def sent_document(self, name: UUID | str) -> Document:
        """A document that this profile has sent, by its message or symbol. Raises BadInput."""
        return self._sent.named(name).document
