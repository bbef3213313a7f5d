"""From a signer's certificate up to a configured anchor (RFC 5280 section 6).

An anchor ends a path because its very DER is configured, never because of its name: an authority that
only bears an anchor's name is told apart by its key and reported as a look-alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature

from lienthong.common.signing.certificate import PARSE_ERRORS, Certificate
from lienthong.common.signing.finding import Finding
from lienthong.common.signing.reasons import Reason
from lienthong.common.signing.strength import has_strong_hash

MAX_PATH: Final = 6
"""Certificates on a path, signer and anchor included; the Government CA needs three."""
MAX_CHECKS: Final = 32
"""Signature checks spent on one search, so that a bundle of cross-signed certificates cannot cost more."""
MAX_CHAIN: Final = 16
"""Certificates looked at of those a signer brings along."""

Path = tuple[Certificate, ...]
"""Signer first, anchor last."""


@dataclass(slots=True)
class Search:
    """One search for paths from a certificate; afterwards `fault` says why there was none."""

    anchors: Sequence[Certificate]
    others: Sequence[Certificate]
    """Intermediates, configured or brought along; neither kind is trusted."""
    checks_left: int = MAX_CHECKS
    fault: Finding = field(default=Finding(Reason.FOREIGN_CA))

    def paths_from(self, leaf: Certificate) -> Iterator[Path]:
        """Every path whose names and signatures fit, nearest anchors first; nothing else is checked yet."""
        yield from self._extend((leaf,))

    def _extend(self, path: Path) -> Iterator[Path]:
        last = path[-1]
        if len(path) >= MAX_PATH:
            self.fault = Finding(Reason.PATH_TOO_LONG, f"more than {MAX_PATH} certificates")
            return
        if not has_strong_hash(last.x509):
            # It could not be checked any further, and would not be believed if it could.
            self.fault = Finding(Reason.CERTIFICATE_WEAK_HASH, last.subject)
            return
        for issuer in self.anchors:
            if self._has_issued(issuer, last):
                yield (*path, issuer)
        for issuer in self.others:
            if issuer not in path and issuer not in self.anchors and self._has_issued(issuer, last):
                yield from self._extend((*path, issuer))

    def _has_issued(self, issuer: Certificate, certificate: Certificate) -> bool:
        if certificate.x509.issuer != issuer.x509.subject or self.checks_left <= 0:
            return False
        self.checks_left -= 1
        try:
            certificate.x509.verify_directly_issued_by(issuer.x509)
        except (InvalidSignature, *PARSE_ERRORS):
            if self.fault.reason is Reason.FOREIGN_CA:
                self.fault = Finding(Reason.LOOK_ALIKE_CA, f"{issuer.subject!r} has not signed it")
            return False
        return True
