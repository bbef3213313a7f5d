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
from lienthong.common.signing import (
    ADMISSION,
    Header,
    HeldBy,
    Integrity,
    KnownCertificate,
    MaterialRefused,
    Reason,
    RevocationData,
    SignatureRefused,
    Trust,
    TrustStore,
    Verifier,
)
from lienthong.common.signing.outcome import trust_for
from lienthong.common.trust.clients import Clients, TokenKeys
from lienthong.common.trust.introductions import introduced
from lienthong.common.trust.lists import read_list
from lienthong.common.trust.register import ACCOUNTS, NotAnchored, to_known
from lienthong.common.trust.statements import Outcome, Statement, Subject

MAX_AHEAD = timedelta(minutes=5)
MOST_WAITING = 20_000

_CLASSES: Mapping[Subject, type[Event[Any]]] = {
    Subject.CERTIFICATE: CertificateChanged,
    Subject.REVOCATION_LIST: RevocationListPublished,
    Subject.TOKEN_KEY: TokenKeyChanged,
    Subject.CLIENT: ClientChanged,
}

Notice = Callable[[Subject, str, Outcome, str], None]
"""Told of every outcome: what it was about, its key, and why, for people."""


def _tell_nobody(_subject: Subject, _key: str, _outcome: Outcome, _why: str) -> None:
    return


class Register:
    """Certificates by `x5t#S256`: those accounts registered, and before that those of accounts itself."""

    def __init__(self) -> None:
        self._registered: dict[str, KnownCertificate] = {}
        self._introduced: dict[str, KnownCertificate] = {}

    def find(self, fingerprint: str) -> KnownCertificate | None:
        """The certificate with this `x5t#S256`, or None."""
        return self._registered.get(fingerprint) or self._introduced.get(fingerprint)

    def __len__(self) -> int:
        return len(self._registered)

    def put(self, known: KnownCertificate) -> None:
        """Register a certificate, or replace what was registered of it."""
        self._registered[known.certificate.fingerprint] = known

    def introduce(self, known: KnownCertificate) -> bool:
        """Keep a certificate of accounts whose registration is not verified yet; False if it is known."""
        fingerprint = known.certificate.fingerprint
        new = self.find(fingerprint) is None
        if new:
            self._introduced[fingerprint] = known
        return new

    def withdraw(self, fingerprint: str) -> None:
        """Forget a certificate altogether: whoever needs it waits until it is said again."""
        self._registered.pop(fingerprint, None)
        self._introduced.pop(fingerprint, None)


@dataclass(frozen=True, slots=True)
class _Applied:
    version: int
    signer: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class _Waiting:
    since: datetime
    signer: str


