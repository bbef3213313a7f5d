"""What can go wrong at the agency's end: one family, each with a code, a sentence in both languages and an advice."""

from lienthong.common.errors import Kind, LienthongError, Words


class SdkError(LienthongError, abstract=True):
    """Every error that the SDK raises itself; what the platform answers is in `problems.py`."""


class ProfileMissing(SdkError):
    """The profile's folder holds no profile.toml: the agency was not enrolled from here."""

    code = "sdk_profile_missing"
    kind = Kind.NOT_FOUND
    title = Words("Chưa có hồ sơ kết nối của cơ quan", "There is no profile of the agency")
    advice = Words(
        "Chạy `lienthong agency init`, hoặc chỉ đúng thư mục bằng --profile.",
        "Run `lienthong agency init`, or name the right folder with --profile.",
    )


class ProfileBroken(SdkError):
    """A file of the profile cannot be read or does not say what it must."""

    code = "sdk_profile_broken"
    kind = Kind.INVALID
    title = Words("Hồ sơ kết nối bị hỏng", "The profile is broken")
    advice = Words(
        "Sửa hoặc khôi phục tệp được nêu; không xóa khóa riêng.",
        "Correct or restore the file named; do not delete private keys.",
    )


class EnrolmentUnfinished(SdkError):
    """The profile was begun, and its enrolment ended before the last step: a wrong code, a lost connection."""

    code = "sdk_enrolment_unfinished"
    kind = Kind.NOT_FOUND
    title = Words("Cơ quan chưa đăng ký xong", "The enrolment is not finished")
    advice = Words(
        "Chạy lại `lienthong agency init` với cùng --profile; các bước đã xong được giữ nguyên.",
        "Run `lienthong agency init` again with the same --profile; the steps done stay done.",
    )


class BadInput(SdkError):
    """What the caller gave cannot be used: a file that is missing or empty, an unknown agency, a malformed document."""

    code = "sdk_bad_input"
    kind = Kind.INVALID
    title = Words("Dữ liệu đưa vào không dùng được", "The input cannot be used")
    advice = Words("Sửa chỗ được nêu rồi thử lại.", "Correct what is named, then try again.")


class WrongUsage(BadInput):
    """The command line cannot be understood: an unknown command or option, a value that is missing or malformed."""

    code = "sdk_wrong_usage"
    title = Words("Lệnh không đúng", "The command line cannot be understood")
    advice = Words("Thêm --help vào lệnh để xem cách dùng.", "Add --help to see how the command is used.")


class Unreachable(SdkError):
    """No connection to the platform was made: nothing was sent."""

    code = "sdk_unreachable"
    kind = Kind.UNAVAILABLE
    title = Words("Không kết nối được tới nền tảng", "The platform cannot be reached")
    advice = Words(
        "Kiểm tra mạng và địa chỉ trong profile.toml rồi thử lại; chưa có gì được gửi đi.",
        "Check the network and the addresses in profile.toml, then try again; nothing was sent.",
    )


class OutcomeUnknown(SdkError):
    """The request left, the answer did not come: it may have been done. The same bytes and id may be sent again."""

    code = "sdk_outcome_unknown"
    kind = Kind.UNAVAILABLE
    title = Words("Chưa rõ kết quả của yêu cầu", "The outcome of the request is unknown")
    advice = Words(
        "Chạy `lienthong agency resume`: cùng một thông điệp đã ký được gửi lại, không bao giờ gửi thành hai.",
        "Run `lienthong agency resume`: the same signed message is sent again and never becomes two.",
    )


class UploadUnknown(OutcomeUnknown):
    """The answer to an upload did not come. No message names the file yet: nothing was sent."""

    code = "sdk_upload_unknown"
    title = Words("Chưa rõ tệp đã tải lên xong chưa", "The outcome of the upload is unknown")
    advice = Words(
        "Kiểm tra mạng rồi chạy lại đúng lệnh đó; văn bản chưa được gửi, tệp không bị lưu hai lần.",
        "Check the network, then run the same command again; no document was sent, and no file is kept twice.",
    )


class EnrolmentUnknown(OutcomeUnknown):
    """The enrolment lost the platform's answer in the middle: what was done stays done."""

    code = "sdk_enrolment_unknown"
    title = Words("Chưa rõ kết quả đăng ký", "The outcome of the enrolment is unknown")
    advice = Words(
        "Chạy lại đúng lệnh `lienthong agency init` đó với cùng --profile; không có gì được làm hai lần.",
        "Run the same `lienthong agency init` again with the same --profile; nothing is done twice.",
    )


class UnexpectedAnswer(SdkError):
    """The platform's answer is not what the interface promises."""

    code = "sdk_unexpected_answer"
    kind = Kind.UNEXPECTED
    title = Words("Câu trả lời của nền tảng không đúng giao diện", "The platform's answer breaks its interface")
    advice = Words(
        "Kiểm tra địa chỉ có đúng là nền tảng lienthong, và phiên bản SDK.",
        "Check that the address is lienthong's, and the version of the SDK.",
    )


