"""The life of a certificate: active, suspended, superseded by the next one, revoked, ended.

The entity is the published record (`messages.accounts.CertificateRecord`). Its history says from when each state
holds, which may be ahead of now (the renewal of a certificate says at once when its overlap ends, so that every reader
knows without being told again; what is taken back now ends in a moment, everywhere at the same one) or in the past (a
stolen key is revoked from the time of the theft, and everything later in the history goes).
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from lienthong.accounts.domain.errors import PeriodRefused
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import (
    CertificateOrder,
    CertificateRecord,
    CertificateState,
    Holder,
    StatePeriod,
)
from lienthong.common.signing import Certificate
from lienthong.common.transitions import Refusal, Transitions, refuse

State = CertificateState

NOTICE: Final = timedelta(milliseconds=750)
"""What is taken back now is good for so much longer, so that everybody has heard of it by then."""


class CertificateAct(StrEnum):
    """What can happen to a certificate after its enrolment."""

    SUSPEND = "suspend"
    RESUME = "resume"
    SUPERSEDE = "supersede"
    REVOKE = "revoke"
    END = "end"


_NOT_ACTIVE: Final = Refusal(
    "certificate_not_active",
    Words("Chứng thư số không ở trạng thái hoạt động", "The certificate is not active"),
    Words("Chỉ tạm dừng hoặc gia hạn chứng thư đang hoạt động.", "Suspend or renew one that is active."),
    "A8",
)
_NOT_SUSPENDED: Final = Refusal(
    "certificate_not_suspended",
    Words("Chứng thư số không bị tạm dừng", "The certificate is not suspended"),
    Words("Chỉ khôi phục chứng thư đang tạm dừng.", "Resume one that is suspended."),
    "A8",
)
_REVOKED: Final = Refusal(
    "certificate_revoked",
    Words("Chứng thư số đã bị thu hồi", "The certificate is revoked"),
    Words("Thu hồi là vĩnh viễn: đăng ký chứng thư mới.", "A revocation is for good: enrol a new certificate."),
    "A8",
)
_ENDED: Final = Refusal(
    "certificate_ended",
    Words("Chứng thư số đã hết thời hạn", "The certificate's period is over"),
    Words("Đăng ký chứng thư mới.", "Enrol a new certificate."),
    "A8",
)

LIFE: Final = Transitions(
    State,
    CertificateAct,
    moves={
        (State.ACTIVE, CertificateAct.SUSPEND): State.SUSPENDED,
        (State.ACTIVE, CertificateAct.SUPERSEDE): State.SUPERSEDED,
        (State.SUSPENDED, CertificateAct.RESUME): State.ACTIVE,
        (State.ACTIVE, CertificateAct.REVOKE): State.REVOKED,
        (State.SUSPENDED, CertificateAct.REVOKE): State.REVOKED,
        (State.SUPERSEDED, CertificateAct.REVOKE): State.REVOKED,
        (State.ENDED, CertificateAct.REVOKE): State.REVOKED,  # a theft found late still marks what was signed with it
        (State.ACTIVE, CertificateAct.END): State.ENDED,
        (State.SUSPENDED, CertificateAct.END): State.ENDED,
        (State.SUPERSEDED, CertificateAct.END): State.ENDED,
    },
    refusals={
        **refuse([State.SUSPENDED, State.SUPERSEDED], [CertificateAct.SUSPEND, CertificateAct.SUPERSEDE], _NOT_ACTIVE),
        **refuse([State.ACTIVE, State.SUPERSEDED], [CertificateAct.RESUME], _NOT_SUSPENDED),
        **refuse([State.REVOKED], CertificateAct, _REVOKED),
        **refuse(
            [State.ENDED],
            [CertificateAct.SUSPEND, CertificateAct.RESUME, CertificateAct.SUPERSEDE, CertificateAct.END],
            _ENDED,
        ),
    },
)

ACTS: Final[Mapping[CertificateOrder, CertificateAct]] = {
    CertificateOrder.SUSPEND: CertificateAct.SUSPEND,
    CertificateOrder.RESUME: CertificateAct.RESUME,
    CertificateOrder.REVOKE: CertificateAct.REVOKE,
}


def registered(chain: Sequence[Certificate], holder: Holder, now: datetime) -> CertificateRecord:
    """A new entry of the register; `chain` is the holder's certificate, then its intermediates."""
    certificate = chain[0]
    return CertificateRecord(
        fingerprint=certificate.fingerprint,
        version=1,
        holder=holder,
        x5c=tuple(base64.b64encode(each.der).decode() for each in chain),
        serial=f"{certificate.serial:x}",
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        state=State.ACTIVE,
        history=(StatePeriod(state=State.ACTIVE, since=now),),
    )


