"""What the exchange refuses of webhooks, and in which words."""

from lienthong.common.errors import Kind, LienthongError, Words


class WebhookNotFound(LienthongError):
    """The agency has no webhook in this lane."""

    code = "webhook_not_found"
    kind = Kind.NOT_FOUND
    title = Words("Cơ quan chưa đăng ký webhook ở luồng này", "The agency has no webhook in this lane")
    advice = Words(
        "Đăng ký bằng PUT /v1/inbox/{lane}/webhook hoặc `lienthong agency webhook set`.",
        "Register one by PUT /v1/inbox/{lane}/webhook or `lienthong agency webhook set`.",
    )


class EndpointRefused(LienthongError):
    """The address cannot be a webhook's: its form, scheme, host or port is not allowed here. The detail says which."""

    code = "endpoint_refused"
    kind = Kind.REFUSED
    title = Words("Địa chỉ webhook không được phép", "The address of the webhook is not allowed")
    advice = Words(
        "Nêu URL https công khai, tên máy viết bằng chữ ASCII, không có tài khoản, phân mảnh; xem docs/webhooks.md.",
        "Give a public https URL, its host in ASCII, without user, password or fragment; see docs/webhooks.md.",
    )


class WebhookBusy(LienthongError):
    """A test delivery to this agency's endpoint is under way already."""

    code = "webhook_busy"
    kind = Kind.OVERLOADED
    title = Words("Đang gửi thử webhook của cơ quan này", "A test delivery of this agency is under way")
    advice = Words("Chờ kết quả lần thử trước rồi thử lại.", "Wait for the test under way, then test again.")
