"""Who speaks: token, certificate, `source` and `data.from` name one agency (N2)."""

from collections.abc import Iterator
from uuid import UUID

from lienthong.common.errors import Violation, Words
from lienthong.common.messages.accounts import AgencyLife
from lienthong.exchange.domain.sealed import SealedMessage
from lienthong.exchange.domain.submission import Facts

SEAL = "N2"

_ONE_NAME = Words(
    "Dùng chứng thư và token của chính cơ quan gửi; source và data.from nêu cùng cơ quan đó.",
    "Use the certificate and the token of the sending agency; source and data.from name that same agency.",
)


def one_agency_speaks(submission: SealedMessage, _facts: Facts) -> Iterator[Violation]:
    """Whoever asks, whose seal it is, the source and the sender are one agency."""
    expected = submission.agency_id
    if submission.holder != source_of(expected):
        yield _mismatch(
            "header:X-JWS-Signature", "Chứng thư số không phải của cơ quan đang gửi", "The seal is another agency's"
        )
    if submission.event.source != source_of(expected):
        yield _mismatch("/source", "source không phải là cơ quan đang gửi", "The source is not the agency that sends")
    if submission.event.data.sender.agency_id != expected:
        yield _mismatch(
            "/data/from/agency_id", "Bên gửi không phải là cơ quan đang gửi", "The sender is not the agency that sends"
        )


def sender_is_active(submission: SealedMessage, facts: Facts) -> Iterator[Violation]:
    """The register knows the sender, and it has not ended or been merged."""
    sender = facts.agencies.get(submission.agency_id)
    if sender is None or sender.state is not AgencyLife.ACTIVE:
        yield Violation(
            "sender_not_active",
            SEAL,
            "/data/from/agency_id",
            Words("Cơ quan gửi không còn hoạt động trong danh bạ", "The sender is not active in the register"),
            Words("Liên hệ đơn vị quản lý danh bạ cơ quan.", "Ask those who keep the register of agencies."),
        )


def source_of(agency_id: UUID) -> str:
    """The `source` of an agency's events."""
    return f"/agencies/{agency_id}"


def _mismatch(pointer: str, vi: str, en: str) -> Violation:
    return Violation("sender_mismatch", SEAL, pointer, Words(vi, en), _ONE_NAME)
