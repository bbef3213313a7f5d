"""What a sender asks for a document that it has sent: take-back, revocation, update, replacement (QĐ 28/2018 Art 8, 9).

`asked/<document>/` names each request by what it says (`said.py`): saying the same again sends nothing new, and what
waits about a document goes before the next request about it.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from lienthong.common.errors import Words
from lienthong.common.ids import new_id
from lienthong.common.messages.change import TakeBack
from lienthong.common.messages.document import (
    Attachment,
    Business,
    BusinessType,
    Document,
    Replacement,
    StaffInfo,
)
from lienthong.common.messages.envelope import Event
from lienthong.common.messages.exchange import DocumentSent, TakeBackRequested
from lienthong.common.messages.parts import Organization
from lienthong.sdk.compose import Draft, compose, in_words, nfc, revised, seal_use
from lienthong.sdk.errors import BadInput
from lienthong.sdk.problems import NotFound
from lienthong.sdk.saying import Says
from lienthong.sdk.sending import Sent
from lienthong.sdk.sent import SentDocument
from lienthong.sdk.statuses import ENDED_BY_CHANGE, ChangeKind
from lienthong.sdk.track import fetch_track

GIVEN_BACK = frozenset({"withdrawn", "taken_back", "revoked", "replaced"})
"""A newer version does not go there by itself: it was not meant for them, or something else stands there."""
NOT_TO_GIVE_BACK = ENDED_BY_CHANGE | {"refused"}
"""Where nothing is left to take back or revoke."""


class Asking:
    """Requests of one agency about its documents."""

    def __init__(self, says: Says) -> None:
        self._says = says
        self._sending = says.sending
        self._said = says.before("asked")

    async def take_back(
        self,
        sent: SentDocument,
        reason: str,
        *,
        to: Sequence[str] | None,
        staff: StaffInfo | None,
        sealed_by: str | None,
        again: bool,
    ) -> Sent:
        """Ask for it back. Raises BadInput, and as `Sending.submit`."""
        _demand(reason)
        asked = await self._recipients([sent], to, leave_out=NOT_TO_GIVE_BACK, only_those=True)
        data = TakeBack.model_validate(
            {
                "from": await self._says.own(),
                "to": asked,
                "lane": sent.document.lane,
                "message_id": sent.message_id,
                "response_for": in_words(sent.event),
                "reason": nfc(reason),
                "staff": staff,
                "sealed_by": seal_use(sealed_by),
            }
        )
        told = [str(sent.message_id), _asked_of(to, asked), data.reason, staff.model_dump() if staff else None]
        return await self._say(
            sent,
            _name(ChangeKind.TAKE_BACK, told),
            lambda: TakeBackRequested.new(
                source=self._says.profile.source, time=self._says.clock.now(), data=data, subject=sent.event.subject
            ),
            again=again,
        )

    async def revoke(
        self,
        sent: SentDocument,
        draft: Draft,
        reason: str,
        *,
        to: Sequence[str] | None,
        attachments: Sequence[Attachment],
        staff: StaffInfo | None,
        again: bool,
    ) -> Sent:
        """A letter of its own that revokes it. Raises BadInput, and as `Sending.submit`."""
        business = _business(BusinessType.REVOKE, reason, staff)
        recipients = await self._recipients([sent], to, leave_out=NOT_TO_GIVE_BACK, only_those=True)
        letter = await self._letter(draft, recipients, attachments)
        letter = letter.model_copy(update={"business": business, "response_for": (in_words(sent.event),)})
        return await self._send(ChangeKind.REVOKE, [sent], letter, to, again=again)

    async def update(
        self,
        sent: SentDocument,
        draft: Draft,
        reason: str,
        *,
        to: Sequence[str] | None,
        attachments: Sequence[Attachment] | None,
        staff: StaffInfo | None,
        again: bool,
    ) -> Sent:
        """A new version; without attachments of its own it carries those of the one before. Raises as `revoke`."""
        recipients = await self._recipients([sent], to, leave_out=GIVEN_BACK)
        before = {each.agency_id for each in sent.document.to}
        business = _business(
            BusinessType.UPDATE,
            reason,
            staff,
            document_id=sent.document.document_id,
            document_info=True,
            document_receiver={each.agency_id for each in recipients} != before,
        )
        carried = sent.document.attachments if attachments is None else attachments
        letter = revised(sent.document, await self._letter(draft, recipients, carried))
        letter = letter.model_copy(update={"business": business})
        return await self._send(ChangeKind.UPDATE, [sent], letter, to, again=again)

    async def replace(
        self,
        replaced: Sequence[SentDocument],
        draft: Draft,
        reason: str,
        *,
        to: Sequence[str] | None,
        attachments: Sequence[Attachment],
        staff: StaffInfo | None,
        again: bool,
    ) -> Sent:
        """A new document in the place of one or several. Raises as `revoke`."""
        recipients = await self._recipients(replaced, to, leave_out=GIVEN_BACK)
        replacements = tuple(_replacement(each, recipients) for each in replaced)
        business = _business(BusinessType.REPLACE, reason, staff, replacements=replacements)
        letter = (await self._letter(draft, recipients, attachments)).model_copy(update={"business": business})
        return await self._send(ChangeKind.REPLACE, replaced, letter, to, again=again)

    async def _letter(self, draft: Draft, to: Sequence[Organization], attachments: Sequence[Attachment]) -> Document:
        return compose(draft, sender=await self._says.own(), to=to, attachments=attachments)

    async def _send(
        self,
        kind: ChangeKind,
        concerned: Sequence[SentDocument],
        letter: Document,
        to: Sequence[str] | None,
        *,
        again: bool,
    ) -> Sent:
        sent = concerned[0]
        subject = sent.subject if kind is ChangeKind.UPDATE else new_id()
        said = letter.model_dump(mode="json", exclude={"business", "to"})
        about = [str(each.subject) for each in concerned]
        name = _name(kind, [said, _asked_of(to, letter.to), letter.business.reason, about])
        last = self._said.find(f"{sent.subject}/{name}")
        # The same content as that of an older version takes the newest one back: it is a version of its own.
        reverts = kind is ChangeKind.UPDATE and last is not None and last.sealed.message_id != sent.message_id
        return await self._say(
            sent,
            name,
            lambda: DocumentSent.new(
                source=self._says.profile.source, time=self._says.clock.now(), data=letter, subject=str(subject)
            ),
            again=again or reverts,
        )

    async def _say(self, sent: SentDocument, name: str, event: Callable[[], Event[Any]], *, again: bool) -> Sent:
        if sent.kept.receipt is None:
            # Nobody is asked for what may never have been sent.
            await self._sending.submit(sent.kept.sealed)
        folder = str(sent.subject)
        here = f"{folder}/{name}"
        last = self._said.find(here)
        for waiting in self._said.waiting(self._said.names(folder)):
            answered = await self._sending.submit(waiting.sealed)
            if last and waiting.sealed.message_id == last.sealed.message_id:
                return answered
        if last and not again:
            return await self._sending.recall(last)
        sealed = self._says.seal(event())
        await asyncio.to_thread(self._said.note, here, sealed.message_id)
        return await self._sending.submit(sealed)

    async def _recipients(
        self,
        sent: Sequence[SentDocument],
        to: Sequence[str] | None,
        *,
        leave_out: frozenset[str],
        only_those: bool = False,
    ) -> list[Organization]:
        """Those named, else who had one of the documents, as they are called today. Raises BadInput.

        Unless they are named, those are left out where nothing can be asked, or who must not get it again.
        """
        had = list(dict.fromkeys(str(each.agency_id) for document in sent for each in document.document.to))
        if to is None:
            over = {agency_id for document in sent for agency_id in await self._found_in(document, leave_out)}
            names: Sequence[str] = [each for each in had if each not in over] or had
        else:
            names = to
        asked = [await self._says.directory.organization(name) for name in names]
        strangers = ", ".join(each.code for each in asked if str(each.agency_id) not in had)
        if only_those and strangers:
            raise BadInput(
                Words(f"Không phải nơi nhận văn bản: {strangers}", f"The document was not sent to: {strangers}")
            )
        return asked

    async def _found_in(self, sent: SentDocument, states: frozenset[str]) -> set[str]:
        """The recipients at which a document is in one of these states."""
        if sent.kept.receipt is None:
            return set()
        try:
            told = await fetch_track(self._says.exchange, self._says.profile.agency_id, sent.message_id)
        except NotFound:
            return set()  # the exchange will say what it thinks of the request
        return {str(each.agency_id) for each in told.recipients if each.state in states}


def _replacement(sent: SentDocument, to: Sequence[Organization]) -> Replacement:
    had = {each.agency_id for each in sent.document.to}
    concerned = tuple(each.code for each in to if each.agency_id in had)
    if not concerned:
        name = sent.document.document_id
        raise BadInput(Words(f"Không nơi nhận nào từng nhận {name}", f"None of the recipients was ever sent {name}"))
    return Replacement(document_id=sent.document.document_id, subject=sent.subject, organ_ids=concerned)


def _business(kind: BusinessType, reason: str, staff: StaffInfo | None, **members: Any) -> Business:
    _demand(reason)
    return Business.model_validate({"type": kind, "reason": nfc(reason), "staff": staff, **members})


def _demand(reason: str) -> None:
    if not nfc(reason):
        raise BadInput(Words("Phải nêu lý do", "The reason is missing"))


def _asked_of(to: Sequence[str] | None, recipients: Sequence[Organization]) -> list[str] | None:
    """Whom the caller named: all stays all, though some of them may be left out the next time."""
    return None if to is None else sorted(str(each.agency_id) for each in recipients)


def _name(kind: ChangeKind, told: object) -> str:
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
