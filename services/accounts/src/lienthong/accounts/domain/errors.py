"""Everything accounts refuses, each by a name of its own."""

from lienthong.common.errors import Kind, LienthongError, Words


class AgencyNotRegistered(LienthongError):
    """No agency of the register has this id or code."""

    code = "agency_not_registered"
    kind = Kind.NOT_FOUND
    title = Words("Không có cơ quan này trong danh bạ", "No such agency is registered")
    advice = Words(
        "Tra cứu bằng GET /v1/agencies?q=… hoặc `lienthong agencies list`.",
        "Look it up with GET /v1/agencies?q=… or `lienthong agencies list`.",
    )


class AgencyEnded(LienthongError):
    """The agency has ended or was merged: it gets no seal, client or token any more."""

    code = "agency_has_ended"
    kind = Kind.CONFLICT
    title = Words("Cơ quan đã kết thúc hoạt động", "The agency has ended")
    advice = Words("Dùng cơ quan kế thừa (successors).", "Use its successors.")


class CertificateNotRegistered(LienthongError):
    """No certificate of the register has this fingerprint (x5t#S256)."""

    code = "certificate_not_registered"
    kind = Kind.NOT_FOUND
    title = Words("Không có chứng thư số này trong sổ đăng ký", "No such certificate is registered")
    advice = Words(
        "Dùng dấu vân tay SHA-256 của chứng thư, dạng base64url.", "Use the SHA-256 fingerprint in base64url."
    )


class RevocationListNotPublished(LienthongError):
    """No revocation list of this issuer has been published here."""

    code = "revocation_list_not_published"
    kind = Kind.NOT_FOUND
    title = Words("Chưa có danh sách thu hồi của tổ chức này", "No revocation list of this issuer is published")
    advice = Words("Dùng dấu vân tay của chứng thư CA phát hành.", "Use the fingerprint of the issuing CA.")


class SealNotEntitled(LienthongError):
    """The seal is good, but its agency may not ask for this."""

    code = "seal_not_entitled"
    kind = Kind.FORBIDDEN
    title = Words("Cơ quan không có quyền yêu cầu việc này", "The agency may not ask for this")
    advice = Words(
        "Chỉ yêu cầu cho chính cơ quan giữ con dấu.", "Ask only in the name of the agency that holds the seal."
    )


class RequestSealMissing(LienthongError):
    """The request has no header X-JWS-Signature: it must stand under the agency's seal."""

    code = "request_seal_missing"
    kind = Kind.UNAUTHENTICATED
    title = Words("Thiếu chữ ký của con dấu", "The seal's signature is missing")
    advice = Words("Gửi tiêu đề X-JWS-Signature: protected..signature.", "Send X-JWS-Signature: protected..signature.")
    RULE = "N2"


class RequestIdReused(LienthongError):
    """The agency has used this id for a request with other bytes."""

    code = "request_id_reused"
    kind = Kind.CONFLICT
    title = Words("Mã yêu cầu đã dùng cho nội dung khác", "The id was used for a request with other bytes")
    advice = Words("Tạo mã UUIDv7 mới cho yêu cầu mới.", "Make a fresh UUIDv7 for a new request.")


class EnrolmentCodeRefused(LienthongError):
    """The enrolment code is not the agency's, was used, or has expired."""

    code = "enrolment_code_refused"
    kind = Kind.FORBIDDEN
    title = Words("Mã đăng ký không dùng được", "The enrolment code cannot be used")
    advice = Words(
        "Đề nghị đơn vị vận hành cấp mã mới (hiệu lực 7 ngày, dùng một lần).",
        "Ask the operators for a new code (good for 7 days, once).",
    )


class AgencyAlreadyEnrolled(LienthongError):
    """The agency holds a seal: the next certificate comes by renewal under that seal."""

    code = "agency_already_enrolled"
    kind = Kind.CONFLICT
    title = Words("Cơ quan đã có con dấu điện tử", "The agency already holds a seal")
    advice = Words(
        "Gia hạn bằng POST /v1/certificate-requests; nếu mất khóa, đề nghị thu hồi trước.",
        "Renew with POST /v1/certificate-requests; if the key is lost, have it revoked first.",
    )


class AuthorityAbsent(LienthongError):
    """This installation issues no certificates itself: they come from the configured authority."""

    code = "issuing_not_available"
    kind = Kind.REFUSED
    title = Words("Hệ thống không tự cấp chứng thư số", "Certificates are not issued here")
    advice = Words(
        "Xin chứng thư tại CA chuyên dùng Chính phủ rồi đăng ký bằng certificates và proof.",
        "Get the certificate from the Government CA, then enrol with `certificates` and `proof`.",
    )


