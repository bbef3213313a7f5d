"""Who may do what, as questions with an answer. Denied by default: what no question allows is not done."""

from dataclasses import dataclass
from uuid import UUID

from lienthong.common.errors import Words
from lienthong.common.messages.accounts import (
    Agency,
    AgencyLife,
    CertificateRecord,
    Client,
    ClientState,
    Duty,
    HolderKind,
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and why: said to the caller."""

    reason: Words

    def __bool__(self) -> bool:
        return False


Answer = Allowed | Denied


def may_speak_for(seal: CertificateRecord, agency_id: UUID, source: str, asks_for: UUID) -> Answer:
    """May this seal make a request in that agency's name? Seal, `source` and `data.agency_id` must be one agency."""
    if seal.holder.kind is not HolderKind.AGENCY or seal.holder.agency_id != agency_id:
        return Denied(Words("Con dấu thuộc về chủ thể khác", "The seal belongs to somebody else"))
    if source != f"/agencies/{agency_id}":
        return Denied(Words("source không phải cơ quan giữ con dấu", "source is not the agency that holds the seal"))
    if asks_for != agency_id:
        return Denied(
            Words("data.agency_id không phải cơ quan giữ con dấu", "data.agency_id is not the agency that seals")
        )
    return Allowed()


def may_order_about(agency_id: UUID, certificate: CertificateRecord) -> Answer:
    """May the agency suspend, resume or revoke this certificate? Only where it is its own."""
    if certificate.holder.kind is HolderKind.AGENCY and certificate.holder.agency_id == agency_id:
        return Allowed()
    return Denied(Words("Chứng thư số không thuộc cơ quan này", "The certificate is not this agency's own"))


def may_take_part(agency: Agency) -> Answer:
    """May the agency get a seal or a token, or bind a machine client? Only while it exists."""
    if agency.state is AgencyLife.ACTIVE:
        return Allowed()
    return Denied(Words("Cơ quan đã kết thúc hoạt động", "The agency has ended"))


def may_operate(client: Client) -> Answer:
    """May the machine client have an operator's token? Only while it is active and registered as an operator's."""
    if client.state is ClientState.ACTIVE and Duty.OPERATE in client.duties:
        return Allowed()
    return Denied(Words("Máy khách không phải của người vận hành", "The client is not an operator's"))


def may_act_for(client: Client, agency_id: UUID) -> Answer:
    """May the machine client act for the agency? Only while it is active and the agency's consent stands."""
    if client.state is not ClientState.ACTIVE:
        return Denied(Words("Hệ thống máy khách không hoạt động", "The client is not active"))
    if any(grant.agency_id == agency_id for grant in client.grants):
        return Allowed()
    return Denied(Words("Cơ quan chưa cho phép máy khách này", "The agency has not granted this client"))
