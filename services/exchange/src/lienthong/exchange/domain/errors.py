"""Everything the exchange refuses, and in which words."""

from collections.abc import Sequence

from lienthong.common.errors import Kind, LienthongError, Violation, Words


class MessageRefused(LienthongError):
    """The message breaks rules of admission; the violations name every one with its place and what to do.

    Nothing of it was kept but source, id, hash, rules and time. A corrected message may come under the same id.
    """

    code = "message_refused"
    kind = Kind.REFUSED
    title = Words("Thông điệp không được tiếp nhận vào trục liên thông", "The message was not admitted")
    advice = Words(
        "Sửa từng lỗi nêu trong violations, ký lại rồi gửi lại.",
        "Correct each fault listed in violations, then sign and send again.",
    )

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(rule=next((each.rule for each in violations if each.rule), None), violations=violations)


class MessageIdReused(LienthongError):
    """The sender has had another message accepted under this id. An accepted message is never replaced."""

    code = "message_id_reused"
    kind = Kind.CONFLICT
    title = Words("Mã thông điệp đã dùng cho nội dung khác", "The message id belongs to other bytes")
    advice = Words(
        "Tạo mã (UUIDv7) mới cho văn bản mới; gửi lại văn bản cũ thì giữ nguyên từng byte và chữ ký cũ.",
        "Make a new id (UUIDv7) for a new message; to repeat the old one, send its very bytes and its old signature.",
    )


class SealMissing(LienthongError):
    """The header X-JWS-Signature is missing, there twice or far too long: unsealed, it has no legal value (N2)."""

    code = "seal_missing"
    kind = Kind.INVALID
    title = Words("Thiếu chữ ký số của cơ quan", "The agency's seal is missing")
    advice = Words(
        "Gửi chữ ký JWS tách rời (protected..signature) trong tiêu đề X-JWS-Signature.",
        "Send the detached JWS (protected..signature) in the header X-JWS-Signature.",
    )
    RULE = "N2"


class OutcomeUnknown(LienthongError):
    """The message was not answered in time: it may have been accepted. Repeating the same bytes tells."""

    code = "outcome_unknown"
    kind = Kind.UNAVAILABLE
    title = Words("Chưa biết kết quả tiếp nhận", "Whether the message was accepted is not known yet")
    advice = Words(
        "Gửi lại đúng thông điệp cũ (cùng mã, cùng từng byte): nếu đã nhận, câu trả lời đầu tiên sẽ được trả lại.",
        "Repeat the very same message (same id and bytes): if it was accepted, the first answer comes again.",
    )

    def __init__(self) -> None:
        super().__init__(retry_after=2)


class LineMalformed(LienthongError):
    """The line of a batch is not JSON, or not `{"protected","payload","signature"}`; nothing of it was kept."""

    code = "line_malformed"
    kind = Kind.INVALID
    title = Words("Dòng trong lô không đúng cấu trúc", "The line of the batch is malformed")
    advice = Words(
        'Mỗi dòng là một đối tượng JSON {"protected","payload","signature"}, ba chuỗi, không lặp thành phần.',
        'Each line is one JSON object {"protected","payload","signature"}, three strings, no member twice.',
    )


class BatchTooLong(LienthongError):
    """The batch has more lines than are taken at once; nothing of it was kept."""

    code = "batch_too_long"
    kind = Kind.TOO_LARGE
    title = Words("Lô có quá nhiều dòng", "The batch has too many lines")
    advice = Words("Chia lô thành nhiều lô nhỏ, gửi lần lượt.", "Split the batch and post the parts one by one.")

    def __init__(self, most: int) -> None:
        """`most` is how many lines are taken."""
        super().__init__(Words(f"Lô có hơn {most} dòng", f"The batch has more than {most} lines"))