class PeriodRefused(LienthongError):
    """The time from which the order is to hold is not possible."""

    code = "order_time_refused"
    kind = Kind.REFUSED
    title = Words("Thời điểm hiệu lực của lệnh không hợp lệ", "The order cannot hold from that time")
    advice = Words(
        "Bỏ since, hoặc dùng thời điểm đã qua cho lệnh thu hồi.", "Leave `since` out, or revoke from a past time."
    )


class AssertionRefused(LienthongError):
    """A JWT of a machine client is malformed, not fresh, not for us, used before, or not signed by the client's key."""

    code = "client_assertion_refused"
    kind = Kind.UNAUTHENTICATED
    title = Words("JWT của máy khách không được chấp nhận", "The client's JWT is refused")
    advice = Words(
        "Ký JWT mới: alg ES256 hoặc PS256, iss = sub = mã máy khách, aud, jti, iat, exp.",
        "Sign a fresh JWT: alg ES256 or PS256, iss = sub = client id, aud, jti, iat, exp.",
    )


class ClientNotRegistered(LienthongError):
    """No machine client has this id."""

    code = "client_not_registered"
    kind = Kind.NOT_FOUND
    title = Words("Không có máy khách này", "No such client is registered")
    advice = Words("Đăng ký bằng POST /v1/client-requests.", "Enrol it with POST /v1/client-requests.")


class ClientNotGranted(LienthongError):
    """The client has logged in, but the agency has not agreed that it acts for it, or has withdrawn that."""

    code = "client_not_granted"
    kind = Kind.FORBIDDEN
    title = Words("Cơ quan chưa cho phép máy khách này", "The agency has not granted this client")
    advice = Words(
        "Cơ quan gửi yêu cầu có con dấu tới POST /v1/client-requests.",
        "The agency sends a sealed request to POST /v1/client-requests.",
    )


class ClientKeyRefused(LienthongError):
    """The client's public key is not one that may log in."""

    code = "client_key_refused"
    kind = Kind.REFUSED
    title = Words("Khóa công khai của máy khách không hợp lệ", "The client's public key is refused")
    advice = Words(
        "Dùng JWK chỉ có phần công khai: EC P-256, hoặc RSA 2048 đến 4096 bit.",
        "Use a JWK without its private part: EC P-256, or RSA of 2048 to 4096 bits.",
    )


class ClientKeyDiffers(LienthongError):
    """The client is enrolled with another key or name; only its grants can be added to."""

    code = "client_key_differs"
    kind = Kind.CONFLICT
    title = Words("Máy khách đã đăng ký với khóa khác", "The client is enrolled with another key")
    advice = Words("Đăng ký máy khách mới cho khóa mới.", "Enrol a new client for the new key.")


class ImportRefused(LienthongError):
    """The file of agencies has faults; nothing of it was taken over."""

    code = "import_refused"
    kind = Kind.REFUSED
    title = Words("Tệp danh bạ có lỗi, chưa nhập mục nào", "The file has faults, nothing was imported")
    advice = Words("Sửa từng dòng được nêu rồi nhập lại.", "Correct each line named, then import again.")


class CertificateTaken(LienthongError):
    """The certificate, or its serial number, is registered already, for this or another holder."""

    code = "certificate_already_registered"
    kind = Kind.CONFLICT
    title = Words("Chứng thư số đã được đăng ký", "The certificate is registered already")
    advice = Words("Dùng chứng thư khác.", "Use another certificate.")


class RevocationListRefused(LienthongError):
    """The revocation list is not by a known issuer, not authentic, or older than the one published."""

    code = "revocation_list_refused"
    kind = Kind.REFUSED
    title = Words("Danh sách thu hồi không được chấp nhận", "The revocation list is refused")
    advice = Words("Tải lại danh sách mới nhất từ CA phát hành.", "Fetch the newest list from its issuer again.")


class TokenKeyNotAvailable(LienthongError):
    """No key for access tokens is in use yet, or its file cannot be read."""

    code = "token_key_not_available"
    kind = Kind.UNAVAILABLE
    title = Words("Chưa có khóa ký mã truy cập", "No key for access tokens is available")
    advice = Words("Thử lại sau ít giây.", "Try again in some seconds.")
