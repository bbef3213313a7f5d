"""Evidence of one document at one recipient: one file that anyone verifies offline, with nothing but the anchors.

    data = build_evidence(parts, signer.sign)                       # the exchange
    report = verify_evidence(io.BytesIO(data), TrustStore.load(anchors))
    report.exit_code, report.taken, report.proven                   # steps in words, and what is proven

The format is in docs/evidence.md, why it is so in docs/decisions/0011-evidence.md. No service and no network is needed.
"""

from lienthong.common.evidence.building import build_evidence
from lienthong.common.evidence.container import Container, ContainerWriter, read_container
from lienthong.common.evidence.faults import EvidenceRefused, Fault
from lienthong.common.evidence.parts import (
    EvidenceParts,
    InboxPart,
    ProvenMessage,
    ProvenRecord,
    RevocationPart,
    Subject,
)
from lienthong.common.evidence.report import Proven, Report, Step, StepOutcome, Taken
from lienthong.common.evidence.verifying import verify_evidence

__all__ = [
    "Container",
    "ContainerWriter",
    "EvidenceParts",
    "EvidenceRefused",
    "Fault",
    "InboxPart",
    "Proven",
    "ProvenMessage",
    "ProvenRecord",
    "Report",
    "RevocationPart",
    "Step",
    "StepOutcome",
    "Subject",
    "Taken",
    "build_evidence",
    "read_container",
    "verify_evidence",
]
