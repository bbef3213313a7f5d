"""Who asks: a machine client that acts for an agency, or an operator; and why somebody is not let in."""

from dataclasses import dataclass
from uuid import UUID

from lienthong.common.errors import Kind, LienthongError, Words

_GET_A_TOKEN = Words(
    "Lấy mã truy cập mới từ accounts (POST /v1/token) rồi gửi lại với Authorization: Bearer.",
    "Get a new token from accounts (POST /v1/token) and send again with Authorization: Bearer.",
)


class TokenMissing(LienthongError):
    """The request carries no access token."""

    code = "token_missing"
    kind = Kind.UNAUTHENTICATED
    title = Words("Thiếu mã truy cập", "The access token is missing")
    advice = _GET_A_TOKEN


class TokenRefused(LienthongError):
    """The access token is malformed, not signed by accounts, or not meant for this platform."""

    code = "token_refused"
    kind = Kind.UNAUTHENTICATED
    title = Words("Mã truy cập không hợp lệ", "The access token is not accepted")
    advice = _GET_A_TOKEN


class TokenExpired(LienthongError):
    """The access token was good and is over, or is not good yet."""

    code = "token_expired"
    kind = Kind.UNAUTHENTICATED
    title = Words("Mã truy cập đã hết hạn", "The access token has expired")
    advice = _GET_A_TOKEN


class ClientNotActive(LienthongError):
    """The machine client has been suspended or ended; its tokens are void at once."""

    code = "client_not_active"
    kind = Kind.UNAUTHENTICATED
    title = Words("Hệ thống kết nối không còn hiệu lực", "The machine client is not active")
    advice = Words("Liên hệ cơ quan đã đăng ký hệ thống.", "Ask the agency that enrolled the client.")


class AgencyNotGranted(LienthongError):
    """The agency has not agreed that this client acts for it, or has withdrawn its consent."""

    code = "agency_not_granted"
    kind = Kind.FORBIDDEN
    title = Words("Cơ quan chưa ủy quyền cho hệ thống này", "The agency has not granted this client")
    advice = Words("Cơ quan gửi yêu cầu đã ký cho phép hệ thống.", "The agency sends a sealed request for the client.")


class AgenciesOnly(LienthongError):
    """The route is for agencies; an operator's token opens it for nobody."""

    code = "agencies_only"
    kind = Kind.FORBIDDEN
    title = Words("Chỉ dành cho hệ thống của cơ quan", "For agencies' systems only")
    advice = Words("Dùng mã truy cập của một cơ quan.", "Use the access token of an agency.")


class OperatorsOnly(LienthongError):
    """The route is for operators of the platform."""

    code = "operators_only"
    kind = Kind.FORBIDDEN
    title = Words("Chỉ dành cho người vận hành nền tảng", "For operators of the platform only")
    advice = Words("Liên hệ đơn vị vận hành.", "Ask the operators.")


@dataclass(frozen=True, slots=True)
class Caller:
    """A machine client, acting for one agency."""

    client_id: UUID
    agency_id: UUID
    token_id: str
    scope: frozenset[str] = frozenset()

    @property
    def source(self) -> str:
        """The agency as events name it."""
        return f"/agencies/{self.agency_id}"


@dataclass(frozen=True, slots=True)
class Operator:
    """The machine client of an operator of the platform, registered on accounts' host."""

    client_id: UUID
    token_id: str

    @property
    def path(self) -> str:
        """The operator as the audit names it."""
        return f"/clients/{self.client_id}"