class DownloadChanged(SdkError):
    """The bytes of an attachment are not those that the sender signed for; nothing was kept."""

    code = "sdk_download_changed"
    kind = Kind.REFUSED
    title = Words("Tệp đính kèm nhận về khác tệp đã được ký", "The attachment received is not the one signed for")
    advice = Words("Báo ngay cho đầu mối sự cố; không dùng tệp này.", "Tell the contact point; do not use the file.")
    RULE = "N5"


class StatementRefused(SdkError):
    """A receipt or head is not signed by the exchange, or speaks of something else than what was asked."""

    code = "sdk_statement_refused"
    kind = Kind.REFUSED
    title = Words("Biên nhận của trục liên thông không hợp lệ", "A statement of the exchange does not hold")
    advice = Words(
        "Giữ lại thông điệp và báo đầu mối sự cố; không coi là đã gửi hoặc đã nhận.",
        "Keep the message and tell the contact point; do not count it as sent or received.",
    )
    RULE = "N5"


class EntryRefused(SdkError, abstract=True):
    """An entry of the inbox is in its place and yet not to be used; whoever acknowledges its number reads on."""

    kind = Kind.REFUSED
    RULE = "N2"

    def __init__(self, detail: Words | None = None, *, n: int | None = None, reason: str | None = None) -> None:
        super().__init__(detail)
        self.n = n
        self.reason = reason


class SealRefused(EntryRefused):
    """The seal of a received message does not hold, as of its acceptance; `reason` is the signing library's code."""

    code = "sdk_seal_refused"
    title = Words("Chữ ký số của văn bản nhận được không hợp lệ", "The seal of a received document does not hold")
    advice = Words(
        "Không sử dụng văn bản; báo nơi gửi và đầu mối sự cố. Đọc tiếp bằng `lienthong agency pass <luồng>:<số>`.",
        "Do not use the document; tell its sender and the contact point. Read on with `lienthong agency pass LANE:N`.",
    )


class NoticeRefused(EntryRefused):
    """A report, request or answer is not about what passed between this agency and who says it; `reason` says how."""

    code = "sdk_notice_refused"
    title = Words("Thông báo không ứng với văn bản đã trao đổi", "A notice is about no document that was exchanged")
    advice = Words(
        "Không ghi nhận thông báo này; báo đầu mối sự cố. Đọc tiếp bằng `lienthong agency pass <luồng>:<số>`.",
        "Do not count this notice; tell the contact point. Read on with `lienthong agency pass LANE:N`.",
    )


class InboxBroken(SdkError, abstract=True):
    """The inbox is not what the exchange signed before: reading stops and nothing of the page is given out."""

    RULE = "N5"
    advice = Words(
        "Không xóa thư mục hồ sơ; báo đầu mối sự cố kèm số thứ tự được nêu.",
        "Keep the profile's folder and tell the contact point the number named.",
    )
    kind = Kind.REFUSED


class InboxGap(InboxBroken):
    """An entry is missing between two numbers."""

    code = "sdk_inbox_gap"
    title = Words("Hộp đến thiếu văn bản", "An entry of the inbox is missing")


class InboxReordered(InboxBroken):
    """Entries came in another order than their numbers, or one came twice."""

    code = "sdk_inbox_reordered"
    title = Words("Hộp đến bị đảo thứ tự", "The inbox is out of order")


class InboxChanged(InboxBroken):
    """The content or order of entries is not what the signed head or receipt says."""

    code = "sdk_inbox_changed"
    title = Words("Nội dung hộp đến đã bị thay đổi", "The inbox was changed")


class InboxRolledBack(InboxBroken):
    """The inbox ends before, or differs at, a number whose signed head was seen earlier."""

    code = "sdk_inbox_rolled_back"
    title = Words("Hộp đến bị lùi về trước điểm đã đọc", "The inbox went back behind what was read")


class WebhookRefused(SdkError):
    """A request at the agency's endpoint is not the exchange's, not for this agency, or not of now. Answer it 4xx."""

    code = "sdk_webhook_refused"
    kind = Kind.REFUSED
    title = Words("Yêu cầu webhook không hợp lệ", "A webhook request does not hold")
    advice = Words(
        "Trả lời 400 và không dùng nội dung; nếu là của trục liên thông, nó sẽ được gửi lại.",
        "Answer 400 and use nothing of it; what is the exchange's comes again.",
    )
    RULE = "N5"


class NotReadYet(SdkError):
    """Only what was read and verified can be acknowledged."""

    code = "sdk_not_read_yet"
    kind = Kind.REFUSED
    title = Words("Chỉ xác nhận được văn bản đã đọc và kiểm tra", "Only what was read and verified is acknowledged")
    advice = Words("Đọc hộp đến số này rồi xác nhận.", "Read the inbox up to this number, then acknowledge.")


class SealUnusable(SdkError):
    """The seal's certificate has expired or is not valid yet, or the key cannot sign."""

    code = "sdk_seal_unusable"
    kind = Kind.REFUSED
    title = Words("Con dấu điện tử không dùng được", "The seal cannot be used")
    advice = Words("Gia hạn chứng thư số của cơ quan.", "Renew the agency's certificate.")
    RULE = "N2"
