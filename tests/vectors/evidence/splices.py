"""Lies put together from what is true by itself, and signed by the exchange: each breaks one rule of docs/evidence.md.

A verifier that leaves a rule out believes one of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.x509 import ReasonFlags

from lienthong.common.audit import Outcome
from lienthong.common.evidence import EvidenceParts, RevocationPart
from lienthong.common.evidence.events import read_event
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateState
from lienthong.common.messages.document import Business, BusinessType, Lane, ResponseFor
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.evidence import stamped_digest
from lienthong.common.messages.status import StatusCode
from lienthong.common.pki import Revoked, generate_key, issue_service, own_key
from lienthong.common.signing import LocalKey, SignedBytes, SigningKey
from lienthong.common.testing.evidence import Notary
from lienthong.common.timestamps import TimeStampQuery, TrainingTimeStamper, certificates_of, read_response

Lie = tuple[EvidenceParts, str, str, str, str]
"""What is not so, its name, what it is about, and the step and the reason by which it is found."""

_WRONG_KIND = "evidence.malformed"


def splices(notary: Notary) -> Iterator[Lie]:
    """All of them."""
    parts = notary.parts(statuses=())
    yield from _accepted_otherwise(notary, parts)
    yield from _stamped_otherwise(notary, parts)
    yield from _in_other_inboxes(notary, parts)
    yield from _registered_otherwise(notary, parts)
    yield from _said_beside(notary)
    yield from _read_in_two_ways(notary, parts)


def _accepted_otherwise(notary: Notary, parts: EvidenceParts) -> Iterator[Lie]:
    at, step = notary.clock.now(), "document"
    receipt, audit = "evidence.receipt", "evidence.audit"
    other, time = "evidence.other_document", "evidence.time"
    for name, about, reason, changes in (
        ("receipt-message-id", "the receipt names another message", receipt, {"received": {"message_id": new_id()}}),
        ("receipt-lane", "the receipt names the other lane", receipt, {"received": {"lane": Lane.URGENT}}),
        ("receipt-of-production", "a receipt of production", other, {"received": {"environment": "production"}}),
        (
            "accepted-after-stamp",
            "accepted ten minutes after its time stamp",
            time,
            {"received": {"accepted_at": at + timedelta(minutes=10)}},
        ),
        ("record-of-a-notice", "on record as said by the exchange itself", audit, {"recorded": {"act": "message.say"}}),
        ("record-of-a-refusal", "on record as refused", audit, {"recorded": {"outcome": Outcome.REFUSED}}),
        ("record-by-another", "on record as another's act", audit, {"recorded": {"who": notary.recipient.source}}),
        (
            "record-of-another-time",
            "on record an hour before the receipt",
            audit,
            {"recorded": {"at": at - timedelta(hours=1)}},
        ),
    ):
        yield _again(notary, parts, **changes), name, about, step, reason
    notary.clock.move(minutes=-10)
    early = notary.parts(statuses=())
    notary.clock.at = at
    told = _again(notary, early, at=at - timedelta(minutes=10))
    yield told, "receipt-dated-back", "a receipt signed ten minutes after the time it says", step, time
    yield _sealed_late(notary, parts), "sealed-after-acceptance", "sealed after it was accepted", step, "signature.time"


def _stamped_otherwise(notary: Notary, parts: EvidenceParts) -> Iterator[Lie]:
    step, audit = "stamps", "evidence.audit"
    for name, about, reason, headed in (
        ("head-of-another-service", "a block of another service's log", audit, {"service": "accounts"}),
        ("head-of-another-block", "the head of another block", audit, {"block": 4}),
        ("head-of-production", "a head of production", "evidence.other_document", {"environment": "production"}),
        ("head-not-linked", "a chain that does not follow", audit, {"previous": "00" * 32}),
    ):
        yield _again(notary, parts, headed=headed), name, about, step, reason
    head = parts.document.record.head
    foreign = Notary(notary.at).stamp(stamped_digest(head.payload, head.jws))
    yield (
        _record(parts, stamp=foreign),
        "stamper-unknown",
        "stamped by a self-made authority",
        step,
        ("certificate.look_alike_ca"),
    )
    stamped = _by_a_seal(notary, stamped_digest(head.payload, head.jws))
    yield (
        _record(parts, stamp=stamped),
        "stamper-not-for-stamps",
        "stamped by a service's certificate",
        step,
        ("certificate.key_usage"),
    )
    (serial,) = {each.serial for each in certificates_of(parts.document.record.stamp or b"") if not each.is_ca}
    lists = _revoked_later(notary, serial, ReasonFlags.key_compromise)
    told = replace(parts, lists=[*parts.lists, *lists])
    yield told, "stamper-lost-its-key", "the stamper's key was compromised later", step, "certificate.revoked"
    lists = _revoked_later(notary, serial, ReasonFlags.unspecified)
    told = replace(parts, lists=[*parts.lists, *lists])
    yield told, "stamper-revoked", "the stamper was revoked later, nobody says why", step, "certificate.revoked"


def _in_other_inboxes(notary: Notary, parts: EvidenceParts) -> Iterator[Lie]:
    sealed, step, other = parts.document.message, "inbox", "evidence.other_document"
    inboxes: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("inbox-of-another", "an inbox of another agency", {"recipient": notary.outsider.certificate.agency_id}),
        ("inbox-of-the-other-lane", "an inbox of the other lane", {"lane": Lane.URGENT}),
        ("inbox-of-production", "an inbox of production", {"environment": "production"}),
    )
    for name, about, changes in inboxes:
        yield replace(parts, inbox=notary.inbox(sealed, **changes)), name, about, step, other
    early = notary.clock.now() - timedelta(minutes=10)
    told = notary.inbox(sealed, head_at=notary.clock.now() + timedelta(hours=3))
    yield replace(parts, inbox=told), "head-of-another-time", "a head of a time to come", step, "evidence.time"
    told = notary.inbox(sealed, acknowledged_at=early)
    yield (
        replace(parts, inbox=told),
        "acknowledged-too-early",
        "acknowledged before it was accepted",
        step,
        ("evidence.time"),
    )
    told = replace(parts.inbox, head=parts.document.receipt)
    yield replace(parts, inbox=told), "receipt-as-head", "a receipt in place of the head", step, _WRONG_KIND
    told = replace(parts.inbox, delivery_receipt=parts.inbox.head)
    yield replace(parts, inbox=told), "head-as-delivery-receipt", "the inbox head twice", step, _WRONG_KIND
    told = replace(parts.inbox, after=None)
    yield replace(parts, inbox=told), "links-left-out", "two links only, and left out", step, "evidence.chain"
    told = replace(parts.inbox, delivery_receipt=None, after=None)
    yield replace(parts, inbox=told), "links-to-nothing", "left out, without a delivery receipt", step, "evidence.chain"


def _registered_otherwise(notary: Notary, parts: EvidenceParts) -> Iterator[Lie]:
    step, seal = "register", notary.sender.certificate.fingerprint
    forged = notary.voice.certificate(notary.sender, by=notary.exchange).signed
    yield (
        _known(parts, {seal: forged}),
        "register-by-the-exchange",
        "what the exchange says of a key",
        step,
        ("policy.holder"),
    )
    swapped = parts.certificates[notary.recipient.certificate.fingerprint]
    yield (
        _known(parts, {seal: swapped}),
        "register-swapped",
        "one certificate's under another's name",
        step,
        ("evidence.register"),
    )
    past = [
        (CertificateState.ACTIVE, notary.clock.now() - timedelta(minutes=50)),
        (CertificateState.SUSPENDED, notary.clock.now() - timedelta(minutes=1)),
    ]
    told = notary.voice.certificate(notary.sender, version=2, history=past).signed
    yield (
        _known(parts, {seal: told}),
        "suspended",
        "the seal was suspended by the register",
        "document",
        ("certificate.suspended"),
    )
    production = replace(parts, subject=replace(parts.subject, environment="production"))
    yield production, "production", "of production, under an anchor of training", "manifest", "trust.training_anchor"
    unnamed = [replace(each, issuer=f"list-{place}") for place, each in enumerate(parts.lists)]
    yield (
        replace(parts, lists=unnamed),
        "list-without-a-name",
        "lists under names that are none",
        "container",
        "evidence.entries",
    )


def _said_beside(notary: Notary) -> Iterator[Lie]:
    parts = notary.parts()
    first, second = parts.messages
    step, other = "messages", "evidence.other_document"
    yield replace(parts, messages=[first, second, first]), "message-twice", "a status twice", step, other
    for kind, name in ((BusinessType.REVOKE, "revokes-another"), (BusinessType.UPDATE, "updates-another")):
        told = changed(notary, parts, kind, of=notary.document())
        yield told, name, "a document beside it that changes another one", step, other
    document: Any = read_event(parts.document.message.payload)
    status = notary.status(document, StatusCode.DONE, sender=document.data.to[0])
    own = status.model_copy(update={"source": notary.sender.source})
    told = _beside(notary, parts, own, notary.sender.signer.sign(to_bytes(own)))
    yield told, "status-by-the-sender", "a status that the document's sender says", step, "policy.holder"
    other_subject = status.model_copy(update={"subject": str(new_id())})
    told = _beside(notary, parts, other_subject, notary.recipient.signer.sign(to_bytes(other_subject)))
    yield told, "status-of-another-subject", "a status that names another document beside its message", step, other
    own = document.data.sender
    named = notary.status(document, StatusCode.DONE, sender=own)
    told = _beside(notary, parts, named, notary.recipient.signer.sign(to_bytes(named)))
    yield told, "status-from-another", "the recipient's status, in another's name", step, other
    at = notary.clock.now()
    said = [(read_event(each.message.payload), each.message) for each in (parts.document, first, second)]
    mixed, *others = notary.accept(said, at=[at, at, at - timedelta(minutes=1)])
    told = replace(parts, document=mixed, messages=others)
    yield told, "order-of-acceptance", "not in the order of acceptance", step, "evidence.time"


def _read_in_two_ways(notary: Notary, parts: EvidenceParts) -> Iterator[Lie]:
    for name, about, before, after in (
        ("json-twice", "a member twice", b'"outcome"', b'"outcome":"refused","outcome"'),
        ("json-not-a-number", "NaN", b'"details":{', b'"details":{"a":NaN,'),
        ("json-huge", "a number of 400 digits", b'"details":{', b'"details":{"a":' + b"9" * 400 + b","),
        ("json-deep", "40 arrays in each other", b'"details":{', b'"details":{"a":' + b"[" * 40 + b"]" * 40 + b","),
        ("json-surrogate", "half a surrogate pair", b'"details":{', b'"details":{"a":"\\ud800",'),
    ):
        told = _again(notary, parts, written=_replacing(before, after))
        yield told, name, f"{about} in the record", "document", _WRONG_KIND


def _replacing(before: bytes, after: bytes) -> Callable[[bytes], bytes]:
    return lambda entry: entry.replace(before, after, 1)


def _again(notary: Notary, parts: EvidenceParts, **changes: Any) -> EvidenceParts:
    """The document accepted anew, and something else said of it."""
    event, sealed = read_event(parts.document.message.payload), parts.document.message
    (proven,) = notary.accept([(event, sealed)], **changes)
    return replace(parts, document=proven)


def _sealed_late(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    event, at = read_event(parts.document.message.payload), notary.clock.now()
    notary.clock.move(minutes=10)
    sealed = notary.sender.signer.sign(parts.document.message.payload)
    notary.clock.at = at
    (proven,) = notary.accept([(event, sealed)])
    return replace(parts, document=proven)


class _AnyStamper(TrainingTimeStamper):
    """Stamps with whatever key it is given."""

    def __init__(self, key: SigningKey, clock: Callable[[], datetime]) -> None:
        self._key, self._certificate, self._clock = key, key.certificate, clock


def _by_a_seal(notary: Notary, digest: bytes) -> bytes:
    key, issuing = generate_key(), notary.voice.authority.issuing
    at = notary.clock.now() - timedelta(hours=1)
    certificate = issue_service(issuing, own_key(key), name="exchange", at=at)
    stamper = _AnyStamper(LocalKey.of(key, certificate, issuing.chain), notary.clock.now)
    query = TimeStampQuery.over(digest)
    return read_response(stamper.answer(query.to_bytes()), query)


def _revoked_later(notary: Notary, serial: int, reason: ReasonFlags) -> list[RevocationPart]:
    at = notary.clock.now()
    notary.clock.move(days=1)
    lists = notary.lists(Revoked(serial, at + timedelta(hours=1), reason), number=2)
    notary.clock.at = at
    return lists


def _known(parts: EvidenceParts, told: Mapping[str, SignedBytes]) -> EvidenceParts:
    return replace(parts, certificates={**parts.certificates, **told})


def changed(notary: Notary, parts: EvidenceParts, kind: BusinessType, *, of: Any = None) -> EvidenceParts:
    """Beside it stands a document of the same sender and recipient that changes it, or another one."""
    named: Any = of or read_event(parts.document.message.payload)
    called = ResponseFor(document_id=named.data.document_id, subject=named.subject)
    business = Business(type=kind, reason="nhầm", document_id=named.data.document_id)
    event = notary.document(business=business, response_for=(called,) if kind is BusinessType.REVOKE else ())
    if kind is BusinessType.UPDATE:
        event = event.model_copy(update={"subject": named.subject})
    return _beside(notary, parts, event, notary.sender.signer.sign(to_bytes(event)))


def _beside(notary: Notary, parts: EvidenceParts, event: Any, sealed: SignedBytes) -> EvidenceParts:
    document = read_event(parts.document.message.payload)
    first, *others = notary.accept([(document, parts.document.message), (event, sealed)])
    return replace(parts, document=first, messages=others)


def _record(parts: EvidenceParts, **changes: object) -> EvidenceParts:
    return replace(parts, document=replace(parts.document, record=replace(parts.document.record, **changes)))