class BatchInterrupted(LienthongError):
    """A line before this one was not answered (429, 5xx) or the time was over; nothing of this line was kept.

    Behind such a line no other of its batch is accepted, so that a repeat from that line on keeps the order.
    """

    code = "batch_interrupted"
    kind = Kind.UNAVAILABLE
    title = Words("Lô bị ngắt trước dòng này", "The batch was interrupted before this line")
    advice = Words(
        "Gửi lại lô từ dòng đầu tiên chưa có kết quả, giữ nguyên từng byte và thứ tự.",
        "Post the batch again from the first line that was not answered, the same bytes in the same order.",
    )

    def __init__(self) -> None:
        super().__init__(retry_after=2)


class DigestMissing(LienthongError):
    """An upload names its SHA-256 beforehand (RFC 9530), so that what arrives broken is never stored."""

    code = "digest_missing"
    kind = Kind.INVALID
    title = Words("Thiếu hoặc sai dạng tiêu đề Content-Digest", "Content-Digest is missing or malformed")
    advice = Words(
        "Gửi tiêu đề Content-Digest: sha-256=:<base64>: (RFC 9530).",
        "Send the header Content-Digest: sha-256=:<base64>: (RFC 9530).",
    )


class DigestMismatch(LienthongError):
    """The bytes that arrived do not have the SHA-256 that was said; nothing of them was kept."""

    code = "digest_mismatch"
    kind = Kind.REFUSED
    title = Words("Tệp nhận được không khớp mã băm đã khai", "The file does not match its digest")
    advice = Words("Tính lại SHA-256 và tải tệp lên lại.", "Compute the SHA-256 again and upload the file again.")


class UploadBroken(LienthongError):
    """The upload stopped coming, or its row was destroyed while it came; nothing of it was kept."""

    code = "upload_broken"
    kind = Kind.INVALID
    title = Words("Tệp không tải lên trọn vẹn", "The upload was not completed")
    advice = Words("Tải tệp lên lại từ đầu.", "Upload the file again from its beginning.")


class EmptyAttachment(LienthongError):
    """An attachment has at least one byte."""

    code = "attachment_empty"
    kind = Kind.REFUSED
    title = Words("Tệp đính kèm rỗng", "The attachment is empty")
    advice = Words("Kiểm tra tệp rồi tải lên lại.", "Check the file and upload it again.")


class AttachmentTypeForbidden(LienthongError):
    """Files of this type are not taken: by the operator's list of media types, or because they run as programs."""

    code = "attachment_type_forbidden"
    kind = Kind.REFUSED
    title = Words("Loại tệp không được phép đính kèm", "Files of this type may not be attached")
    advice = Words(
        "Gửi tệp PDF, văn phòng, ảnh, bản vẽ hoặc tệp nén; không gửi chương trình, mã lệnh, trang web.",
        "Send PDF, office, image, drawing or archive files; no programs, scripts or web pages.",
    )
    RULE = "N10"


class AttachmentTypeMismatch(LienthongError):
    """The bytes of the file are certainly not of the media type that was declared."""

    code = "attachment_type_mismatch"
    kind = Kind.REFUSED
    title = Words("Nội dung tệp không đúng loại đã khai", "The file is not of the type that was declared")
    advice = Words(
        "Mở thử tệp; khai đúng Content-Type theo nội dung tệp rồi tải lên lại.",
        "Open the file to see what it is; declare the Content-Type of its content and upload it again.",
    )


class AttachmentInfected(LienthongError):
    """The virus scanner found something in the file; its bytes were destroyed, the refusal is on record (N10)."""

    code = "attachment_infected"
    kind = Kind.REFUSED
    title = Words("Tệp đính kèm chứa mã độc", "The attachment is infected")
    advice = Words(
        "Không dùng tệp này; kiểm tra máy đã tạo ra tệp và báo cán bộ an toàn thông tin của cơ quan.",
        "Do not use this file; examine the machine that it comes from and tell your agency's security officer.",
    )
    RULE = "N10"

    def __init__(self, signature: str) -> None:
        """`signature` is the scanner's name for what it found."""
        super().__init__(Words(f"Phát hiện: {signature}", f"Found: {signature}"))
        self.signature = signature


