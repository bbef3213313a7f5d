"""What a process believes, told as histories: statements in some order, and what is known at the end."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey

from lienthong.common.ids import new_id
from lienthong.common.messages.accounts import CertificateState, ClientState, TokenKeyState
from lienthong.common.pki import Revoked, make_training_authority
from lienthong.common.signing import MaterialRefused, Reason, TrustStore
from lienthong.common.testing.clock import FixedClock
from lienthong.common.testing.voice import Voice, with_changed_payload
from lienthong.common.trust import AccountsStatement, StatementOutcome, StatementSubject, TrustState

from .judging import hear, judged

ACTIVE, REVOKED = CertificateState.ACTIVE, CertificateState.REVOKED


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 22, 3, 0, 0, 456_000, tzinfo=UTC))


@pytest.fixture
def voice(clock: FixedClock) -> Voice:
    return Voice(clock)


@pytest.fixture
def state(voice: Voice, clock: FixedClock) -> TrustState:
    return TrustState(voice.store, clock)


class TestAFreshReader:
    def test_begins_with_nothing_but_the_anchors(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(agency))
        assert judged(state, agency, clock) is None
        assert judged(state, voice.accounts, clock) is None
        assert state.waiting == 0

    def test_comes_to_the_same_in_every_order(self, voice: Voice, clock: FixedClock) -> None:
        agency = voice.agency()
        for statements in itertools.permutations(voice.beginning(agency)):
            state = TrustState(voice.store, clock)
            hear(state, *statements)
            assert judged(state, agency, clock) is None
            assert state.waiting == 0

    def test_believes_nothing_without_revocation_data(self, voice: Voice, state: TrustState) -> None:
        assert set(hear(state, voice.certificate(voice.accounts))) == {StatementOutcome.WAITING}
        assert len(state.certificates) == 0

    def test_of_other_anchors_believes_nothing(self, voice: Voice, clock: FixedClock) -> None:
        state = TrustState(Voice(clock, name="another province").store, clock)
        hear(state, *voice.beginning(voice.agency()))
        assert len(state.certificates) == 0

    def test_reads_the_present_state_where_history_was_compacted_away(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency, now = voice.agency(), clock.now()
        history = [(ACTIVE, now - timedelta(minutes=50)), (REVOKED, now - timedelta(minutes=1))]
        hear(state, *voice.beginning(), voice.certificate(agency, version=7, history=history))
        assert judged(state, agency, clock) is Reason.CERTIFICATE_REVOKED


class TestRotationOfAccountsKey:
    def rotate(self, voice: Voice, clock: FixedClock, *, until: CertificateState = CertificateState.SUPERSEDED) -> Any:
        """Statements by the old key, then those by the new one."""
        agency, old = voice.agency(), voice.accounts
        before = voice.beginning(agency)
        clock.advance(timedelta(hours=1))
        new = voice.service("accounts")
        introduced = voice.certificate(new)
        voice.accounts = new
        clock.advance(timedelta(hours=1))
        past = [(ACTIVE, old.certificate.not_before), (until, clock.now())]
        return agency, old, [*before, introduced, voice.certificate(old, version=2, history=past)]

    def test_old_statements_still_verify(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        agency, _, statements = self.rotate(voice, clock)
        hear(state, *statements)
        assert judged(state, agency, clock) is None

    def test_in_any_order_after_compaction(self, voice: Voice, clock: FixedClock) -> None:
        agency, _, statements = self.rotate(voice, clock)
        kept = list({(each.subject, each.key): each for each in statements}.values())
        for seed in range(20):
            random.Random(seed).shuffle(kept)
            state = TrustState(voice.store, clock)
            hear(state, *kept)
            assert judged(state, agency, clock) is None
            assert state.waiting == 0

    def test_a_revoked_key_says_nothing_more_but_what_it_said_before_stands(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency, old, statements = self.rotate(voice, clock, until=REVOKED)
        clock.advance(timedelta(minutes=1))
        late = voice.agency()
        forged = voice.certificate(late, by=old)
        assert hear(state, *statements, forged)[-1] is StatementOutcome.UNTRUSTED
        assert judged(state, agency, clock) is None
        assert judged(state, late, clock) is Reason.CERTIFICATE_UNKNOWN

    def test_what_a_stolen_key_said_is_withdrawn_when_its_revocation_comes_later(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        _, old, statements = self.rotate(voice, clock, until=REVOKED)
        clock.advance(timedelta(minutes=1))
        late = voice.agency()
        *first, revocation = statements
        assert hear(state, *first, voice.certificate(late, by=old, version=10**6))[-1] is StatementOutcome.APPLIED
        assert judged(state, late, clock) is None
        hear(state, revocation)
        assert judged(state, late, clock) is Reason.CERTIFICATE_UNKNOWN
        assert hear(state, voice.certificate(late, version=1)) == [StatementOutcome.APPLIED]
        assert judged(state, late, clock) is None

    def test_a_key_revoked_by_the_authority_alone_is_withdrawn_too(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        hear(state, *voice.beginning())
        old, theft = voice.accounts, clock.now() + timedelta(minutes=1)
        clock.advance(timedelta(minutes=2))
        late = voice.agency()
        hear(state, voice.certificate(late))
        assert judged(state, late, clock) is None
        voice.accounts = voice.service("accounts")
        hear(state, voice.certificate(voice.accounts), voice.crl([Revoked(old.certificate.serial, theft)], number=2))
        assert judged(state, late, clock) is Reason.CERTIFICATE_UNKNOWN


class TestForgery:
    def test_another_service_cannot_speak_for_accounts(self, voice: Voice, state: TrustState) -> None:
        exchange, agency = voice.service("exchange"), voice.agency()
        hear(state, *voice.beginning(exchange))
        assert hear(state, voice.certificate(agency, by=exchange)) == [StatementOutcome.FOREIGN]
        assert state.certificates.find(agency.certificate.fingerprint) is None

    def test_not_even_before_its_own_certificate_is_known(self, voice: Voice, state: TrustState) -> None:
        exchange, agency = voice.service("exchange"), voice.agency()
        forged = voice.certificate(agency, by=exchange)
        hear(state, forged, *voice.beginning(exchange))
        assert state.certificates.find(agency.certificate.fingerprint) is None
        assert state.waiting == 0

    def test_an_agency_cannot_register_itself(self, voice: Voice, state: TrustState) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning())
        assert hear(state, voice.certificate(agency, by=agency)) == [StatementOutcome.WAITING]
        assert state.certificates.find(agency.certificate.fingerprint) is None

    def test_a_changed_byte_is_forged(self, voice: Voice, state: TrustState) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning())
        changed = with_changed_payload(voice.certificate(agency), b'"version":1', b'"version":2')
        assert hear(state, changed) == [StatementOutcome.FORGED]

    def test_a_statement_under_another_key_of_the_topic_is_foreign(self, voice: Voice, state: TrustState) -> None:
        hear(state, *voice.beginning())
        statement = voice.certificate(voice.agency())
        moved = AccountsStatement(statement.subject, "A" * 43, statement.signed)
        assert hear(state, moved) == [StatementOutcome.FOREIGN]

    def test_a_certificate_of_a_foreign_authority_is_not_registered(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        hear(state, *voice.beginning())
        foreign = Voice(clock, name="foreign").agency()
        assert hear(state, voice.certificate(foreign)) == [StatementOutcome.NOT_ANCHORED]

    def test_a_foreign_authority_cannot_introduce_accounts(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        foreign = Voice(clock, name="lienthong")  # the same names, other keys
        hear(state, *foreign.beginning(foreign.agency()))
        assert len(state.certificates) == 0

    def test_a_certificate_that_is_not_the_records_is_malformed(self, voice: Voice, state: TrustState) -> None:
        hear(state, *voice.beginning())
        one, other = voice.agency(), voice.agency()
        swapped = voice.certificate(one, x5c=[other.certificate, *voice.authority.issuing.chain])
        assert hear(state, swapped) == [StatementOutcome.MALFORMED]

    def test_a_list_not_signed_by_its_issuer_is_not_taken(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        hear(state, *voice.beginning())
        other = make_training_authority(clock.now() - timedelta(days=1))
        forged = voice.crl([Revoked(voice.accounts.certificate.serial, clock.now())], number=9, signed_by=other.issuing)
        assert hear(state, forged) == [StatementOutcome.MALFORMED]
        assert judged(state, voice.accounts, clock) is None

    def test_production_refuses_a_training_anchor(self, voice: Voice) -> None:
        with pytest.raises(MaterialRefused) as refused:
            TrustStore(voice.authority.anchors, refuse_training=True)
        assert refused.value.reason is Reason.TRUST_TRAINING_ANCHOR


class TestRevocation:
    def test_by_the_register(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(agency))
        clock.advance(timedelta(minutes=1))
        past = [(ACTIVE, clock.now() - timedelta(hours=1)), (REVOKED, clock.now())]
        hear(state, voice.certificate(agency, version=2, history=past))
        assert judged(state, agency, clock) is Reason.CERTIFICATE_REVOKED

    def test_by_the_authoritys_list_alone(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(agency))
        hear(state, voice.crl([Revoked(agency.certificate.serial, clock.now())], number=2))
        assert judged(state, agency, clock) is Reason.CERTIFICATE_REVOKED

    def test_an_older_word_does_not_undo_it(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        agency = voice.agency()
        active = voice.certificate(agency)
        clock.advance(timedelta(minutes=1))
        past = [(ACTIVE, clock.now() - timedelta(hours=1)), (REVOKED, clock.now())]
        revoked = voice.certificate(agency, version=2, history=past)
        assert hear(state, *voice.beginning(), revoked, active)[-1] is StatementOutcome.OLDER
        assert judged(state, agency, clock) is Reason.CERTIFICATE_REVOKED

    def test_a_stale_list_is_never_taken_for_good(self, voice: Voice, state: TrustState, clock: FixedClock) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(agency))
        clock.advance(timedelta(days=8))
        assert judged(state, agency, clock) is Reason.REVOCATION_STALE

    def test_what_cannot_be_judged_for_a_stale_list_waits_and_is_told(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency = voice.agency()
        hear(state, *voice.beginning(agency))
        assert state.oldest_waiting_of_accounts() is None
        clock.advance(timedelta(days=8))
        past = [(ACTIVE, clock.now() - timedelta(hours=1)), (REVOKED, clock.now())]
        assert hear(state, voice.certificate(agency, version=2, history=past)) == [StatementOutcome.WAITING]
        assert state.oldest_waiting_of_accounts() == clock.now()
        clock.advance(timedelta(minutes=5))
        hear(state, *(voice.crl(number=2, root=root, at=clock.now() - timedelta(minutes=10)) for root in (True, False)))
        assert state.waiting == 0
        assert judged(state, agency, clock) is Reason.CERTIFICATE_REVOKED

    def test_a_renewed_certificate_is_good_to_the_end_of_its_overlap(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency, start = voice.agency(), clock.now()
        overlap = [(ACTIVE, start - timedelta(hours=1)), (CertificateState.SUPERSEDED, start)]
        hear(state, *voice.beginning(), voice.certificate(agency, history=overlap))
        assert judged(state, agency, clock) is None
        clock.advance(timedelta(minutes=1))
        ended = [*overlap, (CertificateState.ENDED, clock.now())]
        hear(state, voice.certificate(agency, version=2, history=ended))
        assert judged(state, agency, clock) is Reason.CERTIFICATE_SUPERSEDED

    def test_an_end_that_comes_with_the_certificates_own_is_told_as_its_expiry(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        agency = voice.agency()
        expiry = agency.certificate.not_after
        history = [(ACTIVE, agency.certificate.not_before), (CertificateState.ENDED, expiry)]
        hear(state, *voice.beginning(), voice.certificate(agency, version=2, history=history))
        known = state.certificates.find(agency.certificate.fingerprint)
        assert known is not None
        assert state.verifier.check_certificate(known, clock.now()).reason is None
        assert (
            state.verifier.check_certificate(known, expiry + timedelta(seconds=1)).reason is Reason.CERTIFICATE_EXPIRED
        )


class TestTokenKeysAndClients:
    def test_a_key_is_known_until_it_ends(self, voice: Voice, state: TrustState) -> None:
        jwk = ECKey.generate_key("P-256").as_dict(private=False)
        hear(state, *voice.beginning(), voice.token_key("k1", jwk))
        assert state.token_keys.find("k1") is not None
        hear(state, voice.token_key("k1", jwk, version=2, state=TokenKeyState.ENDED))
        assert state.token_keys.find("k1") is None

    @pytest.mark.parametrize("jwk", [{"kty": "oct", "k": "AAAA"}, {"kty": "EC", "crv": "P-384", "x": "a", "y": "b"}])
    def test_only_p256_keys_are_taken(self, voice: Voice, state: TrustState, jwk: dict[str, Any]) -> None:
        assert hear(state, *voice.beginning(), voice.token_key("k1", jwk))[-1] is StatementOutcome.MALFORMED

    def test_a_client_acts_for_those_that_agreed_while_it_is_active(self, voice: Voice, state: TrustState) -> None:
        client, one, two = new_id(), new_id(), new_id()
        hear(state, *voice.beginning(), voice.client(client, [one]))
        assert state.clients.may_act_for(client, one)
        assert not state.clients.may_act_for(client, two)
        assert not state.clients.may_act_for(new_id(), one)
        hear(state, voice.client(client, [one], version=2, state=ClientState.SUSPENDED))
        assert not state.clients.may_act_for(client, one)


class TestTheWaitingRoom:
    def test_is_bounded_and_says_so(self, voice: Voice, clock: FixedClock) -> None:
        state = TrustState(voice.store, clock, most_waiting=3)
        stranger = Voice(clock, name="stranger").accounts
        for number in range(5):
            state.take(
                AccountsStatement(StatementSubject.CLIENT, str(number), stranger.signer.sign(str(number).encode()))
            )
        assert state.waiting == 3
        assert state.overflowed

    def test_a_statement_from_the_future_waits_for_its_time(
        self, voice: Voice, state: TrustState, clock: FixedClock
    ) -> None:
        hear(state, *voice.beginning())
        clock.advance(timedelta(minutes=10))
        ahead = voice.certificate(voice.agency())
        clock.advance(timedelta(minutes=-10))
        assert hear(state, ahead) == [StatementOutcome.WAITING]
        clock.advance(timedelta(minutes=10))
        state.settle(always=True)
        assert state.waiting == 0
