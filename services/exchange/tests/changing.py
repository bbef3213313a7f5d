"""An exchange between SENDER and RECIPIENT in memory: what is said is judged and done by the domain, line by line."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.exchange.tests.builders import NOW, RECIPIENT, SENDER, event, facts, organization, report, submission

from lienthong.common.ids import new_id, parse_id
from lienthong.common.messages.change import Answer, ChangeAnswer, ContentRemoval, TakeBack
from lienthong.common.messages.document import Business, BusinessType, Document, Lane, Replacement, ResponseFor
from lienthong.common.messages.exchange import (
    ChangeAnswered,
    ContentRemoved,
    DocumentSent,
    TakeBackRequested,
)
from lienthong.common.messages.status import StatusCode
from lienthong.exchange.domain.admission import judge
from lienthong.exchange.domain.changes import ChangeKind, RequestState
from lienthong.exchange.domain.deliveries import AdmittedRequest, AskedChange, DeliveredDocument, DeliveryKey
from lienthong.exchange.domain.effects import admit
from lienthong.exchange.domain.states import DeliveryState, History
from lienthong.exchange.domain.submission import Facts, Submission

CODE = organization().code


def take_back(document: DocumentSent, **changes: Any) -> Submission:
    """A take-back of this document from RECIPIENT."""
    envelope: dict[str, Any] = {"time": NOW, "subject": document.subject, "id": None, "source": f"/agencies/{SENDER}"}
    envelope |= {name: changes.pop(name) for name in envelope if name in changes}
    members: dict[str, Any] = {
        "sender": organization(SENDER),
        "to": (organization(),),
        "lane": Lane.ORDINARY,
        "message_id": document.id,
        "response_for": ResponseFor(),
        "reason": "Gửi nhầm",
    }
    return submission(TakeBackRequested.new(data=TakeBack(**(members | changes)), **envelope))


def revoke(document: DocumentSent, **changes: Any) -> Submission:
    """A letter that revokes this document."""
    named = (ResponseFor(subject=_subject(document)),)
    members: dict[str, Any] = {"business": Business(type=BusinessType.REVOKE), "response_for": named}
    return submission(event(**(members | changes)))


def update(document: DocumentSent, **changes: Any) -> Submission:
    """A newer version of this document."""
    business = Business(type=BusinessType.UPDATE, document_id=document.data.document_id)
    members: dict[str, Any] = {"business": business, "subject_id": document.subject}
    return submission(event(**(members | changes)))


def replacing(*documents: DocumentSent, **changes: Any) -> Submission:
    """Another document in the place of these."""
    replaced = tuple(
        Replacement(document_id=each.data.document_id, subject=_subject(each), organ_ids=(CODE,)) for each in documents
    )
    members: dict[str, Any] = {"business": Business(type=BusinessType.REPLACE, replacements=replaced)}
    return submission(event(**(members | changes)))


ASK = {
    ChangeKind.TAKE_BACK: take_back,
    ChangeKind.REVOKE: revoke,
    ChangeKind.UPDATE: update,
    ChangeKind.REPLACE: replacing,
}


def answer(asked: Submission, said: Answer, **changes: Any) -> Submission:
    """What RECIPIENT answers."""
    envelope = _said_by_recipient(asked, changes)
    members: dict[str, Any] = _about(asked) | {"status": said, "description": "Đã xử lý"}
    return submission(ChangeAnswered.new(data=ChangeAnswer(**(members | changes)), **envelope), agency_id=RECIPIENT)


def removal(asked: Submission, **changes: Any) -> Submission:
    """RECIPIENT has removed the content."""
    envelope = _said_by_recipient(asked, changes)
    members: dict[str, Any] = _about(asked)
    return submission(ContentRemoved.new(data=ContentRemoval(**(members | changes)), **envelope), agency_id=RECIPIENT)


def status(document: DocumentSent, code: StatusCode, at: datetime = NOW) -> Submission:
    """What RECIPIENT reports of this document."""
    description = "Gửi nhầm" if code is StatusCode.REFUSED else None
    return report(code, message_id=document.id, subject=document.subject, time=at, description=description)


@dataclass
class Exchange:
    """What the store would remember between messages, kept by hand."""

    known: Facts = field(default_factory=facts)
    documents: list[DocumentSent] = field(default_factory=list[DocumentSent])
    requests: list[Submission] = field(default_factory=list[Submission])
    settled: dict[UUID, RequestState] = field(default_factory=dict[UUID, RequestState])
    rows: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])

    def say(self, said: Submission) -> list[str]:
        """Judge a message and do what it brings about; answers the codes of what was wrong. Then nothing was done."""
        self.look()
        before = dict(self.known.deliveries), dict(self.known.requests)
        codes = [each.code for each in judge(said, self.known).violations]
        if codes:
            assert (self.known.deliveries, self.known.requests) == before, "nothing is refused and done"
            return codes
        effect = admit(said, self.known)
        if isinstance(said.event, DocumentSent):
            self._deliver(said.event)
        if isinstance(effect, AdmittedRequest):
            self._ask(said, effect)
        return []

    def state(self, document: DocumentSent | Submission) -> DeliveryState:
        """Where the document is."""
        return self.at(document).history.state

    def at(self, document: DocumentSent | Submission) -> DeliveredDocument:
        """What is known of it."""
        return self.known.deliveries[self.key(document)]

    def acknowledge(self) -> None:
        """RECIPIENT acknowledges whatever is in its inbox."""
        for key, each in self.known.deliveries.items():
            self.known.deliveries[key] = replace(each, acknowledged=True)

    def key(self, document: DocumentSent | Submission) -> DeliveryKey:
        told = document.event if isinstance(document, Submission) else document
        return RECIPIENT, SENDER, told.id

    def _deliver(self, document: DocumentSent) -> None:
        self.rows[document.id] = new_id()
        delivered = DeliveredDocument(
            self.rows[document.id], _subject(document), document.data.lane, NOW - timedelta(hours=1)
        )
        self.known.deliveries[self.key(document)] = delivered
        self.documents.append(document)

    def _ask(self, said: Submission, effect: AdmittedRequest) -> None:
        assert not (effect.granted and effect.asked), "asked about one, asked about all"
        state = RequestState.ASKED if effect.asked else RequestState.GRANTED
        subject = parse_id(said.event.subject or "")
        row = self.rows.get(said.event.id, said.event.id)
        documents = effect.asked or effect.granted
        self.known.requests[self.key(said)] = AskedChange(
            row, subject, Lane.ORDINARY, NOW - timedelta(minutes=30), effect.kind, state, documents
        )
        self.requests.append(said)
        if effect.asked and self.key(said) in self.known.deliveries:
            asking = self.at(said)
            waits = replace(asking.history, waits=True)
            self.known.deliveries[self.key(said)] = replace(asking, history=waits)

    def look(self) -> None:
        """What `store/deliveries.py` finds: the newest version that stands, and which documents these are."""
        newest: dict[tuple[UUID, UUID, UUID], DeliveryKey] = {}
        for document in self.documents:
            each = self.at(document)
            if not each.history.waits and each.history.end is not DeliveryState.DECLINED:
                newest[SENDER, each.subject, RECIPIENT] = self.key(document)
        told: dict[UUID, Document] = {self.rows[each.id]: each.data for each in self.documents}
        sent = frozenset((SENDER, _subject(each)) for each in self.documents)
        self.known = replace(self.known, newest=newest, documents=told, sent=sent)


def first_document(exchange: Exchange, *, history: History | None = None, acknowledged: bool = False) -> DocumentSent:
    """A document that SENDER sent to RECIPIENT, where `history` says."""
    document = event()
    assert exchange.say(submission(document)) == []
    key = exchange.key(document)
    delivered = replace(exchange.known.deliveries[key], acknowledged=acknowledged)
    exchange.known.deliveries[key] = replace(delivered, history=history or delivered.history)
    return document


def _subject(document: DocumentSent) -> UUID:
    return parse_id(document.subject or "")


def _said_by_recipient(asked: Submission, changes: dict[str, Any]) -> dict[str, Any]:
    envelope: dict[str, Any] = {"time": NOW, "subject": asked.event.subject, "id": None}
    envelope |= {name: changes.pop(name) for name in envelope if name in changes}
    return envelope | {"source": f"/agencies/{RECIPIENT}"}


def _about(asked: Submission) -> dict[str, Any]:
    return {
        "sender": organization(RECIPIENT),
        "to": (organization(SENDER),),
        "lane": asked.lane,
        "message_id": asked.event.id,
        "response_for": ResponseFor(),
    }