class AttachmentNotScannable(LienthongError):
    """The file is larger, or packed deeper, than the virus scanner looks; what was not looked at is not taken."""

    code = "attachment_not_scannable"
    kind = Kind.REFUSED
    title = Words("Không quét được mã độc trong tệp này", "The attachment cannot be scanned")
    advice = Words(
        "Chia nhỏ tệp hoặc gửi tệp không nén; nếu vẫn cần, báo đơn vị vận hành nâng giới hạn quét.",
        "Split the file or send it unpacked; if it must be so, ask the operator to raise the scanner's limits.",
    )
    RULE = "N10"


class ScannerAway(LienthongError):
    """The virus scanner has not answered within its grace period. The upload was not kept."""

    code = "scanner_away"
    kind = Kind.UNAVAILABLE
    title = Words("Bộ quét mã độc tạm thời không sẵn sàng", "The virus scanner is not available at the moment")
    advice = Words("Tải tệp lên lại sau ít phút.", "Upload the file again in some minutes.")

    def __init__(self) -> None:
        super().__init__(retry_after=60)


class AttachmentNotFound(LienthongError):
    """No attachment with this hash is open to the caller: whether others have one does not show."""

    code = "attachment_not_found"
    kind = Kind.NOT_FOUND
    title = Words("Không tìm thấy tệp đính kèm", "No such attachment")
    advice = Words(
        "Dùng mã SHA-256 của tệp do cơ quan mình tải lên, hoặc nêu trong văn bản gửi đến cơ quan mình.",
        "Use the SHA-256 of a file that your agency uploaded, or that a document sent to your agency names.",
    )


class DocumentNotFound(LienthongError):
    """No document of this sender and message is open to the caller: whether others exchanged one does not show."""

    code = "document_not_found"
    kind = Kind.NOT_FOUND
    title = Words("Không tìm thấy văn bản", "No such document")
    advice = Words(
        "Dùng mã thông điệp của văn bản do cơ quan mình gửi, hoặc gửi đến cơ quan mình.",
        "Use the message id of a document that your agency sent, or that was sent to your agency.",
    )


class ContentWithheld(LienthongError):
    """The document was taken back or revoked: its recipient may not have its content any more, nor evidence with it."""

    code = "content_withheld"
    kind = Kind.CONFLICT
    title = Words("Văn bản đã được lấy lại hoặc thu hồi", "The document was taken back or revoked")
    advice = Words(
        "Nơi nhận không còn được giữ nội dung; khi cần bằng chứng, đề nghị nơi gửi lập.",
        "Its recipient may not keep the content; where evidence is needed, its sender can get it.",
    )


class EvidenceNotReady(LienthongError):
    """The acceptance is on record, but its block of the audit log waits for its time stamp: ask again soon."""

    code = "evidence_not_ready"
    kind = Kind.UNAVAILABLE
    title = Words("Bằng chứng chưa sẵn sàng", "The evidence is not ready yet")
    advice = Words(
        "Chờ ít giây để nhật ký được đóng dấu thời gian rồi hỏi lại; nếu kéo dài, báo đơn vị vận hành.",
        "Wait some seconds for the time stamp, then ask again; if it goes on, tell the operators.",
    )


class EvidenceTooLarge(LienthongError):
    """So much was said about the document that one file cannot hold it."""

    code = "evidence_too_large"
    kind = Kind.TOO_LARGE
    title = Words("Bằng chứng quá lớn cho một tệp", "The evidence is too large for one file")
    advice = Words("Liên hệ đơn vị vận hành để được trích xuất.", "Ask the operators to extract it.")


class CursorBeyondEnd(LienthongError):
    """The inbox has no entry of the number given as `after`: a reader that believes otherwise has lost its place."""

    code = "cursor_beyond_end"
    kind = Kind.REFUSED
    title = Words("Số thứ tự vượt quá cuối hộp đến", "The number lies beyond the end of the inbox")
    advice = Words("Đọc lại từ số đã xử lý gần nhất.", "Read again from the last number that was handled.")


