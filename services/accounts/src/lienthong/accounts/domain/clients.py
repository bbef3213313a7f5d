"""Machine clients: systems with a key of their own that act for the agencies that have agreed, each under its seal.

An operator's client has the duty `operate` instead, from its first day to its last, and acts for no agency.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.messages.accounts import Client, ClientGrant, ClientState, Duty
from lienthong.common.transitions import Refusal, TransitionRefused, Transitions, refuse

State = ClientState


class ClientAct(StrEnum):
    """What can happen to a client. `idle`: the last agency withdrew its consent."""

    GRANT = "grant"
    IDLE = "idle"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"


_SUSPENDED: Final = Refusal(
    "client_suspended",
    Words("Máy khách đang bị tạm dừng", "The client is suspended"),
    Words("Liên hệ đơn vị vận hành.", "Ask the operators."),
    "A7",
)
_NOT_SUSPENDED: Final = Refusal(
    "client_not_suspended",
    Words("Máy khách không bị tạm dừng", "The client is not suspended"),
    Words("Không cần khôi phục.", "There is nothing to resume."),
    "A7",
)
_ENDED: Final = Refusal(
    "client_ended",
    Words("Máy khách đã kết thúc", "The client has ended"),
    Words("Đăng ký máy khách mới với mã và khóa mới.", "Enrol a new client with a new id and key."),
    "A7",
)

_OPERATES: Final = Refusal(
    "client_operates",
    Words("Máy khách này của người vận hành nền tảng", "The client is an operator's"),
    Words("Đăng ký máy khách khác cho cơ quan.", "Enrol another client for the agency."),
    "A7",
)

LIFE: Final = Transitions(
    State,
    ClientAct,
    moves={
        (State.ACTIVE, ClientAct.GRANT): State.ACTIVE,
        (State.ACTIVE, ClientAct.IDLE): State.ACTIVE,
        (State.ACTIVE, ClientAct.SUSPEND): State.SUSPENDED,
        (State.SUSPENDED, ClientAct.IDLE): State.SUSPENDED,
        (State.SUSPENDED, ClientAct.RESUME): State.ACTIVE,
        (State.ACTIVE, ClientAct.END): State.ENDED,
        (State.SUSPENDED, ClientAct.END): State.ENDED,
    },
    refusals={
        (State.ACTIVE, ClientAct.RESUME): _NOT_SUSPENDED,
        **refuse([State.SUSPENDED], [ClientAct.GRANT, ClientAct.SUSPEND], _SUSPENDED),
        **refuse([State.ENDED], ClientAct, _ENDED),
    },
)

ORDERS: Final[Mapping[str, ClientAct]] = {
    "suspend": ClientAct.SUSPEND,
    "resume": ClientAct.RESUME,
    "end": ClientAct.END,
}


def enrolled(client_id: UUID, name: str, thumbprint: str, agency_id: UUID, now: datetime) -> Client:
    """A new client that acts for its first agency."""
    return Client(
        client_id=client_id,
        version=1,
        state=State.ACTIVE,
        name=name,
        grants=(ClientGrant(agency_id=agency_id, since=now),),
        key_thumbprint=thumbprint,
    )


def operating(client_id: UUID, name: str, thumbprint: str) -> Client:
    """A new client that an operator of the platform works with."""
    return Client(
        client_id=client_id,
        version=1,
        state=State.ACTIVE,
        name=name,
        grants=(),
        key_thumbprint=thumbprint,
        duties=(Duty.OPERATE,),
    )


def granted(client: Client, agency_id: UUID, now: datetime) -> Client | None:
    """One more agency has agreed; None where it had already. Raises TransitionRefused."""
    if client.duties:
        raise TransitionRefused(_OPERATES)
    LIFE.move(client.state, ClientAct.GRANT)
    if any(grant.agency_id == agency_id for grant in client.grants):
        return None
    return _next(client, grants=(*client.grants, ClientGrant(agency_id=agency_id, since=now)))


def withdrawn(client: Client, agency_id: UUID) -> Client | None:
    """An agency no longer agrees; None where it never had. Raises TransitionRefused."""
    LIFE.move(client.state, ClientAct.IDLE)
    kept = tuple(grant for grant in client.grants if grant.agency_id != agency_id)
    return None if len(kept) == len(client.grants) else _next(client, grants=kept)


def ordered(client: Client, act: ClientAct) -> Client:
    """Suspended, resumed or ended by an operator; an ended client acts for nobody. Raises TransitionRefused."""
    state = LIFE.move(client.state, act)
    ended = state is State.ENDED
    return _next(client, state=state, grants=() if ended else client.grants, duties=() if ended else client.duties)


def _next(client: Client, **changes: object) -> Client:
    return client.model_copy(update={"version": client.version + 1, **changes})
