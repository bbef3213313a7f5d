"""Entries of the inbox about changes of documents, and what the exchange itself says of a delivery."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.messages.change import Answer, ChangeAnswer, ContentRemoval, TakeBack
from lienthong.common.messages.document import ResponseFor
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ChangeLapsed,
    ContentRemoved,
    DeliveryEnded,
    TakeBackRequested,
)
from lienthong.common.messages.notice import EndedDelivery, Ending, LapsedChange
from lienthong.common.messages.parts import Organization
from lienthong.sdk.compose import symbol_in
from lienthong.sdk.items import Item
from lienthong.sdk.statuses import ANSWER_WORDS, ENDING_WORDS

THE_EXCHANGE = Words("Trục liên thông", "The exchange")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackNotice(Item):
    """The sender of a document asks for it back (13): answer it with `Agency.answer`."""

    event: TakeBackRequested

    @property
    def request(self) -> TakeBack:
        """What was asked."""
        return self.event.data

    @property
    def sender(self) -> Organization:
        """The document's sender, who asks."""
        return self.request.sender

    @property
    def document_message_id(self) -> UUID:
        """The message that brought the document."""
        return self.request.message_id

    @property
    def symbol(self) -> str:
        """Số và ký hiệu of the document."""
        return _named(self.request.response_for, self.document_message_id)

    @property
    def title(self) -> str:
        """`13 Yêu cầu lấy lại 15/STC-QLNS: Gửi nhầm`."""
        return f"{self.request.status} Yêu cầu lấy lại {self.symbol}: {self.request.reason}"

    @property
    def sender_name(self) -> str:
        """The asking agency's name."""
        return self.sender.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAnswerNotice(Item):
    """A recipient agreed to what this agency asked (15), or refused it (16)."""

    event: ChangeAnswered

    @property
    def answer(self) -> ChangeAnswer:
        """What was answered."""
        return self.event.data

    @property
    def agreed(self) -> bool:
        """Whether the recipient agreed."""
        return self.answer.status is Answer.AGREED

    @property
    def sender(self) -> Organization:
        """The recipient, who answers."""
        return self.answer.sender

    @property
    def request_message_id(self) -> UUID:
        """Our message that asked."""
        return self.answer.message_id

    @property
    def symbol(self) -> str:
        """Số và ký hiệu of the document."""
        return _named(self.answer.response_for, self.request_message_id)

    @property
    def happened_at(self) -> datetime:
        """When it was decided, as the recipient says."""
        return self.event.time

    @property
    def title(self) -> str:
        """`16 Không đồng ý: 15/STC-QLNS`."""
        return f"{self.answer.status} {ANSWER_WORDS[self.answer.status].vi}: {self.symbol}"

    @property
    def sender_name(self) -> str:
        """The answering agency's name."""
        return self.sender.name


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalNotice(Item):
    """A recipient has removed the content of a document that was taken back or revoked."""

    event: ContentRemoved

    @property
    def removal(self) -> ContentRemoval:
        """What was said."""
        return self.event.data

    @property
    def sender(self) -> Organization:
        """The recipient, who removed it."""
        return self.removal.sender

    @property
    def request_message_id(self) -> UUID:
        """Our message that asked for it."""
        return self.removal.message_id

    @property
    def symbol(self) -> str:
        """Số và ký hiệu of the document."""
        return _named(self.removal.response_for, self.request_message_id)

    @property
    def happened_at(self) -> datetime:
        """When it was removed, as the recipient says."""
        return self.event.time

    @property
    def title(self) -> str:
        """`Đã xóa nội dung: 15/STC-QLNS`."""
        return f"Đã xóa nội dung: {self.symbol}"

    @property
    def sender_name(self) -> str:
        """The reporting agency's name."""
        return self.sender.name


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedNotice(Item):
    """The exchange says that a delivery of ours ended without its recipient: withdrawn, or expired."""

    event: DeliveryEnded

    @property
    def ended(self) -> EndedDelivery:
        """What was said."""
        return self.event.data

    @property
    def how(self) -> Ending:
        """How it ended."""
        return self.ended.how

    @property
    def recipient(self) -> Organization:
        """Whose delivery ended."""
        return self.ended.recipient

    @property
    def document_message_id(self) -> UUID:
        """Our message that brought the document."""
        return self.ended.message_id

    @property
    def symbol(self) -> str:
        """Số và ký hiệu of the document."""
        return symbol_in(self.ended.document_id) or self.ended.document_id

    @property
    def happened_at(self) -> datetime:
        """When it ended."""
        return self.event.time

    @property
    def title(self) -> str:
        """`Đã rút trước khi đến: 15/STC-QLNS (Sở Tư pháp)`."""
        return f"{ENDING_WORDS[self.how].vi}: {self.symbol} ({self.recipient.name})"

    @property
    def sender_name(self) -> str:
        """The exchange."""
        return THE_EXCHANGE.vi


@dataclass(frozen=True, slots=True, kw_only=True)
class LapsedNotice(Item):
    """The exchange says that nobody answered in time what we asked; the document goes on as it was."""

    event: ChangeLapsed

    @property
    def lapsed(self) -> LapsedChange:
        """What was said."""
        return self.event.data

    @property
    def recipient(self) -> Organization:
        """Who did not answer."""
        return self.lapsed.recipient

    @property
    def request_message_id(self) -> UUID:
        """Our message that asked."""
        return self.lapsed.message_id

    @property
    def document_message_id(self) -> UUID:
        """Our message that brought the document."""
        return self.lapsed.document_message_id

    @property
    def symbol(self) -> str:
        """Số và ký hiệu of the document."""
        return symbol_in(self.lapsed.document_id) or self.lapsed.document_id

    @property
    def happened_at(self) -> datetime:
        """When it lapsed."""
        return self.event.time

    @property
    def title(self) -> str:
        """`Quá hạn, không trả lời: 15/STC-QLNS (Sở Tư pháp)`."""
        return f"Quá hạn, không trả lời: {self.symbol} ({self.recipient.name})"

    @property
    def sender_name(self) -> str:
        """The exchange."""
        return THE_EXCHANGE.vi


def _named(document: ResponseFor, message_id: UUID) -> str:
    return document.code or document.document_id or str(message_id)
