"""Certificates a process knows by what accounts has said, and before that by what they say of themselves."""

from collections import defaultdict
from dataclasses import replace
from typing import TypeAlias

from lienthong.common.signing import Certificate, KnownCertificate, Period, State
from lienthong.common.signing.finding import EVER
from lienthong.common.sources import ACCOUNTS

_Number: TypeAlias = tuple[bytes, int]
"""Issuer and serial: what an authority knows a certificate by (RFC 5280 section 4.1.2.2)."""


class Register:
    """Certificates by `x5t#S256`: those accounts registered, and before that those of accounts itself.

    An ECDSA signature (r, s) has a twin (r, n-s), so whoever has a certificate can make a second one of it: the same
    key and number, another fingerprint. What is said against one holds for the other too.
    """

    def __init__(self) -> None:
        self._known: dict[str, KnownCertificate] = {}
        self._said: defaultdict[_Number, dict[str, KnownCertificate]] = defaultdict(dict)
        self._introduced: defaultdict[_Number, dict[str, KnownCertificate]] = defaultdict(dict)
        self._barred: set[_Number] = set()

    def find(self, fingerprint: str) -> KnownCertificate | None:
        """The certificate with this `x5t#S256`, or None."""
        return self._known.get(fingerprint)

    def __len__(self) -> int:
        return sum(map(len, self._said.values()))

    def put(self, known: KnownCertificate) -> None:
        """Register a certificate, or replace what was registered of it."""
        number, fingerprint = _number(known.certificate), known.certificate.fingerprint
        self._barred.discard(number)
        self._introduced[number].pop(fingerprint, None)
        self._said[number][fingerprint] = known
        self._join(number)

    def introduce(self, known: KnownCertificate) -> bool:
        """Keep a certificate of accounts whose registration is not verified yet; False if it is known."""
        number, fingerprint = _number(known.certificate), known.certificate.fingerprint
        new = fingerprint not in self._known and number not in self._barred
        if new:
            self._introduced[number][fingerprint] = known
            self._join(number)
        return new

    def withdraw(self, fingerprint: str) -> None:
        """Forget what was said of a certificate: whoever needs it waits until it is said again.

        One of accounts goes on standing for itself, as it did before. Else a stolen key could undo its own revocation:
        the new key it had registered would fall with it, and with the new key the word that revokes.
        """
        known = self._known.get(fingerprint)
        if known is None:
            return
        self._forget(known)
        if known.certificate.source == ACCOUNTS:
            self.introduce(KnownCertificate(known.certificate, known.chain))

    def bar(self, fingerprint: str) -> None:
        """Nobody may use a certificate of which something newer was said that cannot be read here."""
        known = self._known.get(fingerprint)
        if known is None:
            return
        number = _number(known.certificate)
        for each in [*self._said[number].values(), *self._introduced[number].values()]:
            self._forget(each)
        self._barred.add(number)

    def _forget(self, known: KnownCertificate) -> None:
        number, fingerprint = _number(known.certificate), known.certificate.fingerprint
        self._said[number].pop(fingerprint, None)
        self._introduced[number].pop(fingerprint, None)
        self._known.pop(fingerprint, None)
        self._join(number)

    def _join(self, number: _Number) -> None:
        said = self._said[number]
        for fingerprint, known in (self._introduced[number] | said).items():
            twins = [each for name, each in said.items() if name != fingerprint]
            against = tuple(period for each in twins for period in each.periods if period.state is not State.ACTIVE)
            self._known[fingerprint] = _with(known, against) if against else known


def _with(known: KnownCertificate, against: tuple[Period, ...]) -> KnownCertificate:
    own = known.periods or (Period(State.ACTIVE, EVER),)
    return replace(known, periods=(*own, *against), memory=None)


def _number(certificate: Certificate) -> _Number:
    return certificate.x509.issuer.public_bytes(), certificate.serial
