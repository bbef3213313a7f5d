"""Why evidence is not believed."""

from enum import StrEnum

from lienthong.common.errors import Words
from lienthong.common.signing import Reason, SignatureRefused, Trust, explain
from lienthong.common.signing.outcome import trust_for
from lienthong.common.timestamps import TimeStampRefused, TokenFault


class Fault(StrEnum):
    """Stable names of what is wrong beyond signatures (`Reason`) and time stamps (`TokenFault`)."""

    CONTAINER = "evidence.container"
    """The file was not written as evidence is written: changed, cut, or made by another program."""
    ENTRIES = "evidence.entries"
    """The file does not hold exactly what its manifest names."""
    MALFORMED = "evidence.malformed"
    """Something signed cannot be read."""
    REGISTER = "evidence.register"
    """What accounts is to have signed about a certificate is missing or another's."""
    OTHER_DOCUMENT = "evidence.other_document"
    """Something that belongs to another document, recipient, lane or environment."""
    RECEIPT = "evidence.receipt"
    """A receipt does not fit its message."""
    CHAIN = "evidence.chain"
    """Links of the inbox's chain do not lead to its signed head."""
    AUDIT = "evidence.audit"
    """A record does not lead to the signed head of its block, or is about something else."""
    TIME = "evidence.time"
    """Times contradict each other."""
    ATTACHMENT = "evidence.attachment"
    """A file that the document does not name."""


class EvidenceRefused(Exception):
    """A step failed. `unknown`: nothing speaks against it, but what would clear it is not there."""

    def __init__(self, reason: Fault | Reason | TokenFault, words: Words, *, unknown: bool = False) -> None:
        super().__init__(f"{reason}: {words.en}")
        self.reason = reason
        self.words = words
        self.unknown = unknown


def of_signature(what: Words, refused: SignatureRefused) -> EvidenceRefused:
    """A signature that does not hold, with the sentence of its reason."""
    sentence = explain(refused.reason)
    words = Words(f"{what.vi}: {sentence.vi}", f"{what.en}: {sentence.en}")
    return EvidenceRefused(refused.reason, words, unknown=refused.verification.exit_code == 2)


def of_stamp(what: Words, refused: TimeStampRefused) -> EvidenceRefused:
    """A time stamp that does not hold."""
    fault = refused.fault
    if isinstance(fault, Reason):
        sentence = explain(fault)
        words = Words(f"{what.vi}: {sentence.vi}", f"{what.en}: {sentence.en}")
        return EvidenceRefused(fault, words, unknown=trust_for(fault) is Trust.UNKNOWN)
    said = Words(
        f"{what.vi}: dấu thời gian không hợp lệ ({fault})", f"{what.en}: the time stamp does not hold ({fault})"
    )
    return EvidenceRefused(fault, said)
