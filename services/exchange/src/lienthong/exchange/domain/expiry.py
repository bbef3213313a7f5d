"""What may still be said of a delivery that has expired: what happened before, entered late (N4).

As far as anybody could know, an expired document was not received. A recipient whose network was down may have received
it all the same: what it says of that, with the true time and who enters it late, is taken (docs/decisions/0008).
"""

from dataclasses import replace
from datetime import datetime

from lienthong.common.transitions import Refusal
from lienthong.exchange.domain.states import OPEN, DeliveryState, Fit, History, Said, judge_status


def judge_after_expiry(
    history: History, expired_at: datetime, new: Said, occurred_at: datetime | None
) -> Fit | Refusal:
    """9.6 Whether a status fits a delivery that expired at this moment; `occurred_at` is its late entry's.

    One that only says that the document had arrived leaves the delivery expired: it was not received in time.
    """
    if occurred_at is None or max(occurred_at, new.said_at) >= expired_at:
        return judge_status(replace(history, end=DeliveryState.EXPIRED), new)
    fit = judge_status(replace(history, end=None), new)
    if isinstance(fit, Refusal):
        return fit
    return Fit(DeliveryState.EXPIRED if fit.state in OPEN else fit.state, late=True)