def superseded(record: CertificateRecord, successor: str, *, now: datetime, overlap: timedelta) -> CertificateRecord:
    """Renewed: still good, and ended at the end of the overlap, or of its own period where that comes first."""
    after = _in_state(record, LIFE.move(record.state, CertificateAct.SUPERSEDE), since=now, reason=None)
    end = StatePeriod(state=State.ENDED, since=min(now + overlap, record.not_after))
    return after.model_copy(update={"successor": successor, "history": (*after.history, end)})


def ordered(
    record: CertificateRecord, order: CertificateOrder, *, now: datetime, since: datetime | None, reason: str
) -> CertificateRecord:
    """Suspended, resumed or revoked. Only a revocation may reach back, at most to the certificate's beginning.

    Raises TransitionRefused, PeriodRefused.
    """
    state = LIFE.move(record.state, ACTS[order])
    if since is None:
        takes_back = state in (State.REVOKED, State.SUSPENDED)
        return _in_state(record, state, since=_known_everywhere(now) if takes_back else now, reason=reason)
    _check_since(record, order, now, since)
    return _in_state(record, state, since=since, reason=reason)


def ended(record: CertificateRecord) -> CertificateRecord:
    """Its period, or its overlap, is over: what the history may have said before, the state says too."""
    return _in_state(record, LIFE.move(record.state, CertificateAct.END), since=end_of(record), reason=None)


def end_of(record: CertificateRecord) -> datetime:
    """From when it is good no more if nothing else happens to it."""
    last = record.history[-1]
    return last.since if last.state is State.ENDED else record.not_after


def is_over(record: CertificateRecord, now: datetime) -> bool:
    """Whether it should be ended: its end has come, and it is not revoked or ended already."""
    return record.state not in (State.REVOKED, State.ENDED) and end_of(record) < now


def holds_seal(record: CertificateRecord) -> bool:
    """Whether its holder has it as its present seal: then a new one comes by renewal, not by enrolment."""
    return record.state in (State.ACTIVE, State.SUSPENDED)


def taken_back_at(record: CertificateRecord) -> datetime | None:
    """From when a revocation list names it; None where it does not."""
    if record.state not in (State.REVOKED, State.SUSPENDED):
        return None
    return record.history[-1].since


def is_taken_back(record: CertificateRecord) -> bool:
    """Whether it is revoked or suspended, also where that begins in a moment: the register has no need to wait."""
    return taken_back_at(record) is not None


def _known_everywhere(now: datetime) -> datetime:
    """The first whole second by which every process has heard what is said now; less than two seconds away.

    Were it `now`, the exchange would go on accepting until it hears of it, and every reader would refuse for ever what
    it had accepted. A whole second, because revocation lists know no other times and round down.
    """
    later = now + NOTICE
    return later if later.microsecond == 0 else later.replace(microsecond=0) + timedelta(seconds=1)


def _in_state(record: CertificateRecord, state: State, *, since: datetime, reason: str | None) -> CertificateRecord:
    kept = tuple(period for period in record.history if period.since < since)
    return record.model_copy(
        update={
            "version": record.version + 1,
            "state": state,
            "history": (*kept, StatePeriod(state=state, since=since, reason=reason)),
        }
    )


def _check_since(record: CertificateRecord, order: CertificateOrder, now: datetime, since: datetime) -> None:
    if order is not CertificateOrder.REVOKE:
        raise PeriodRefused(Words("since chỉ dùng cho lệnh thu hồi", "`since` belongs to a revocation only"), rule="A8")
    if not record.not_before <= since <= now:
        raise PeriodRefused(
            Words(
                "since phải nằm giữa ngày bắt đầu của chứng thư và hiện tại",
                "`since` lies between the certificate's beginning and now",
            ),
            rule="A8",
        )