class NotGivenYet(LienthongError):
    """Only entries that were given out can be acknowledged: a receipt for unread documents would be worth nothing."""

    code = "not_given_yet"
    kind = Kind.REFUSED
    title = Words("Chưa thể xác nhận mục chưa được đọc", "Entries that were not read cannot be acknowledged")
    advice = Words("Đọc hộp đến đến số này rồi xác nhận.", "Read the inbox up to this number, then acknowledge.")


class GroupRefused(LienthongError):
    """The group cannot be kept as it is; the violations name every fault of its name and its members."""

    code = "group_refused"
    kind = Kind.REFUSED
    title = Words("Nhóm nơi nhận không hợp lệ", "The group of recipients is not acceptable")
    advice = Words("Sửa từng lỗi nêu trong violations.", "Correct each fault listed in violations.")

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(rule=next((each.rule for each in violations if each.rule), None), violations=violations)


class GroupsTooMany(LienthongError):
    """The agency has as many groups of recipients as one agency may have."""

    code = "groups_too_many"
    kind = Kind.REFUSED
    title = Words(
        "Cơ quan có quá nhiều nhóm nơi nhận, hoặc quá nhiều nơi nhận trong các nhóm",
        "Your agency has too many groups of recipients, or too many recipients in its groups",
    )
    advice = Words("Xóa những nhóm không dùng nữa.", "Remove groups that nobody uses any more.")


class GroupNotFound(LienthongError):
    """The caller's agency has no group of recipients of this name: whether others have one does not show."""

    code = "group_not_found"
    kind = Kind.NOT_FOUND
    title = Words("Không có nhóm nơi nhận này", "There is no such group of recipients")
    advice = Words(
        "Xem các nhóm của cơ quan bằng GET /v1/groups hoặc `lienthong agency groups list`.",
        "Look at your agency's groups with GET /v1/groups or `lienthong agency groups list`.",
    )


class RegistrationNotFound(LienthongError):
    """The caller's agency has registered no document in this message: whether others have does not show."""

    code = "registration_not_found"
    kind = Kind.NOT_FOUND
    title = Words("Không có văn bản đăng ký này", "There is no such registration")
    advice = Words(
        "Dùng mã thông điệp trong biên nhận đăng ký của cơ quan mình.",
        "Use the message id in the receipt of your own agency's registration.",
    )


class OwnTopicsNotOffered(LienthongError):
    """This installation lets no agency read Kafka: its operators have set no address for agencies."""

    code = "own_topics_not_offered"
    kind = Kind.REFUSED
    title = Words("Hệ thống này không mở topic Kafka cho cơ quan", "This installation offers agencies no Kafka topics")
    advice = Words(
        "Đọc hộp đến qua HTTPS, hoặc hỏi đơn vị vận hành (LIENTHONG_KAFKA_AGENCIES).",
        "Read the inbox over HTTPS, or ask the operators (LIENTHONG_KAFKA_AGENCIES).",
    )


class OwnTopicEnding(LienthongError):
    """The topic is being removed: it can be asked for anew when that is done."""

    code = "own_topic_ending"
    kind = Kind.CONFLICT
    title = Words("Topic đang được xóa", "The topic is being removed")
    advice = Words("Hỏi lại sau ít giây, khi trạng thái là ended.", "Ask again in some seconds, when it has ended.")


class OwnTopicNotAsked(LienthongError):
    """The caller's agency has never asked for a topic of this lane."""

    code = "own_topic_not_asked"
    kind = Kind.NOT_FOUND
    title = Words("Cơ quan chưa đề nghị mở topic cho luồng này", "Your agency has not asked for a topic of this lane")
    advice = Words(
        "Đề nghị bằng PUT /v1/inbox/{lane}/topic hoặc `lienthong agency topic open`.",
        "Ask for it by PUT /v1/inbox/{lane}/topic or `lienthong agency topic open`.",
    )
