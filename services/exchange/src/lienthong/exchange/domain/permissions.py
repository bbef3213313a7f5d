"""Who may do what: deny by default, and a denial looks outside like a thing that does not exist.

An inbox needs no question: its key is made from the caller, so that no other one can be named.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes."""


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and the reason for operators; callers never see it."""

    reason: str


Permission = Allowed | Denied


@dataclass(frozen=True, slots=True)
class AttachmentTies:
    """What an agency has to do with a stored file."""

    uploaded: bool
    """It uploaded the file itself."""
    received: bool
    """An accepted message that carries the file was sent to it, and neither taken back nor revoked."""


def may_read_attachment(ties: AttachmentTies) -> Permission:
    """May the agency read the file? Who uploaded it may, and who received a message that carries it."""
    return Allowed() if ties.uploaded or ties.received else Denied("neither uploader nor recipient")


@dataclass(frozen=True, slots=True)
class TrackTies:
    """What an agency has to do with a document."""

    sent: bool
    """It sent the document."""
    received: bool
    """The document was sent to it."""


def may_read_track(ties: TrackTies) -> Permission:
    """May the agency read the document's track? Who sent it may, and who received it."""
    return Allowed() if ties.sent or ties.received else Denied("neither sender nor recipient")


def may_read_every_line(ties: TrackTies) -> Permission:
    """May the agency see every recipient's line of the track? Only who sent the document; a recipient sees its own."""
    return Allowed() if ties.sent else Denied("not the sender")


@dataclass(frozen=True, slots=True)
class EvidenceTies:
    """What an agency has to do with a document at one recipient."""

    sent: bool
    """It sent the document."""
    received: bool
    """It is that recipient, and the document was not withdrawn before it had arrived."""
    withheld: bool
    """The document was taken back or revoked there."""


def may_get_evidence(ties: EvidenceTies) -> Permission:
    """May the agency get evidence of the document at this recipient? Its sender may, and this recipient."""
    return Allowed() if ties.sent or ties.received else Denied("neither sender nor this recipient")


def may_read_content(ties: EvidenceTies) -> Permission:
    """May the agency have the content in it? Its sender always; the recipient as long as it may keep the document."""
    return Allowed() if ties.sent or not ties.withheld else Denied("taken back or revoked")
