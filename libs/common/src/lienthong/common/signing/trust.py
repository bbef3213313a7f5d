"""The configured anchors, and the question whether a certificate was good as of a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Final

from lienthong.common.signing.certificate import Certificate, load_chain
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.finding import GOOD, Finding
from lienthong.common.signing.path import MAX_CHAIN, Path, Search
from lienthong.common.signing.profile import Usage, check_profile
from lienthong.common.signing.reasons import Reason
from lienthong.common.signing.revocation import RevocationData

_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".der"})
_RESOLUTION: Final = datetime.resolution
_OF_THE_ISSUER: Final = {
    Reason.CERTIFICATE_REVOKED: Reason.ISSUER_REVOKED,
    Reason.CERTIFICATE_SUSPENDED: Reason.ISSUER_REVOKED,
}


class TrustStore:
    """Anchors (trusted because configured) and intermediates (only there to complete paths). Never changes.

    `intermediates` serve signers who do not bring theirs, as is usual with the Government CA.
    Raises MaterialRefused: TRUST_EMPTY, or TRUST_TRAINING_ANCHOR if `refuse_training` is asked for.
    """

    def __init__(
        self,
        anchors: Iterable[Certificate],
        intermediates: Iterable[Certificate] = (),
        *,
        refuse_training: bool = False,
    ) -> None:
        self.anchors = tuple(dict.fromkeys(anchors))
        self.intermediates = tuple(dict.fromkeys(intermediates))
        if not self.anchors:
            raise MaterialRefused(Reason.TRUST_EMPTY, "no anchor is configured")
        training = [anchor for anchor in self.anchors if anchor.is_training]
        if refuse_training and training:
            raise MaterialRefused(Reason.TRUST_TRAINING_ANCHOR, training[0].subject)

    @classmethod
    def load(cls, path: FilePath, *, refuse_training: bool = False) -> TrustStore:
        """Anchors from a PEM or DER file, or from every such file (.pem .crt .cer .der) of a folder.

        Raises MaterialRefused: TRUST_UNREADABLE, TRUST_EMPTY, TRUST_TRAINING_ANCHOR.
        """
        return cls(load_certificates(path), refuse_training=refuse_training)

    def check_path(
        self,
        certificate: Certificate,
        *,
        at: datetime,
        revocations: RevocationData,
        chain: Sequence[Certificate] = (),
        usage: Usage = Usage.SIGNATURE,
    ) -> Finding:
        """Whether `certificate` leads to an anchor and everything on the way was good as of `at`.

        Every certificate but the anchor needs revocation data of its issuer that speaks for `at`. One
        good path suffices; otherwise the fault of the first one found is reported.
        """
        search = Search(self.anchors, (*chain[:MAX_CHAIN], *self.intermediates))
        first: Finding | None = None
        span = GOOD
        for path in search.paths_from(certificate):
            finding = _check(path, at, revocations, usage)
            # The answer may change where that of any path before it changes, so its span is theirs too.
            span = span.within(finding)
            if finding.reason is None:
                return finding.within(span)
            first = first or finding
        return (first or search.fault).within(span)


def load_certificates(path: FilePath) -> tuple[Certificate, ...]:
    """Certificates of a file or a folder, in the order of names. Raises MaterialRefused(TRUST_UNREADABLE)."""
    try:
        files = [each for each in sorted(path.iterdir()) if each.suffix in _SUFFIXES] if path.is_dir() else [path]
        return tuple(certificate for file in files for certificate in _load_file(file.read_bytes()))
    except (OSError, ValueError, MaterialRefused) as error:
        raise MaterialRefused(Reason.TRUST_UNREADABLE, f"{path}: {error}") from error


def _load_file(data: bytes) -> tuple[Certificate, ...]:
    return load_chain(data) if b"-----BEGIN" in data else (Certificate.from_der(data),)


def _check(path: Path, at: datetime, revocations: RevocationData, usage: Usage) -> Finding:
    """The path's profile, then validity, then revocation; the first fault, in the span of all that was asked."""
    found = check_profile(path, usage)
    if found.reason is not None:
        return found
    for place, certificate in enumerate(path):
        found = _validity(certificate, place, at).within(found)
        if found.reason is not None:
            return found
    for place, (certificate, issuer) in enumerate(pairwise(path)):
        status = revocations.finding(certificate, issuer, at)
        found = _seen_from(place, status).within(found)
        if found.reason is not None:
            return found
    if usage is Usage.TIMESTAMP and revocations.key_is_lost(path[0], path[1]):
        return Finding(Reason.CERTIFICATE_REVOKED, path[0].subject, found.since, found.until)
    return found


def _validity(certificate: Certificate, place: int, at: datetime) -> Finding:
    expired_from = certificate.not_after + _RESOLUTION
    reason = None
    if at < certificate.not_before:
        reason = Reason.CERTIFICATE_NOT_YET_VALID if place == 0 else Reason.ISSUER_NOT_VALID
    elif expired_from <= at:
        reason = Reason.CERTIFICATE_EXPIRED if place == 0 else Reason.ISSUER_NOT_VALID
    detail = "" if reason is None else f"{certificate.subject!r}: {certificate.not_before} – {certificate.not_after}"
    return Finding.at(at, (certificate.not_before, expired_from), reason, detail)


def _seen_from(place: int, status: Finding) -> Finding:
    if place == 0 or status.reason is None:
        return status
    return Finding(_OF_THE_ISSUER.get(status.reason, status.reason), status.detail, status.since, status.until)
