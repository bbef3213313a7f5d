"""Evidence that the exchange's own key has signed, and that is not so: nothing is believed for the manifest."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lienthong.common.evidence import (
    ContainerWriter,
    EvidenceParts,
    ProvenMessage,
    Report,
    RevocationPart,
    build_evidence,
    read_container,
    verify_evidence,
)
from lienthong.common.evidence.events import read_event
from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateState
from lienthong.common.messages.document import Lane
from lienthong.common.messages.envelope import to_bytes
from lienthong.common.messages.status import StatusCode
from lienthong.common.pki import Revoked, make_crl
from lienthong.common.signing import SignedBytes, TrustStore
from lienthong.common.testing.evidence import MovingClock, Notary
from lienthong.common.testing.voice import Voice

pytestmark = pytest.mark.requirement("N5")


def verify(notary: Notary, parts: EvidenceParts) -> Report:
    return verify_evidence(io.BytesIO(notary.file(parts)), notary.voice.store)


def document(parts: EvidenceParts, **changes: object) -> EvidenceParts:
    return replace(parts, document=replace(parts.document, **changes))


def record(parts: EvidenceParts, **changes: object) -> EvidenceParts:
    changed = document(parts, record=replace(parts.document.record, **changes))
    return replace(changed, messages=[])


def forged(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    """Sealed by another agency."""
    return document(parts, message=notary.outsider.signer.sign(parts.document.message.payload))


def unregistered(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    known = {**parts.certificates}
    del known[notary.sender.certificate.fingerprint]
    return replace(parts, certificates=known)


def foreign_status(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    """A status of another document, put on record in the same block."""
    event, other = read_event(parts.document.message.payload), notary.document()
    status = notary.status(other, StatusCode.RECEIVED)
    sealed = [(event, parts.document.message), (status, notary.recipient.signer.sign(to_bytes(status)))]
    first, *others = notary.accept(sealed)
    return replace(parts, document=first, messages=others)


def other_block(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    """The record of another document."""
    return document(parts, record=notary.parts().document.record)


def other_stamp(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    return record(parts, stamp=notary.stamp(hashlib.sha256(b"something else").digest()))


def self_stamped(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    """Stamped by an authority that nobody has configured."""
    other = Notary(notary.at)
    return record(parts, stamp=other.parts().document.record.stamp)


def status_without_a_stamp_of_its_own(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    first = parts.messages[0]
    return replace(parts, messages=[replace(first, record=parts.document.record)])


def receipt_of_another(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    return document(parts, receipt=notary.parts().document.receipt)


def receipt_of_an_agency(notary: Notary, parts: EvidenceParts) -> EvidenceParts:
    return document(parts, receipt=notary.sender.signer.sign(parts.document.receipt.payload))


def longer(signed: SignedBytes) -> SignedBytes:
    return replace(signed, payload=signed.payload + b" ")


LIES: list[tuple[Callable[[Notary, EvidenceParts], EvidenceParts], str, str]] = [
    (forged, "document", "evidence.receipt"),
    (unregistered, "document", "certificate.unknown"),
    (lambda n, p: document(p, message=longer(p.document.message)), "document", "evidence.receipt"),
    (receipt_of_another, "document", "evidence.receipt"),
    (receipt_of_an_agency, "document", "policy.holder"),
    (other_block, "document", "evidence.audit"),
    (lambda n, p: record(p, entry=p.document.record.entry.replace(b"done", b"Done")), "document", "evidence.audit"),
    (lambda n, p: record(p, position=1), "document", "evidence.audit"),
    (lambda n, p: record(p, path=p.document.record.path[:-1]), "document", "evidence.audit"),
    (other_stamp, "stamps", "timestamp.other_content"),
    (self_stamped, "stamps", "timestamp.other_content"),
    (lambda n, p: record(p, stamp=b"0\0"), "stamps", "timestamp.malformed"),
    (foreign_status, "messages", "evidence.other_document"),
    (status_without_a_stamp_of_its_own, "messages", "evidence.audit"),
    (lambda n, p: replace(p, messages=[p.document]), "messages", "evidence.other_document"),
    (lambda n, p: replace(p, subject=replace(p.subject, n=8)), "inbox", "evidence.chain"),
    (lambda n, p: replace(p, subject=replace(p.subject, lane=Lane.URGENT)), "document", "evidence.other_document"),
    (lambda n, p: replace(p, inbox=replace(p.inbox, after=[])), "inbox", "evidence.chain"),
    (lambda n, p: replace(p, inbox=replace(p.inbox, delivery_receipt=None)), "inbox", "evidence.chain"),
    (lambda n, p: replace(p, inbox=n.inbox(n.parts().document.message)), "inbox", "evidence.chain"),
    (lambda n, p: replace(p, lists=[]), "register", "revocation.missing"),
    (lambda n, p: replace(p, certificates={}), "manifest", "certificate.unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "step", "reason"), LIES)
def test_what_does_not_fit_is_found_though_the_exchange_signed_the_manifest(
    notary: Notary, lie: Callable[[Notary, EvidenceParts], EvidenceParts], step: str, reason: str
) -> None:
    parts = notary.parts()
    report = verify(notary, lie(notary, parts))
    assert (report.taken[-1].step.value, report.taken[-1].reason) == (step, reason)
    assert report.exit_code == (2 if reason == "revocation.missing" else 1)
    assert report.proven is None


def test_a_manifest_that_an_agency_signed_is_refused(notary: Notary) -> None:
    file = build_evidence(notary.parts(), notary.sender.signer.sign)
    report = verify_evidence(io.BytesIO(file), notary.voice.store)
    assert (report.taken[-1].step.value, report.taken[-1].reason) == ("manifest", "policy.holder")


def resigned(notary: Notary, file: bytes, **changes: str) -> bytes:
    """The same entries under a manifest that says something else, signed by the exchange."""
    entries = dict(read_container(io.BytesIO(file)).entries)
    signed = notary.exchange.signer.sign(json.dumps(json.loads(entries["manifest.json"]) | changes).encode())
    entries |= {"manifest.json": signed.payload, "manifest.jws": signed.jws.encode()}
    out = io.BytesIO()
    writer = ContainerWriter(out)
    for name, content in entries.items():
        writer.add(name, content)
    writer.finish()
    return out.getvalue()


@pytest.mark.parametrize("member", ["recipient", "message_id", "subject", "source", "environment"])
def test_a_manifest_about_something_else_is_refused(notary: Notary, good: bytes, member: str) -> None:
    other = str(new_id())
    value = {"source": f"/agencies/{other}", "environment": "production"}.get(member, other)
    report = verify_evidence(io.BytesIO(resigned(notary, good, **{member: value})), notary.voice.store)
    assert report.exit_code == 1
    assert report.taken[-1].step.value in ("document", "manifest")


def test_another_anchor_believes_nothing(notary: Notary, good: bytes) -> None:
    other = Voice(MovingClock(notary.at), name="another")
    report = verify_evidence(io.BytesIO(good), TrustStore(other.authority.anchors))
    assert (report.exit_code, report.taken[-1].step.value) == (1, "register")


def test_a_register_that_accounts_did_not_sign_is_refused(notary: Notary) -> None:
    parts = notary.parts()
    certificate = notary.sender.certificate.fingerprint
    said = notary.voice.certificate(notary.sender, by=notary.exchange).signed
    report = verify(notary, replace(parts, certificates={**parts.certificates, certificate: said}))
    assert (report.taken[-1].step.value, report.taken[-1].reason) == ("register", "policy.holder")


def fresh() -> Notary:
    """A notary whose clock may be moved."""
    return Notary(datetime(2026, 11, 22, 2, 37, 6, 123000, UTC))


def later(notary: Notary, parts: EvidenceParts, *revoked: Revoked) -> EvidenceParts:
    """The same, asked for a day later, with the lists of that day beside the old ones."""
    notary.clock.move(days=1)
    subject = replace(parts.subject, made_at=notary.clock.now())
    return replace(parts, subject=subject, lists=[*parts.lists, *notary.lists(*revoked, number=2)])


def test_a_seal_made_before_its_certificate_was_revoked_stays_good() -> None:
    notary = fresh()
    parts = notary.parts()
    revoked_at = notary.clock.now() + timedelta(hours=1)
    page = later(notary, parts, Revoked(notary.sender.certificate.serial, revoked_at))
    past = [(CertificateState.ACTIVE, notary.at - timedelta(minutes=50)), (CertificateState.REVOKED, revoked_at)]
    said = notary.voice.certificate(notary.sender, version=2, history=past).signed
    page = replace(page, certificates={**page.certificates, notary.sender.certificate.fingerprint: said})
    report = verify(notary, page)
    assert report.proven is not None, report.taken
    assert not report.proven.seal_ended_since


def test_a_seal_made_after_its_certificate_was_revoked_is_refused() -> None:
    notary = fresh()
    parts = notary.parts()
    page = later(notary, parts, Revoked(notary.sender.certificate.serial, notary.at - timedelta(minutes=1)))
    report = verify(notary, page)
    assert (report.taken[-1].step.value, report.taken[-1].reason) == ("document", "certificate.revoked")


def test_a_certificate_that_ended_between_acceptance_and_stamp_is_told() -> None:
    notary = fresh()
    accepted_at = notary.clock.now()
    event = notary.document()
    sealed = notary.sender.signer.sign(to_bytes(event))
    notary.clock.move(minutes=2)
    (proven,) = notary.accept([(event, sealed)], at=accepted_at)
    parts = EvidenceParts(notary.subject(event), proven, [], notary.inbox(sealed), notary.register(), notary.lists())
    page = later(notary, parts, Revoked(notary.sender.certificate.serial, accepted_at + timedelta(minutes=1)))
    report = verify(notary, page)
    assert report.proven is not None, report.taken
    assert report.proven.seal_ended_since


def test_a_revoked_key_of_the_exchange_dates_nothing_back() -> None:
    """Whoever has the key makes receipts and heads with old times, but no stamp of that time."""
    notary = fresh()
    old, revoked_at = notary.clock.now(), notary.clock.now() + timedelta(hours=1)
    event = notary.document()
    sealed = notary.sender.signer.sign(to_bytes(event))
    backdated = [notary.receipt(event, sealed, old), notary.inbox(sealed)]
    notary.clock.move(hours=2)
    (proven,) = notary.accept([(event, sealed)], at=old)
    assert isinstance(backdated[0], SignedBytes)
    proven = ProvenMessage(sealed, backdated[0], proven.record)
    parts = EvidenceParts(notary.subject(event), proven, [], notary.inbox(sealed), notary.register(), notary.lists())
    notary.exchange = notary.voice.service(
        "exchange", days=700
    )  # the manifest is the honest exchange's, by its new key
    page = later(notary, parts, Revoked(proven_by(proven), revoked_at))
    page = replace(page, certificates={**page.certificates, **notary.register()})
    report = verify(notary, page)
    assert (report.taken[-1].step.value, report.taken[-1].reason) == ("stamps", "certificate.revoked")


def proven_by(proven: ProvenMessage) -> int:
    """Serial of the key that signed the receipt; remembered by the notary that made it."""
    return SERIALS[proven.receipt.unverified_header().fingerprint]


SERIALS: dict[str, int] = {}


@pytest.fixture(autouse=True)
def _remember(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Voice.service

    def service(self: Voice, name: str, *, days: int = 90):
        identity = made(self, name, days=days)
        SERIALS[identity.certificate.fingerprint] = identity.certificate.serial
        return identity

    monkeypatch.setattr(Voice, "service", service)


def test_lists_may_be_brought_along(notary: Notary) -> None:
    parts = notary.parts()
    file = notary.file(replace(parts, lists=[each for each in parts.lists if each.number == 0]))
    assert verify_evidence(io.BytesIO(file), notary.voice.store).exit_code == 2
    report = verify_evidence(io.BytesIO(file), notary.voice.store, [each.der for each in parts.lists])
    assert report.exit_code == 0


def test_a_forged_list_clears_nothing(notary: Notary) -> None:
    parts, other = notary.parts(), Voice(MovingClock(notary.at), name="lienthong vectors").authority
    forged = [
        RevocationPart(
            each.certificate.fingerprint, 1, make_crl(each, (), number=1, at=notary.at - timedelta(minutes=1))
        )
        for each in (other.root, other.issuing)
    ]
    assert verify(notary, replace(parts, lists=forged)).exit_code == 2


def test_a_document_without_statuses_or_acknowledgement_is_proven_too(notary: Notary) -> None:
    parts = notary.parts(statuses=())
    report = verify(notary, replace(parts, inbox=replace(parts.inbox, delivery_receipt=None, after=())))
    assert report.proven is not None, report.taken
    assert (report.proven.messages, report.proven.acknowledged_at) == ((), None)
