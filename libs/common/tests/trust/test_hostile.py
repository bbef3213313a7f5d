"""What somebody who can write to accounts' topics, or has an old key, tries; and what a reader then believes."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateState, RevocationListPublished
from lienthong.common.messages.accounts import RevocationList as ListRecord
from lienthong.common.pki import make_crl
from lienthong.common.signing import Certificate, LocalKey, Reason, SignedBytes, Signer
from lienthong.common.signing.algorithms import Algorithm
from lienthong.common.signing.header import make_header
from lienthong.common.testing.clock import FixedClock
from lienthong.common.testing.voice import Identity, Voice, with_changed_payload
from lienthong.common.trust import AccountsStatement, StatementOutcome, StatementSubject, TrustState

from .judging import hear, judged

ACTIVE, REVOKED = CertificateState.ACTIVE, CertificateState.REVOKED
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 22, 3, 0, 0, 456_000, tzinfo=UTC))


@pytest.fixture
def voice(clock: FixedClock) -> Voice:
    return Voice(clock)


@pytest.fixture
def state(voice: Voice, clock: FixedClock) -> TrustState:
    return TrustState(voice.store, clock, most_waiting=5)


def revoked(voice: Voice, of: Identity, *, since: datetime, version: int = 2) -> AccountsStatement:
    history = [(ACTIVE, of.certificate.not_before), (REVOKED, since)]
    return voice.certificate(of, version=version, history=history)


def flood(voice: Voice, state: TrustState, clock: FixedClock) -> None:
    stranger = Voice(clock, name="stranger").accounts
    for number in range(12):
        state.take(AccountsStatement(StatementSubject.CLIENT, str(number), stranger.signer.sign(str(number).encode())))


class TestForgedRecords:
    def test_a_forged_word_from_the_future_does_not_stop_the_platform(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        hear(state, *voice.beginning())
        header = make_header(
            Algorithm.ES256, clock.now() + timedelta(days=3650), voice.accounts.certificate.fingerprint
        )
        forged = AccountsStatement(StatementSubject.CERTIFICATE, "A" * 43, SignedBytes(b"{}", f"{header}..{'A' * 86}"))
        assert hear(state, forged) == [StatementOutcome.FORGED]
        assert state.oldest_waiting_of_accounts() is None

    def test_a_flood_does_not_push_out_a_revocation_that_waits(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(agency))
        clock.advance(timedelta(days=8))
        assert hear(state, revoked(voice, agency, since=clock.now())) == [StatementOutcome.WAITING]
        flood(voice, state, clock)
        assert state.oldest_waiting_of_accounts() == clock.now()
        hear(state, *voice.crls(number=2))
        assert judged(state, agency, clock) is Reason.CERTIFICATE_REVOKED

    def test_where_even_accounts_has_no_room_it_is_not_forgotten(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        hear(state, *voice.beginning())
        clock.advance(timedelta(days=8))
        first = clock.now()
        for _ in range(6):
            hear(state, voice.certificate(voice.agency()))
        hear(state, *voice.crls(number=2))
        assert state.waiting == 0
        assert state.oldest_waiting_of_accounts() == first

    def test_a_strangers_word_does_not_enter_a_room_full_of_accounts_own(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        hear(state, *voice.beginning())
        clock.advance(timedelta(days=8))
        agencies = [voice.agency() for _ in range(5)]
        hear(state, *(voice.certificate(each) for each in agencies))
        flood(voice, state, clock)
        hear(state, *voice.crls(number=2))
        assert [judged(state, each, clock) for each in agencies] == [None] * 5


class TestAStolenKeyOfAccounts:
    def rotate(self, voice: Voice, state: TrustState, clock: FixedClock) -> Identity:
        """Accounts has a new key, which registers itself; the old one's period is still running."""
        hear(state, *voice.beginning())
        old = voice.accounts
        clock.advance(timedelta(minutes=10))
        voice.accounts = voice.service("accounts")
        hear(state, voice.certificate(voice.accounts))
        return old

    def test_a_twin_of_its_certificate_does_not_escape_the_register(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        old = self.rotate(voice, state, clock)
        hear(state, revoked(voice, old, since=clock.now()))
        clock.advance(timedelta(seconds=1))
        thief = identity(old, twin_of(old.certificate), clock)
        assert thief.certificate.fingerprint != old.certificate.fingerprint
        hear(state, voice.certificate(thief, by=thief))
        late = voice.agency()
        assert hear(state, voice.certificate(late, by=thief)) == [StatementOutcome.UNTRUSTED]
        assert judged(state, late, clock) is Reason.CERTIFICATE_UNKNOWN

    def test_a_twin_shown_first_falls_when_the_certificate_is_registered(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        thief, late = identity(voice.accounts, twin_of(voice.accounts.certificate), clock), voice.agency()
        hear(state, voice.certificate(thief, by=thief), *(voice.crl(root=root, by=thief) for root in (True, False)))
        hear(state, voice.certificate(late, by=thief))
        assert judged(state, late, clock) is None  # so far it is accounts, as the authority has certified
        clock.advance(timedelta(minutes=10))
        voice.accounts, old = voice.service("accounts"), voice.accounts
        hear(state, voice.certificate(voice.accounts), revoked(voice, old, since=old.certificate.not_before))
        hear(state, voice.certificate(late, version=9, by=thief))
        assert judged(state, late, clock) is Reason.CERTIFICATE_UNKNOWN

    def test_a_twin_that_is_registered_does_not_keep_the_certificate_out(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        thief, agency = identity(voice.accounts, twin_of(voice.accounts.certificate), clock), voice.agency()
        hear(state, voice.certificate(thief, by=thief), *voice.beginning(agency))
        assert state.waiting == 0
        assert judged(state, agency, clock) is None

    def test_it_cannot_undo_its_revocation_by_having_registered_its_successor(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        hear(state, *voice.beginning())
        old, theft = voice.accounts, clock.now() - timedelta(minutes=1)
        new = voice.service("accounts")
        hear(state, voice.certificate(new))
        voice.accounts = new
        clock.advance(timedelta(minutes=10))
        hear(state, revoked(voice, old, since=theft))
        late = voice.agency()
        hear(state, voice.certificate(old, by=old), voice.certificate(late, by=old))
        assert judged(state, old, clock) is Reason.CERTIFICATE_REVOKED
        assert judged(state, late, clock) is Reason.CERTIFICATE_UNKNOWN


class TestAWordThatCannotBeRead:
    def unreadable(self, voice: Voice, of: Identity, *, version: int) -> AccountsStatement:
        """A state that a later version of accounts knows and this program does not."""
        statement = voice.certificate(of, version=version)
        later = with_changed_payload(statement, b'"state":"active"', b'"state":"compromised"').signed.payload
        return AccountsStatement(statement.subject, statement.key, voice.accounts.signer.sign(later))

    def test_ends_the_older_one(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(agency))
        assert hear(state, self.unreadable(voice, agency, version=2)) == [StatementOutcome.MALFORMED]
        assert judged(state, agency, clock) is Reason.CERTIFICATE_UNKNOWN
        assert hear(state, voice.certificate(agency)) == [StatementOutcome.OLDER]
        assert hear(state, voice.certificate(agency, version=3)) == [StatementOutcome.APPLIED]
        assert judged(state, agency, clock) is None

    def test_an_old_one_ends_nothing(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(), voice.certificate(agency, version=5), self.unreadable(voice, agency, version=4))
        assert judged(state, agency, clock) is None

    def test_nor_does_one_of_another_kind_or_under_another_key(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency, client = voice.agency(), new_id()
        hear(state, *voice.beginning(agency))
        fingerprint = agency.certificate.fingerprint
        token_key = voice.token_key("k1", ECKey.generate_key("P-256").as_dict(private=False), version=9)
        other = self.unreadable(voice, voice.agency(), version=9)
        for signed in (token_key.signed, voice.client(client, [], version=9).signed, other.signed):
            hear(state, AccountsStatement(StatementSubject.CERTIFICATE, fingerprint, signed))
        hear(state, AccountsStatement(StatementSubject.CERTIFICATE, fingerprint, voice.accounts.signer.sign(b"{")))
        assert judged(state, agency, clock) is None

    def test_of_a_client_whose_id_is_none(self, voice: Voice, state: TrustState) -> None:
        statement = voice.client(new_id(), [], version=2)
        payload = statement.signed.payload.replace(statement.key.encode(), b"nobody")
        hear(state, *voice.beginning())
        assert hear(
            state, AccountsStatement(StatementSubject.CLIENT, "nobody", voice.accounts.signer.sign(payload))
        ) == [StatementOutcome.MALFORMED]


class TestHistories:
    def test_a_revocation_is_final_whatever_follows_it(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency, now = voice.agency(), clock.now()
        history = [(ACTIVE, now - timedelta(hours=1)), (REVOKED, now - timedelta(minutes=5)), (ACTIVE, now)]
        hear(state, *voice.beginning(), voice.certificate(agency, history=history))
        assert judged(state, agency, clock) is Reason.CERTIFICATE_REVOKED

    def test_a_state_its_history_does_not_tell_is_malformed(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(agency))
        plain = voice.certificate(agency, version=2)
        payload = plain.signed.payload.replace(b'"state":"active","history"', b'"state":"revoked","history"')
        assert payload != plain.signed.payload
        assert hear(state, replace(plain, signed=voice.accounts.signer.sign(payload))) == [StatementOutcome.MALFORMED]
        assert judged(state, agency, clock) is Reason.CERTIFICATE_UNKNOWN


class TestLists:
    def test_one_made_for_a_time_to_come_says_nothing_yet(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency, later = voice.agency(), clock.now() + timedelta(days=30)
        hear(state, *voice.beginning(agency))
        early = [voice.crl(number=9, root=root, at=later) for root in (True, False)]
        assert hear(state, *early) == [StatementOutcome.WAITING] * 2
        assert state.oldest_waiting_of_accounts() is None
        clock.advance(timedelta(days=20))
        assert judged(state, agency, clock) is Reason.REVOCATION_STALE
        clock.advance(timedelta(days=11))
        state.settle(always=True)
        assert judged(state, agency, clock) is None

    def test_one_in_pem_is_malformed(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        hear(state, *voice.beginning())
        statement = voice.crl(number=2)
        record = RevocationListPublished.model_validate_json(statement.signed.payload).data
        pem = x509.load_der_x509_crl(der_of(record)).public_bytes(Encoding.PEM)
        changed = record.model_copy(update={"crl": base64_of(pem)})
        said = voice.say(StatementSubject.REVOCATION_LIST, record.issuer, RevocationListPublished, changed)
        assert hear(state, said) == [StatementOutcome.MALFORMED]

    def test_with_the_last_list_alone_a_fresh_reader_believes_what_an_expired_key_has_said(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency, old = voice.agency(), voice.accounts
        by_old = [voice.certificate(old), voice.certificate(agency)]
        clock.advance(timedelta(days=80))
        voice.accounts = voice.service("accounts")
        clock.advance(timedelta(days=30))
        assert old.certificate.not_after < clock.now()
        hear(state, *by_old, voice.certificate(voice.accounts), *self.lists(voice))
        assert state.waiting == 0
        assert judged(state, agency, clock) is None

    def lists(self, voice: Voice) -> list[AccountsStatement]:
        said: list[AccountsStatement] = []
        for root in (True, False):
            authority = voice.authority.root if root else voice.authority.issuing
            statement = voice.crl(number=7, root=root)
            record = RevocationListPublished.model_validate_json(statement.signed.payload).data
            der = make_crl(authority, [], number=7, at=record.this_update, keeps_expired=True)
            changed = record.model_copy(update={"crl": base64_of(der)})
            said.append(voice.say(StatementSubject.REVOCATION_LIST, record.issuer, RevocationListPublished, changed))
        return said


def der_of(record: ListRecord) -> bytes:
    return base64.b64decode(record.crl)


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def identity(of: Identity, certificate: Certificate, clock: FixedClock) -> Identity:
    key = LocalKey.of(of.key.private, certificate)
    return Identity(of.holder, key, Signer(key, clock.now))


def twin_of(certificate: Certificate) -> Certificate:
    """The same certificate with the other of the two signatures (r, s) and (r, n - s)."""
    r, s = decode_dss_signature(certificate.x509.signature)
    signature = b"\0" + encode_dss_signature(r, ORDER_OF_P256 - s)
    body = certificate.x509.tbs_certificate_bytes + bytes.fromhex("300a06082a8648ce3d040302") + tlv(3, signature)
    return Certificate.from_der(tlv(0x30, body))


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content
