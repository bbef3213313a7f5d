"""Every reason in a sentence for people, Vietnamese and English (Circular 15/2025/TT-BKHCN, Article 6)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from lienthong.common.signing.reasons import Reason


class Sentence(NamedTuple):
    vi: str
    en: str


def explain(reason: Reason) -> Sentence:
    """What a refusal means, in one sentence."""
    return SENTENCES[reason]


SENTENCES: Final[Mapping[Reason, Sentence]] = MappingProxyType(
    {
        Reason.JWS_PART_COUNT: Sentence(
            "Chữ ký không có dạng “phần đầu..chữ ký”.", "The signature does not have the form protected..signature."
        ),
        Reason.JWS_ATTACHED_PAYLOAD: Sentence(
            "Chữ ký mang kèm nội dung; nội dung phải được gửi riêng.",
            "The signature carries a payload of its own; the payload must travel apart.",
        ),
        Reason.JWS_OVERSIZED: Sentence("Chữ ký quá dài.", "The signature is too long."),
        Reason.JWS_NOT_BASE64URL: Sentence(
            "Chữ ký có ký tự ngoài bảng chữ base64url.", "The signature has letters outside base64url."
        ),
        Reason.JWS_PADDING: Sentence(
            "Chữ ký có ký tự đệm “=”, điều không được phép.", "The signature is padded with “=”, which is not allowed."
        ),
        Reason.JWS_NOT_CANONICAL: Sentence(
            "Chữ ký không được viết ở dạng base64url chuẩn duy nhất.",
            "The signature is not written in the one canonical form of base64url.",
        ),
        Reason.JWS_LINE: Sentence(
            "Dòng dữ liệu không gồm đúng ba phần: phần đầu, nội dung, chữ ký.",
            "The line does not hold exactly protected, payload and signature.",
        ),
        Reason.HEADER_OVERSIZED: Sentence("Phần đầu chữ ký quá dài.", "The signature's header is too long."),
        Reason.HEADER_NOT_JSON: Sentence("Phần đầu chữ ký không phải JSON.", "The signature's header is not JSON."),
        Reason.HEADER_NOT_OBJECT: Sentence(
            "Phần đầu chữ ký không phải đối tượng JSON.", "The signature's header is not a JSON object."
        ),
        Reason.HEADER_DUPLICATE_MEMBER: Sentence(
            "Phần đầu chữ ký có thành phần lặp lại.", "The signature's header has a member twice."
        ),
        Reason.HEADER_EMBEDDED_KEY: Sentence(
            "Phần đầu chữ ký tự mang khóa hoặc địa chỉ của khóa.",
            "The signature's header brings a key, or the address of one.",
        ),
        Reason.HEADER_ALG_NONE: Sentence(
            "Phần đầu khai là không có chữ ký (alg none).", "The header says there is no signature (alg none)."
        ),
        Reason.HEADER_ALG_SYMMETRIC: Sentence(
            "Thuật toán khóa đối xứng không dùng cho chữ ký số.", "A symmetric algorithm is no digital signature."
        ),
        Reason.HEADER_ALG_UNKNOWN: Sentence(
            "Thuật toán ký không nằm trong danh mục cho phép.", "The algorithm is not among those allowed."
        ),
        Reason.HEADER_B64: Sentence("Phần đầu không khai b64 là false.", "The header does not say that b64 is false."),
        Reason.HEADER_CRIT_EMPTY: Sentence("Danh sách crit rỗng.", "The list crit is empty."),
        Reason.HEADER_CRIT_UNKNOWN: Sentence(
            "Danh sách crit có thành phần khác b64.", "The list crit names something other than b64."
        ),
        Reason.HEADER_CRIT_MALFORMED: Sentence("crit không phải danh sách tên.", "crit is not a list of names."),
        Reason.HEADER_UNKNOWN_MEMBER: Sentence(
            "Phần đầu có thành phần không được phép.", "The header has a member that is not allowed."
        ),
        Reason.HEADER_MISSING_MEMBER: Sentence(
            "Phần đầu thiếu thành phần bắt buộc.", "The header lacks a member it must have."
        ),
        Reason.HEADER_IAT: Sentence(
            "Thời điểm ký (iat) không phải số giây nguyên.", "The signing time (iat) is not whole seconds."
        ),
        Reason.HEADER_THUMBPRINT: Sentence(
            "Dấu vân tay chứng thư (x5t#S256) sai dạng.", "The certificate's thumbprint (x5t#S256) is malformed."
        ),
        Reason.ALG_NOT_FOR_KEY: Sentence(
            "Thuật toán không hợp với khóa của chứng thư.", "The algorithm does not fit the certificate's key."
        ),
        Reason.ALG_NOT_REGISTERED: Sentence(
            "Chứng thư này không được đăng ký dùng RS256.", "This certificate is not registered for RS256."
        ),
        Reason.SIGNATURE_LENGTH: Sentence(
            "Độ dài chữ ký không đúng với thuật toán.", "The signature's length does not fit the algorithm."
        ),
        Reason.SIGNATURE_WRONG: Sentence(
            "Chữ ký không khớp nội dung: nội dung đã bị thay đổi hoặc do người khác ký.",
            "The signature does not match the content: it was changed, or someone else signed.",
        ),
        Reason.SIGNATURE_TIME: Sentence(
            "Thời điểm ký nằm ngoài khoảng cho phép.", "The signing time is outside the time allowed."
        ),
        Reason.CERTIFICATE_MALFORMED: Sentence("Không đọc được chứng thư số.", "The certificate cannot be read."),
        Reason.CERTIFICATE_UNKNOWN: Sentence(
            "Không biết chứng thư số của người ký.", "The signer's certificate is not known."
        ),
        Reason.CERTIFICATE_HOLDER_MISMATCH: Sentence(
            "Chủ thể trong chứng thư khác chủ thể đã đăng ký.",
            "The certificate names another holder than the register.",
        ),
        Reason.CERTIFICATE_NOT_REGISTERED_THEN: Sentence(
            "Tại thời điểm đó chứng thư chưa được đăng ký.", "At that time the certificate was not registered."
        ),
        Reason.CERTIFICATE_REVOKED: Sentence("Chứng thư số đã bị thu hồi.", "The certificate is revoked."),
        Reason.CERTIFICATE_SUSPENDED: Sentence("Chứng thư số đang bị tạm dừng.", "The certificate is suspended."),
        Reason.CERTIFICATE_SUPERSEDED: Sentence(
            "Chứng thư số đã được thay bằng chứng thư mới.", "The certificate has been replaced by a newer one."
        ),
        Reason.CERTIFICATE_NOT_YET_VALID: Sentence(
            "Chứng thư số chưa có hiệu lực.", "The certificate is not yet valid."
        ),
        Reason.CERTIFICATE_EXPIRED: Sentence("Chứng thư số đã hết hạn.", "The certificate has expired."),
        Reason.CERTIFICATE_WEAK_KEY: Sentence(
            "Khóa của chứng thư yếu hơn mức quy định.", "The certificate's key is weaker than the rules allow."
        ),
        Reason.CERTIFICATE_WEAK_HASH: Sentence(
            "Chứng thư được ký bằng hàm băm yếu.", "The certificate is signed with a weak hash."
        ),
        Reason.CERTIFICATE_KEY_USAGE: Sentence(
            "Chứng thư không được cấp để ký.", "The certificate was not issued for signing."
        ),
        Reason.CERTIFICATE_IS_CA: Sentence(
            "Chứng thư của cơ quan chứng thực không dùng để ký văn bản.",
            "An authority's certificate does not sign documents.",
        ),
        Reason.CERTIFICATE_CRITICAL_EXTENSION: Sentence(
            "Chứng thư có phần mở rộng bắt buộc mà hệ thống không hiểu.",
            "The certificate has a critical extension that is not understood.",
        ),
        Reason.FOREIGN_CA: Sentence(
            "Chứng thư không do cơ quan chứng thực được tin cậy cấp.",
            "The certificate is not from a trusted authority.",
        ),
        Reason.LOOK_ALIKE_CA: Sentence(
            "Cơ quan cấp chứng thư mạo tên một cơ quan chứng thực được tin cậy.",
            "The issuer bears a known authority's name but does not have its key.",
        ),
        Reason.PATH_TOO_LONG: Sentence(
            "Đường dẫn chứng thực dài hơn mức cho phép.", "The certification path is longer than allowed."
        ),
        Reason.ISSUER_NOT_CA: Sentence(
            "Bên cấp chứng thư không phải cơ quan chứng thực.", "The issuer is not a certification authority."
        ),
        Reason.ISSUER_NOT_VALID: Sentence(
            "Chứng thư của cơ quan chứng thực không có hiệu lực tại thời điểm đó.",
            "The authority's certificate was not valid at that time.",
        ),
        Reason.ISSUER_REVOKED: Sentence(
            "Chứng thư của cơ quan chứng thực đã bị thu hồi.", "The authority's certificate is revoked."
        ),
        Reason.REVOCATION_MALFORMED: Sentence("Không đọc được dữ liệu thu hồi.", "The revocation data cannot be read."),
        Reason.REVOCATION_MISSING: Sentence(
            "Không có dữ liệu thu hồi nên không thể kết luận.", "There is no revocation data, so nobody can tell."
        ),
        Reason.REVOCATION_STALE: Sentence(
            "Dữ liệu thu hồi đã quá hạn nên không thể kết luận.",
            "The revocation data is out of date, so nobody can tell.",
        ),
        Reason.REVOCATION_NOT_BY_ISSUER: Sentence(
            "Dữ liệu thu hồi không do cơ quan cấp chứng thư ký.", "The revocation data is not signed by the issuer."
        ),
        Reason.REVOCATION_UNSUPPORTED: Sentence(
            "Loại dữ liệu thu hồi này không được hỗ trợ.", "Revocation data of this kind is not supported."
        ),
        Reason.REVOCATION_WEAK_HASH: Sentence(
            "Dữ liệu thu hồi được ký bằng hàm băm yếu.", "The revocation data is signed with a weak hash."
        ),
        Reason.REVOCATION_STATUS_UNKNOWN: Sentence(
            "Cơ quan chứng thực trả lời là không biết chứng thư này.",
            "The authority answers that it does not know the certificate.",
        ),
        Reason.POLICY_EMPTY: Sentence(
            "Chính sách kiểm tra rỗng nên không chấp nhận gì.", "The policy is empty and accepts nothing."
        ),
        Reason.POLICY_NONE_MET: Sentence(
            "Không điều kiện nào của chính sách được đáp ứng.", "None of the policy's conditions is met."
        ),
        Reason.POLICY_HOLDER: Sentence(
            "Người ký không phải bên được quyền nói điều này.", "The signer is not the one who may say this."
        ),
        Reason.POLICY_ALGORITHM: Sentence(
            "Chính sách không chấp nhận thuật toán này.", "The policy does not accept this algorithm."
        ),
        Reason.POLICY_GRADE: Sentence(
            "Thuật toán không thuộc tiêu chuẩn bắt buộc.", "The algorithm is not within the mandatory standards."
        ),
        Reason.TRUST_EMPTY: Sentence("Chưa cấu hình chứng thư gốc nào.", "No trust anchor is configured."),
        Reason.TRUST_UNREADABLE: Sentence("Không đọc được chứng thư gốc.", "The trust anchors cannot be read."),
        Reason.TRUST_TRAINING_ANCHOR: Sentence(
            "Chứng thư gốc đào tạo không được dùng trong môi trường thật.",
            "A training anchor must not be used in production.",
        ),
        Reason.KEY_URI_MALFORMED: Sentence("Địa chỉ khóa sai dạng.", "The key's URI is malformed."),
        Reason.KEY_URI_UNSUPPORTED: Sentence("Chưa hỗ trợ loại khóa này.", "Keys of this kind are not supported yet."),
        Reason.KEY_UNREADABLE: Sentence("Không đọc được khóa bí mật.", "The private key cannot be read."),
        Reason.KEY_PASSWORD: Sentence(
            "Mật khẩu của khóa sai, thiếu hoặc thừa.", "The key's password is wrong, missing or superfluous."
        ),
        Reason.KEY_NOT_FOR_CERTIFICATE: Sentence(
            "Khóa bí mật không thuộc chứng thư này.", "The private key does not belong to the certificate."
        ),
        Reason.KEY_WEAK: Sentence("Khóa yếu hơn mức quy định.", "The key is weaker than the rules allow."),
        Reason.REQUEST_MALFORMED: Sentence(
            "Không đọc được yêu cầu cấp chứng thư.", "The certificate request cannot be read."
        ),
        Reason.REQUEST_NOT_PROVEN: Sentence(
            "Yêu cầu không chứng minh được việc giữ khóa bí mật.",
            "The request does not prove possession of the private key.",
        ),
        Reason.REQUEST_WRONG_NAME: Sentence("Tên trong yêu cầu không được phép.", "The name asked for is not allowed."),
    }
)
