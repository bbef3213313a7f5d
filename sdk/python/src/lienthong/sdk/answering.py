"""What a recipient answers to a take-back, revocation, update or replacement, and that it removed what it gave back.

`answered/` names the answer and the report of each request (`said.py`): saying the same again sends nothing new.
"""

import asyncio
from typing import Any, TypeAlias

from lienthong.common.errors import Words
from lienthong.common.messages.change import Answer, ChangeAnswer, ContentRemoval
from lienthong.common.messages.document import ResponseFor, StaffInfo
from lienthong.common.messages.envelope import Event, read
from lienthong.common.messages.exchange import ChangeAnswered, ContentRemoved
from lienthong.sdk.compose import in_words, nfc_or_none, seal_use
from lienthong.sdk.errors import BadInput
from lienthong.sdk.items import Letter
from lienthong.sdk.notices import TakeBackNotice
from lienthong.sdk.outgoing import Kept
from lienthong.sdk.saying import Says
from lienthong.sdk.sending import Sent
from lienthong.sdk.statuses import ChangeKind

Request: TypeAlias = TakeBackNotice | Letter
"""What asks for a change: a take-back, or a letter that revokes, updates or replaces."""

GIVES_BACK = frozenset({ChangeKind.TAKE_BACK, ChangeKind.REVOKE})
"""What ends with the content removed."""


class Answering:
    """Answers of one agency to what is asked for the documents of its inbox."""

    def __init__(self, says: Says) -> None:
        self._says = says
        self._sending = says.sending
        self._said = says.before("answered")

    async def answer(
        self, request: Request, answer: Answer, *, description: str | None, staff: StaffInfo | None, by: str | None
    ) -> Sent:
        """Agree or refuse. Raises BadInput, and as `Sending.submit`."""
        kind_of(request)
        told = nfc_or_none(description)
        if answer is Answer.REFUSED and told is None:
            raise BadInput(Words("Không đồng ý thì phải nêu lý do", "A refusal needs its reason"))
        name, last = self._last(request, "answer")
        if last and last.receipt is None:
            sent = await self._sending.submit(last.sealed)
            if _answers(last, answer, told):
                return sent
        elif last and _answers(last, answer, told):
            return await self._sending.recall(last)
        data = ChangeAnswer.model_validate(
            {**await self._common(request, staff, by), "status": answer, "description": told}
        )
        return await self._say(request, name, ChangeAnswered, data)

    async def report_removed(
        self, request: Request, *, note: str | None, staff: StaffInfo | None, by: str | None
    ) -> Sent:
        """Say that the content was removed. Raises BadInput, and as `Sending.submit`."""
        if kind_of(request) not in GIVES_BACK:
            words = "Chỉ báo xóa sau khi lấy lại hoặc thu hồi", "Only what was taken back or revoked is removed"
            raise BadInput(Words(*words))
        name, last = self._last(request, "removed")
        if last:
            # It is removed once; whatever is noted of it the second time.
            return await self._sending.recall(last)
        data = ContentRemoval.model_validate({**await self._common(request, staff, by), "note": nfc_or_none(note)})
        return await self._say(request, name, ContentRemoved, data)

    def find(self, source: str, message_id: str) -> Answer | None:
        """What this profile has answered to a request, and the exchange has accepted."""
        kept = self._said.find(_name(source, message_id, "answer"))
        return _answered(kept).status if kept and kept.receipt else None

    def _last(self, request: Request, what: str) -> tuple[str, Kept | None]:
        name = _name(request.source, str(request.message_id), what)
        return name, self._said.find(name)

    async def _common(self, request: Request, staff: StaffInfo | None, by: str | None) -> dict[str, Any]:
        return {
            "from": await self._says.own(),
            "to": (request.sender,),
            "lane": request.lane,
            "message_id": request.message_id,
            "response_for": _in_words(request),
            "staff": staff,
            "sealed_by": seal_use(by),
        }

    async def _say(self, request: Request, name: str, event: type[Event[Any]], data: Any) -> Sent:
        sealed = self._says.seal(
            event.new(
                source=self._says.profile.source, time=self._says.clock.now(), data=data, subject=request.event.subject
            )
        )
        await asyncio.to_thread(self._said.note, name, sealed.message_id)
        return await self._sending.submit(sealed)


def kind_of(request: Request) -> ChangeKind:
    """What a request asks for. Raises BadInput where it asks for nothing."""
    kind = request.change if isinstance(request, Letter) else ChangeKind.TAKE_BACK
    if kind is None:
        raise BadInput(
            Words(
                f"{request.title!r} là văn bản mới, không có yêu cầu nào để trả lời",
                f"{request.title!r} is a new document and asks for nothing",
            )
        )
    return kind


def _in_words(request: Request) -> ResponseFor:
    return in_words(request.event) if isinstance(request, Letter) else request.request.response_for


def _answers(kept: Kept, answer: Answer, description: str | None) -> bool:
    told = _answered(kept)
    return (told.status, told.description) == (answer, description)


def _answered(kept: Kept) -> ChangeAnswer:
    return read(kept.sealed.signed.payload, ChangeAnswered, tolerant=True).data


def _name(source: str, message_id: str, what: str) -> str:
    return f"{source.rpartition('/')[2]}-{message_id}-{what}"
