"""Detached signatures one would trust with a state seal; usable alone, needs only `cryptography`.

Signing:

    signer = Signer(open_key("file:/run/keys/seal.pem?certificate=/run/keys/seal.crt"), clock)
    signed = signer.sign(payload)                  # SignedBytes: payload and `protected..signature`

Verifying:

    trust = TrustStore.load(Path("anchors"))
    revocations = RevocationData()
    revocations.add_crl(crl)
    verifier = Verifier(trust, revocations, ADMISSION)
    verified = verifier.verify(signed, at=now, certificates=known)      # Verified, or SignatureRefused

`SignedBytes` are unverified, `Verified` is what only a verifier makes. How each step is done stands in
`verifier.py`, what the header may hold in `header.py`, when revocation data speaks for a time in
`revocation.py`. Every refusal has a stable `Reason` and a sentence (`explain`).
"""

from lienthong.common.signing.algorithms import Algorithm, PrivateKey, PublicKey
from lienthong.common.signing.certificate import Certificate, load_chain
from lienthong.common.signing.crl import RevocationList
from lienthong.common.signing.errors import MaterialRefused, SignatureRefused, SigningError
from lienthong.common.signing.finding import Finding
from lienthong.common.signing.header import Header
from lienthong.common.signing.keys import LocalKey, SigningKey, open_key
from lienthong.common.signing.known import CertificateSource, KnownCertificate, KnownCertificates, Period, State
from lienthong.common.signing.ocsp import OcspAnswer
from lienthong.common.signing.outcome import Verification
from lienthong.common.signing.policy import (
    ADMISSION,
    STORED,
    HeldBy,
    Policy,
    SignedWithin,
    StandardGrade,
    UsesAlgorithm,
    all_of,
    any_of,
    held_by_any,
)
from lienthong.common.signing.profile import Usage
from lienthong.common.signing.reasons import Grade, Integrity, Reason, Trust
from lienthong.common.signing.revocation import RevocationData
from lienthong.common.signing.sentences import Sentence, explain
from lienthong.common.signing.signed_bytes import SignedBytes
from lienthong.common.signing.signer import Signer
from lienthong.common.signing.trust import TrustStore, load_certificates
from lienthong.common.signing.verifier import Verified, Verifier

__all__ = [
    "ADMISSION",
    "STORED",
    "Algorithm",
    "Certificate",
    "CertificateSource",
    "Finding",
    "Grade",
    "Header",
    "HeldBy",
    "Integrity",
    "KnownCertificate",
    "KnownCertificates",
    "LocalKey",
    "MaterialRefused",
    "OcspAnswer",
    "Period",
    "Policy",
    "PrivateKey",
    "PublicKey",
    "Reason",
    "RevocationData",
    "RevocationList",
    "Sentence",
    "SignatureRefused",
    "SignedBytes",
    "SignedWithin",
    "Signer",
    "SigningError",
    "SigningKey",
    "StandardGrade",
    "State",
    "Trust",
    "TrustStore",
    "Usage",
    "UsesAlgorithm",
    "Verification",
    "Verified",
    "Verifier",
    "all_of",
    "any_of",
    "explain",
    "held_by_any",
    "load_certificates",
    "load_chain",
    "open_key",
]