@dataclass(frozen=True, slots=True)
class _Judged:
    """`header` is given where the statement may be applied."""

    outcome: Outcome
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
        self.overflowed = False
        self._own = Verifier(store, self.revocations, HeldBy(ACCOUNTS))
        self._anchors = store.anchors
        self._clock = clock
        self._notice = notice or _tell_nobody
        self._most_waiting = most_waiting
        self._waiting: dict[Statement, _Waiting] = {}
        self._awaited: set[str] = set()
        self._applied: dict[tuple[Subject, str], _Applied] = {}
        self._learned = False

    @property
    def waiting(self) -> int:
        """Statements that cannot be judged yet."""
        return len(self._waiting)

    def oldest_waiting_of_accounts(self) -> datetime | None:
        """Since when a statement waits whose signer is known to be accounts: something true may be missing here."""
        known = (each.since for each in self._waiting.values() if self.certificates.find(each.signer) is not None)
        return min(known, default=None)

    def take(self, statement: Statement) -> Outcome:
        """Judge a statement, and apply it or let it wait."""
        judged = self._judge(statement)
        outcome, why = judged.outcome, judged.why
        if outcome is Outcome.APPLIED and judged.header is not None:
            outcome, why = self._apply(statement, judged.header)
        if outcome is Outcome.WAITING and judged.header is not None:
            self._wait(statement, judged.header.fingerprint, why)
        else:
            self._waiting.pop(statement, None)
            self._notice(statement.subject, statement.key, outcome, why)
        return outcome

    def settle(self, *, always: bool = False) -> None:
        """Judge again what waits, and what was applied, if anything was learned since (or `always`)."""
        while self._learned or always:
            self._learned, always = False, False
            for statement in list(self._waiting):
                self.take(statement)
            self._judge_applied()
        self._awaited.intersection_update(each.signer for each in self._waiting.values())

    def forget_waiting(self) -> None:
        """Empty the waiting room before everything is read again."""
        self._waiting.clear()
        self.overflowed = False

    def _judge(self, statement: Statement) -> _Judged:
        """Step 1: who said it, and was the key good when it was said."""
        try:
            header = statement.signed.unverified_header()
        except MaterialRefused as refused:
            return _Judged(Outcome.MALFORMED, refused.reason)
        known = self.certificates.find(header.fingerprint)
        if known is not None and known.holder != ACCOUNTS:
            return _Judged(Outcome.FOREIGN, f"signed by {known.holder}")
        if header.signed_at > self._clock.now() + MAX_AHEAD:
            return _Judged(Outcome.WAITING, "signed in the future", header)
        try:
            self._own.verify(statement.signed, at=header.signed_at, certificates=self.certificates)
        except SignatureRefused as refused:
            return self._judge_refused(statement, header, refused)
        return _Judged(Outcome.APPLIED, header=header)

    def _judge_refused(self, statement: Statement, header: Header, refused: SignatureRefused) -> _Judged:
        verification, reason = refused.verification, refused.reason
        if verification.integrity is Integrity.INVALID:
            return _Judged(Outcome.FORGED, reason)
        if reason is Reason.CERTIFICATE_UNKNOWN:
            self._introduce(statement)
            return _Judged(Outcome.WAITING, reason, header)
        if statement.subject is Subject.REVOCATION_LIST:  # step 3
            return _Judged(Outcome.APPLIED, header=header)
        self._introduce(statement)
        outcome = Outcome.WAITING if verification.trust is Trust.UNKNOWN else Outcome.UNTRUSTED
        return _Judged(outcome, reason, header)

    def _introduce(self, statement: Statement) -> None:
        """Step 2: what waits may carry the very certificate that is missing."""
        if statement.subject is Subject.CERTIFICATE:
            known = introduced(statement, self._anchors)
            if known is not None and self.certificates.introduce(known):
                self._learned = True

    def _apply(self, statement: Statement, header: Header) -> tuple[Outcome, str]:
        try:
            event = read(statement.signed.payload, _CLASSES[statement.subject], tolerant=True)
        except LienthongError as error:
            return Outcome.MALFORMED, error.code
        if event.source != ACCOUNTS or _key_of(event) != statement.key:
            return Outcome.FOREIGN, "source or key does not fit"
        place = (statement.subject, statement.key)
        before = self._applied.get(place)
        if before is not None and event.data.version <= before.version:
            return Outcome.OLDER, f"version {event.data.version}"
        try:
            self._believe(event)
        except NotAnchored as error:
            return Outcome.NOT_ANCHORED, str(error)
        except MaterialRefused as error:
            return Outcome.MALFORMED, error.reason
        self._applied[place] = _Applied(event.data.version, header.fingerprint, header.signed_at)
        return Outcome.APPLIED, f"version {event.data.version}"

    def _believe(self, event: Event[Any]) -> None:
        match event:
            case CertificateChanged():
                self._register(event.data)
            case RevocationListPublished():
                self.revocations.add_list(read_list(event.data, self._anchors))
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

    def _wait(self, statement: Statement, signer: str, why: str) -> None:
        if statement in self._waiting:
            return
        if len(self._waiting) >= self._most_waiting:
            self.overflowed = True
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            self._notice(oldest.subject, oldest.key, Outcome.DROPPED, "too many wait")
        self._awaited.add(signer)
        self._waiting[statement] = _Waiting(self._clock.now(), signer)
        self._notice(statement.subject, statement.key, Outcome.WAITING, why)

    def _judge_applied(self) -> None:
        """Step 4."""
        for (subject, key), applied in list(self._applied.items()):
            if subject is Subject.REVOCATION_LIST:
                continue
            reason = self._fault_of_signer(applied)
            if reason is not None and trust_for(reason) is Trust.UNTRUSTED:
                self._withdraw(subject, key)

    def _fault_of_signer(self, applied: _Applied) -> Reason | None:
        known = self.certificates.find(applied.signer)
        if known is None:
            return Reason.CERTIFICATE_UNKNOWN
        return self._own.check_certificate(known, applied.signed_at).reason

    def _withdraw(self, subject: Subject, key: str) -> None:
        del self._applied[subject, key]
        match subject:
            case Subject.CERTIFICATE:
                self.certificates.withdraw(key)
                self._learned = True  # it may have been one of accounts
            case Subject.TOKEN_KEY:
                self.token_keys.withdraw(key)
            case _:
                self.clients.withdraw(key)
        self._notice(subject, key, Outcome.WITHDRAWN, "its signer was not to be trusted by then")


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
