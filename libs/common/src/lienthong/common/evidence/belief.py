"""Whose keys are believed by what stands in the file: what accounts signed, authorities' lists, configured anchors.

1. A certificate of accounts introduces itself by its name and its path to an anchor; by it, what accounts has signed
   about each certificate is verified, as of the time it was signed.
2. Then everything accounts signed is verified once more by what accounts itself has said of its keys: a key it revoked
   says nothing afterwards.
3. Revocation lists are believed for their authorities' signatures, when they are used.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lienthong.common.errors import LienthongError, Words
from lienthong.common.evidence.faults import EvidenceRefused, Fault, of_signature
from lienthong.common.messages.accounts import CertificateChanged, CertificateRecord
from lienthong.common.messages.envelope import read
from lienthong.common.register import known_certificate
from lienthong.common.signing import (
    STORED,
    HeldBy,
    KnownCertificate,
    KnownCertificates,
    MaterialRefused,
    RevocationData,
    RevocationList,
    SignatureRefused,
    SignedBytes,
    TrustStore,
    Verified,
    Verifier,
    all_of,
)
from lienthong.common.sources import ACCOUNTS


@dataclass(slots=True)
class Belief:
    """Judges what was signed, as of a time."""

    trust: TrustStore
    revocations: RevocationData
    certificates: KnownCertificates = field(default_factory=KnownCertificates)
    _verifier: Verifier = field(init=False)

    def __post_init__(self) -> None:
        self._verifier = Verifier(self.trust, self.revocations, STORED)

    @classmethod
    def of(cls, trust: TrustStore, statements: Mapping[str, SignedBytes], lists: Iterable[bytes]) -> "Belief":
        """What follows from accounts' statements, by fingerprint, and the lists. Raises EvidenceRefused."""
        # All of them, however many: what was revoked may stand on any of them, and is dropped from later ones.
        read_lists = [_read_list(each) for each in dict.fromkeys(lists)]
        belief = cls(trust, RevocationData(read_lists, keep=max(1, len(read_lists))))
        registered = [_known(_record(name, signed)) for name, signed in statements.items()]
        # By itself a certificate is held by whom it names, and good as long as it says.
        first = KnownCertificates(KnownCertificate(each.certificate, each.chain) for each in registered)
        for signed in statements.values():
            belief._check(signed, first)
        for each in registered:
            belief.certificates.put(each)
        for signed in statements.values():
            belief._check(signed, belief.certificates)
        return belief

    def verify(self, signed: SignedBytes, *, said_by: str, at: datetime, what: Words) -> Verified:
        """As of `at`, `said_by` signed these bytes. Raises EvidenceRefused."""
        try:
            return self._verify(signed, said_by, at, self.certificates)
        except SignatureRefused as refused:
            raise of_signature(what, refused) from refused

    def verify_own(self, signed: SignedBytes, *, said_by: str, what: Words) -> Verified:
        """The same as of the time that the signature says itself. Raises EvidenceRefused."""
        return self.verify(signed, said_by=said_by, at=_signed_at(signed), what=what)

    def _check(self, signed: SignedBytes, certificates: KnownCertificates) -> None:
        what = Words("Dữ liệu chứng thư do accounts ký", "What accounts signed about a certificate")
        try:
            self._verify(signed, ACCOUNTS, _signed_at(signed), certificates)
        except SignatureRefused as refused:
            raise of_signature(what, refused) from refused

    def _verify(self, signed: SignedBytes, said_by: str, at: datetime, certificates: KnownCertificates) -> Verified:
        policy = all_of(STORED, HeldBy(said_by))
        return self._verifier.verify(signed, at=at, certificates=certificates, policy=policy)


def _signed_at(signed: SignedBytes) -> datetime:
    try:
        return signed.unverified_header().signed_at
    except MaterialRefused as refused:
        words = Words(f"chữ ký không đọc được: {refused}", f"a signature cannot be read: {refused}")
        raise EvidenceRefused(refused.reason, words) from refused


def _read_list(der: bytes) -> RevocationList:
    try:
        return RevocationList.from_bytes(der)
    except MaterialRefused as refused:
        words = Words("danh sách thu hồi không đọc được", "a revocation list cannot be read")
        raise EvidenceRefused(refused.reason, words) from refused


def _record(name: str, signed: SignedBytes) -> CertificateRecord:
    try:
        event = read(signed.payload, CertificateChanged, tolerant=True)
    except LienthongError as error:
        raise EvidenceRefused(Fault.MALFORMED, Words(error.words.vi, error.words.en)) from error
    if event.source != ACCOUNTS or event.data.fingerprint != name:
        raise _register("không phải lời của accounts về chứng thư này", "not what accounts says of this certificate")
    return event.data


def _known(record: CertificateRecord) -> KnownCertificate:
    try:
        return known_certificate(record)
    except MaterialRefused as refused:
        raise _register("không mô tả đúng chứng thư", "does not describe its certificate") from refused


def _register(vi: str, en: str) -> EvidenceRefused:
    return EvidenceRefused(Fault.REGISTER, Words(f"Sổ chứng thư: {vi}", f"The register of certificates: {en}"))
