"""The platform's refusals (RFC 9457) as typed exceptions.

The sentences of `problem` are in the language asked for; `title` of each class is in both.
"""

from dataclasses import dataclass, field
from typing import Any

import httpx

from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.strict_json import JsonValue, MalformedJson, loads
from lienthong.sdk.errors import UnexpectedAnswer

MAX_PROBLEM_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One violation named by the platform: `pointer` into what was sent, `rule` the requirement behind it."""

    code: str
    rule: str | None
    pointer: str
    detail: str
    advice: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem answer as it came; `code` and `rule` never change with the language."""

    status: int
    code: str
    title: str
    detail: str
    rule: str | None = None
    advice: str = ""
    trace_id: str | None = None
    retry_after: int | None = None
    faults: tuple[Fault, ...] = field(default=())

    @property
    def codes(self) -> frozenset[str]:
        """The code and rule of the answer and of each fault: what a program may decide by."""
        named = {self.code, self.rule, *(fault.code for fault in self.faults), *(fault.rule for fault in self.faults)}
        return frozenset(name for name in named if name)


class PlatformError(LienthongError, abstract=True):
    """The platform answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(
            Words(problem.detail or problem.title, problem.detail or problem.title),
            rule=problem.rule,
            retry_after=problem.retry_after,
        )
        self.problem = problem


class RequestInvalid(PlatformError):
    """The platform could not read the request (400, 405, 413, 415)."""

    code = "platform_request_invalid"
    kind = Kind.INVALID
    title = Words("Yêu cầu không hợp lệ", "The request is not acceptable")
    advice = Words("Xem các lỗi được nêu.", "See the faults named.")


class NotAuthenticated(PlatformError):
    """The platform does not accept who asks (401)."""

    code = "platform_not_authenticated"
    kind = Kind.UNAUTHENTICATED
    title = Words("Không xác thực được bên gọi", "The caller is not authenticated")
    advice = Words(
        "Kiểm tra hệ thống kết nối còn được cơ quan ủy quyền không (`lienthong agency whoami`).",
        "Check that the client is still granted by the agency (`lienthong agency whoami`).",
    )


class NotPermitted(PlatformError):
    """The caller is known but may not do this (403)."""

    code = "platform_not_permitted"
    kind = Kind.FORBIDDEN
    title = Words("Không có quyền thực hiện", "This is not permitted")
    advice = Words("Xem lý do được nêu.", "See the reason named.")


class NotFound(PlatformError):
    """The thing does not exist, or not for this caller (404)."""

    code = "platform_not_found"
    kind = Kind.NOT_FOUND
    title = Words("Không tìm thấy", "Not found")
    advice = Words("Kiểm tra mã hoặc số đã nhập.", "Check the code or number given.")


class Conflict(PlatformError):
    """The request contradicts what was accepted before, such as an id used for other bytes (409)."""

    code = "platform_conflict"
    kind = Kind.CONFLICT
    title = Words("Mâu thuẫn với điều đã được chấp nhận", "It contradicts what was accepted before")
    advice = Words("Lập thông điệp mới với mã mới.", "Make a new message with a new id.")


class Refused(PlatformError):
    """The platform read the message and refuses it by a named rule (422)."""

    code = "platform_refused"
    kind = Kind.REFUSED
    title = Words("Trục liên thông từ chối", "The platform refuses")
    advice = Words("Sửa từng lỗi được nêu.", "Correct each fault named.")


class Overloaded(PlatformError):
    """The platform asks to come back later (429)."""

    code = "platform_overloaded"
    kind = Kind.OVERLOADED
    title = Words("Hệ thống đang quá tải", "The platform is overloaded")
    advice = Words("Gửi lại sau thời gian được nêu.", "Send again after the time named.")


class PlatformUnavailable(PlatformError):
    """The platform cannot act now (5xx), or the request did not reach it in time (408); it may be repeated."""

    code = "platform_unavailable"
    kind = Kind.UNAVAILABLE
    title = Words("Nền tảng tạm thời chưa phục vụ được", "The platform cannot serve now")
    advice = Words("Gửi lại cùng thông điệp sau ít phút.", "Send the same message again in a few minutes.")


_BY_STATUS: dict[int, type[PlatformError]] = {
    401: NotAuthenticated,
    403: NotPermitted,
    404: NotFound,
    408: PlatformUnavailable,
    409: Conflict,
    422: Refused,
    429: Overloaded,
}


def error_of(response: httpx.Response, body: bytes) -> PlatformError | UnexpectedAnswer:
    """The exception of an answer that is no success."""
    status = response.status_code
    if status < 400:
        return UnexpectedAnswer(Words(f"HTTP {status} ngoài dự kiến", f"HTTP {status} was not expected"))
    try:
        value: Any = loads(body[:MAX_PROBLEM_BYTES])
    except MalformedJson:
        value = None
    return _error(_read(status, value, response.reason_phrase, _seconds(response.headers.get("retry-after"))))


def error_of_line(status: int, problem: JsonValue) -> PlatformError:
    """The exception that the refused line of a batch would have been as a request of its own."""
    return _error(_read(status, problem))


def _error(problem: Problem) -> PlatformError:
    fallback = PlatformUnavailable if problem.status >= 500 else RequestInvalid
    return _BY_STATUS.get(problem.status, fallback)(problem)


def _read(status: int, value: Any, reason: str = "", retry_after: int | None = None) -> Problem:
    told: dict[str, Any] = value if isinstance(value, dict) else {}
    faults = told.get("violations")
    return Problem(
        status=status,
        # The token endpoint speaks RFC 6749: error, error_description.
        code=_text(told, "code") or _text(told, "error") or f"http_{status}",
        title=_text(told, "title") or reason or f"HTTP {status}",
        detail=_text(told, "detail") or _text(told, "error_description") or "",
        rule=_text(told, "rule") or None,
        advice=_text(told, "advice"),
        trace_id=_text(told, "trace_id") or None,
        retry_after=retry_after,
        faults=tuple(_fault(item) for item in (faults if isinstance(faults, list) else ()) if isinstance(item, dict)),
    )


def _fault(item: dict[str, Any]) -> Fault:
    return Fault(
        code=_text(item, "code"),
        rule=_text(item, "rule") or None,
        pointer=_text(item, "pointer"),
        detail=_text(item, "detail"),
        advice=_text(item, "advice"),
    )


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _seconds(header: str | None) -> int | None:
    return int(header) if header and header.isdecimal() and len(header) < 6 else None
