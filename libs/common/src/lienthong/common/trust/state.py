"""What this process believes of certificates, revocations, token keys and clients, and why it may believe it.

No I/O: statements in, outcomes out, in any order. Compaction and key rotation bring old statements after new ones, and
statements before the certificate that signed them, so the order of arrival decides nothing:

1. A statement is judged as of its own `iat`: signed by accounts' key that was good then, about what its key names.
2. A signer not known yet, or revocation data about it still missing: the statement waits (bounded), and is judged again
   when something new is known. A certificate of accounts introduces itself: its path to a configured anchor, with
   the name `lienthong:service:accounts`, is all a fresh reader has to begin with.
3. A revocation list is believed for its issuer's own signature; without that no fresh reader could check anything.
4. What was applied is judged again when it becomes known that a key of accounts was revoked: what that key had said
   from then on is withdrawn, and what it spoke of is unknown (refused) until accounts says it again.
5. What accounts says newer than what is known here ends the old word even where the new one cannot be read: whoever
   cannot read that a key was revoked must not go on believing it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lienthong.common.clock import Clock
from lienthong.common.errors import LienthongError
from lienthong.common.messages.accounts import (
    CertificateChanged,
    CertificateRecord,
    ClientChanged,
    RevocationListPublished,
    TokenKeyChanged,
)
from lienthong.common.messages.envelope import Event, read
from lienthong.common.register import NotAnchored, to_known
from lienthong.common.signing import (
    ADMISSION,
    Header,
    HeldBy,
    Integrity,
    MaterialRefused,
    Reason,
    RevocationData,
    SignatureRefused,
    Trust,
    TrustStore,
    Verifier,
)
from lienthong.common.signing.outcome import trust_for
from lienthong.common.sources import ACCOUNTS
from lienthong.common.trust.certificates import Register
from lienthong.common.trust.clients import Clients, TokenKeys
from lienthong.common.trust.introductions import introduced
from lienthong.common.trust.lists import read_list
from lienthong.common.trust.statements import AccountsStatement, StatementOutcome, StatementSubject
from lienthong.common.trust.unreadable import version_said
from lienthong.common.trust.waiting import WaitingRoom

MAX_AHEAD = timedelta(minutes=5)
MOST_WAITING = 20_000

_CLASSES: Mapping[StatementSubject, type[Event[Any]]] = {
    StatementSubject.CERTIFICATE: CertificateChanged,
    StatementSubject.REVOCATION_LIST: RevocationListPublished,
    StatementSubject.TOKEN_KEY: TokenKeyChanged,
    StatementSubject.CLIENT: ClientChanged,
}

Notice = Callable[[StatementSubject, str, StatementOutcome, str], None]
"""Told of every outcome: what it was about, its key, and why, for people."""


def _tell_nobody(_subject: StatementSubject, _key: str, _outcome: StatementOutcome, _why: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class _Applied:
    version: int
    signer: str
    signed_at: datetime


class _NotYet(Exception):
    """A revocation list of a time to come."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """`header` is given where the statement may be applied."""

    outcome: StatementOutcome
    why: str = ""
    header: Header | None = None


class TrustState:
    """Takes statements, knows what follows from them. `verifier` and the four collections are for others to use."""

    def __init__(
        self, store: TrustStore, clock: Clock, *, notice: Notice | None = None, most_waiting: int = MOST_WAITING
    ) -> None:
        self.certificates = Register()
        self.revocations = RevocationData()
        self.token_keys = TokenKeys()
        self.clients = Clients()
        self.verifier = Verifier(store, self.revocations, ADMISSION)
        self._own = Verifier(store, self.revocations, HeldBy(ACCOUNTS))
        self._anchors = store.anchors
        self._clock = clock
        self._notice = notice or _tell_nobody
        self._waiting = WaitingRoom(most_waiting, lambda signer: self.certificates.find(signer) is not None)
        self._awaited: set[str] = set()
        self._applied: dict[tuple[StatementSubject, str], _Applied] = {}
        self._learned = False

    @property
    def waiting(self) -> int:
        """Statements that cannot be judged yet."""
        return len(self._waiting)

    @property
    def overflowed(self) -> bool:
        """Whether a statement was dropped for want of room."""
        return self._waiting.overflowed

    def oldest_waiting_of_accounts(self) -> datetime | None:
        """Since when a statement of accounts waits, or was dropped: something true may be missing here."""
        return self._waiting.oldest_of_accounts()

    def take(self, statement: AccountsStatement) -> StatementOutcome:
        """Judge a statement, and apply it or let it wait."""
        judged = self._judge(statement)
        outcome, why = judged.outcome, judged.why
        if outcome is StatementOutcome.APPLIED and judged.header is not None:
            outcome, why = self._apply(statement, judged.header)
        if outcome is StatementOutcome.WAITING and judged.header is not None:
            self._wait(statement, judged.header.fingerprint, why)
        else:
            self._waiting.leave(statement)
            self._notice(statement.subject, statement.key, outcome, why)
        return outcome

    def settle(self, *, always: bool = False) -> None:
        """Judge again what waits, and what was applied, if anything was learned since (or `always`)."""
        while self._learned or always:
            self._learned, always = False, False
            for statement in self._waiting.statements():
                self.take(statement)
            self._judge_applied()
        self._awaited.intersection_update(self._waiting.signers())

    def forget_waiting(self) -> None:
        """Empty the waiting room before everything is read again."""
        self._waiting.clear()

    def _judge(self, statement: AccountsStatement) -> _Judged:
        """Step 1: who said it, and was the key good when it was said."""
        try:
            header = statement.signed.unverified_header()
        except MaterialRefused as refused:
            return _Judged(StatementOutcome.MALFORMED, refused.reason)
        known = self.certificates.find(header.fingerprint)
        if known is not None and known.holder != ACCOUNTS:
            return _Judged(StatementOutcome.FOREIGN, f"signed by {known.holder}")
        try:
            self._own.verify(statement.signed, at=header.signed_at, certificates=self.certificates)
        except SignatureRefused as refused:
            judged = self._judge_refused(statement, header, refused)
        else:
            judged = _Judged(StatementOutcome.APPLIED, header=header)
        # Only now: a forged one must not look like a word of accounts that is still to come.
        if judged.outcome is StatementOutcome.APPLIED and header.signed_at > self._clock.now() + MAX_AHEAD:
            return _Judged(StatementOutcome.WAITING, "signed in the future", header)
        return judged

    def _judge_refused(self, statement: AccountsStatement, header: Header, refused: SignatureRefused) -> _Judged:
        verification, reason = refused.verification, refused.reason
        if verification.integrity is Integrity.INVALID:
            return _Judged(StatementOutcome.FORGED, reason)
        if reason is Reason.CERTIFICATE_UNKNOWN:
            self._introduce(statement)
            return _Judged(StatementOutcome.WAITING, reason, header)
        if statement.subject is StatementSubject.REVOCATION_LIST:  # step 3
            return _Judged(StatementOutcome.APPLIED, header=header)
        self._introduce(statement)
        outcome = StatementOutcome.WAITING if verification.trust is Trust.UNKNOWN else StatementOutcome.UNTRUSTED
        return _Judged(outcome, reason, header)

    def _introduce(self, statement: AccountsStatement) -> None:
        """Step 2: what waits may carry the very certificate that is missing."""
        if statement.subject is StatementSubject.CERTIFICATE:
            known = introduced(statement, self._anchors)
            if known is not None and self.certificates.introduce(known):
                self._learned = True

    def _apply(self, statement: AccountsStatement, header: Header) -> tuple[StatementOutcome, str]:
        kind = _CLASSES[statement.subject]
        try:
            event = read(statement.signed.payload, kind, tolerant=True)
        except LienthongError as error:
            self._doubt(statement, version_said(statement, kind), header)
            return StatementOutcome.MALFORMED, error.code
        if event.source != ACCOUNTS or _key_of(event) != statement.key:
            return StatementOutcome.FOREIGN, "source or key does not fit"
        version: int = event.data.version
        if version <= self._version_of(statement):
            return StatementOutcome.OLDER, f"version {version}"
        try:
            self._believe(event)
        except _NotYet:
            return StatementOutcome.WAITING, "a list of a time to come"
        except (NotAnchored, MaterialRefused) as error:
            self._doubt(statement, version, header)
            return (
                StatementOutcome.MALFORMED if isinstance(error, MaterialRefused) else StatementOutcome.NOT_ANCHORED
            ), str(error)
        self._remember(statement, version, header)
        return StatementOutcome.APPLIED, f"version {version}"

    def _version_of(self, statement: AccountsStatement) -> int:
        applied = self._applied.get((statement.subject, statement.key))
        return 0 if applied is None else applied.version

    def _remember(self, statement: AccountsStatement, version: int, header: Header) -> None:
        self._applied[statement.subject, statement.key] = _Applied(version, header.fingerprint, header.signed_at)

    def _doubt(self, statement: AccountsStatement, version: int | None, header: Header) -> None:
        """Step 5. A list that cannot be read takes nothing back: the one before it goes stale by itself."""
        if (
            statement.subject is StatementSubject.REVOCATION_LIST
            or version is None
            or version <= self._version_of(statement)
        ):
            return
        self._remember(statement, version, header)
        self._forget(statement.subject, statement.key, bar=True)

    def _believe(self, event: Event[Any]) -> None:
        match event:
            case CertificateChanged():
                self._register(event.data)
            case RevocationListPublished():
                found = read_list(event.data, self._anchors)
                if found.this_update > self._clock.now() + MAX_AHEAD:
                    raise _NotYet  # made beforehand, it knows nothing of what is revoked until its time comes
                self.revocations.add_list(found)
                self._learned = True
            case TokenKeyChanged():
                self.token_keys.put(event.data)
            case ClientChanged():
                self.clients.put(event.data)
            case _:
                raise AssertionError(f"no topic of trust carries {event.type}")

    def _register(self, record: CertificateRecord) -> None:
        known = to_known(record, self._anchors)
        self.certificates.put(known)
        if known.holder == ACCOUNTS or known.certificate.fingerprint in self._awaited:
            self._learned = True

    def _wait(self, statement: AccountsStatement, signer: str, why: str) -> None:
        if statement in self._waiting:
            return
        dropped = self._waiting.enter(statement, signer, self._clock.now())
        if dropped is not None:
            self._notice(dropped.subject, dropped.key, StatementOutcome.DROPPED, "too many wait")
        if dropped is not statement:
            self._awaited.add(signer)
            self._notice(statement.subject, statement.key, StatementOutcome.WAITING, why)

    def _judge_applied(self) -> None:
        """Step 4."""
        for (subject, key), applied in list(self._applied.items()):
            if subject is StatementSubject.REVOCATION_LIST:
                continue
            reason = self._fault_of_signer(applied)
            if reason is not None and trust_for(reason) is Trust.UNTRUSTED:
                self._withdraw(subject, key)

    def _fault_of_signer(self, applied: _Applied) -> Reason | None:
        known = self.certificates.find(applied.signer)
        if known is None:
            return Reason.CERTIFICATE_UNKNOWN
        return self._own.check_certificate(known, applied.signed_at).reason

    def _withdraw(self, subject: StatementSubject, key: str) -> None:
        del self._applied[subject, key]
        self._forget(subject, key)
        self._notice(subject, key, StatementOutcome.WITHDRAWN, "its signer was not to be trusted by then")

    def _forget(self, subject: StatementSubject, key: str, *, bar: bool = False) -> None:
        match subject:
            case StatementSubject.CERTIFICATE:
                forget = self.certificates.bar if bar else self.certificates.withdraw
                forget(key)
                self._learned = True  # it may have been one of accounts
            case StatementSubject.TOKEN_KEY:
                self.token_keys.withdraw(key)
            case _:
                self.clients.withdraw(key)


def _key_of(event: Event[Any]) -> str:
    match event:
        case CertificateChanged():
            return event.data.fingerprint
        case RevocationListPublished():
            return event.data.issuer
        case TokenKeyChanged():
            return event.data.key_id
        case ClientChanged():
            return str(event.data.client_id)
        case _:
            raise AssertionError(f"no topic of trust carries {event.type}")
