"""What can go wrong at the front door, whatever the service."""

from collections.abc import Mapping, Sequence
from typing import Any

from lienthong.common.errors import Kind, LienthongError, Violation, Words
from lienthong.common.messages.violations import violation


class RouteUnknown(LienthongError):
    """Nothing is served under this path."""

    code = "route_unknown"
    kind = Kind.NOT_FOUND
    title = Words("Không có tài nguyên ở đường dẫn này", "Nothing is served under this path")
    advice = Words("Kiểm tra đường dẫn; mọi đường dẫn bắt đầu bằng /v1/.", "Check the path; all paths begin with /v1/.")


class MethodNotAllowed(LienthongError):
    """The path exists, but not with this method; the header Allow names those that do."""

    code = "method_not_allowed"
    kind = Kind.NOT_ALLOWED
    title = Words("Phương thức không được dùng ở đây", "The method is not allowed here")
    advice = Words("Dùng một phương thức có trong tiêu đề Allow.", "Use a method named in the header Allow.")


class BodyTooLarge(LienthongError):
    """The body is larger than this path accepts; it was not read to its end."""

    code = "body_too_large"
    kind = Kind.TOO_LARGE
    title = Words("Nội dung gửi lên quá lớn", "The body is too large")
    advice = Words(
        "Chia nhỏ lô thông điệp; tệp đính kèm gửi qua đường dẫn tải tệp, tệp lớn hơn giới hạn nêu trên thì chia nhỏ.",
        "Split the batch; upload attachments on their own path, and split a file that is larger than the limit named.",
    )

    def __init__(self, limit: int) -> None:
        """`limit` is what the path accepts, in bytes."""
        super().__init__(
            Words(f"Nội dung vượt quá {limit} byte", f"The body is larger than {limit} bytes"),
        )


class BodyTooSlow(LienthongError):
    """The body came so slowly that it would keep others from being served; nothing of it was kept."""

    code = "body_too_slow"
    kind = Kind.TOO_SLOW
    title = Words("Nội dung gửi lên quá chậm", "The body came too slowly")
    advice = Words("Kiểm tra đường truyền rồi gửi lại cùng yêu cầu.", "Check the connection, then repeat the request.")


class BodyBroken(LienthongError):
    """The connection ended before the body did."""

    code = "body_broken"
    kind = Kind.INVALID
    title = Words("Nội dung gửi lên bị đứt giữa chừng", "The body broke off")
    advice = Words("Kiểm tra đường truyền rồi gửi lại cùng yêu cầu.", "Check the connection, then repeat the request.")


class ContentTypeUnsupported(LienthongError):
    """The Content-Type is none of those this path reads."""

    code = "content_type_unsupported"
    kind = Kind.UNSUPPORTED
    title = Words("Kiểu nội dung không được hỗ trợ", "The content type is not supported")
    advice = Words(
        "Gửi đúng Content-Type nêu trong lược đồ OpenAPI, mã hóa UTF-8.",
        "Send the Content-Type named in the OpenAPI description, encoded as UTF-8.",
    )

    def __init__(self, accepted: Sequence[str]) -> None:
        """`accepted` are the media types of this path."""
        listed = ", ".join(accepted)
        super().__init__(Words(f"Chỉ nhận: {listed}", f"Accepted: {listed}"))


class MalformedRequest(LienthongError):
    """The path, query, headers or body do not have the published form; the violations name every fault."""

    code = "malformed_request"
    kind = Kind.INVALID
    title = Words("Yêu cầu không đúng cấu trúc", "The request is malformed")
    advice = Words("Sửa từng lỗi nêu trong violations.", "Correct each fault listed in violations.")


class RequestRefused(LienthongError):
    """The request was refused before any rule of the service looked at it."""

    code = "request_refused"
    kind = Kind.INVALID
    title = Words("Yêu cầu bị từ chối", "The request was refused")
    advice = Words("Xem mô tả OpenAPI của dịch vụ.", "See the OpenAPI description of the service.")


class TooManyRequests(LienthongError):
    """The process has as much work as it can finish in time. Nothing of the request was kept."""

    code = "too_many_requests"
    kind = Kind.OVERLOADED
    title = Words("Hệ thống đang quá tải", "The service is overloaded")
    advice = Words("Gửi lại cùng yêu cầu sau thời gian nêu ở Retry-After.", "Repeat the request after Retry-After.")


class UnexpectedFault(LienthongError):
    """A fault of the service. Whether the request took effect is unknown: look, then repeat it with the same id."""

    code = "unexpected_fault"
    kind = Kind.UNEXPECTED
    title = Words("Lỗi ngoài dự kiến của hệ thống", "An unexpected fault of the service")
    advice = Words(
        "Kiểm tra kết quả rồi gửi lại với cùng mã định danh; báo trace_id cho đơn vị vận hành.",
        "Look whether it took effect, then repeat with the same id; tell the operator the trace_id.",
    )


def violations_of_request(errors: Sequence[Mapping[str, Any]]) -> list[Violation]:
    """FastAPI's validation errors as violations: `/a/0/b` into the body, else `query:…`, `header:…`, `path:…`."""
    return [violation(str(error["type"]), _pointer(error["loc"]), error.get("ctx")) for error in errors[:100]]


def _pointer(location: Sequence[str | int]) -> str:
    place, *steps = location or ("body",)
    if place == "body":
        return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return f"{place}:{'.'.join(str(step) for step in steps)}"
