"""Why a signature, certificate, key or request was not accepted, as errors that callers see: one per reason code.

The signing library knows nothing of HTTP; this is the one table between the two. What the sentence says is the signing
library's (`explain`), what to do next stands here. A reason without an entry is refused when this module is imported.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from lienthong.common.errors import Kind, LienthongError, Violation, Words
from lienthong.common.signing import Reason, SigningError, explain

SIGNATURE_POINTER = "header:X-JWS-Signature"

_SIGN_AGAIN = Words(
    "Ký lại đúng các byte sẽ gửi bằng thư viện lienthong rồi gửi lại.",
    "Sign exactly the bytes you send, with the lienthong library, and send again.",
)
_HEADER = Words(
    "Dùng phần đầu chữ ký gồm đúng alg, b64, crit, iat, x5t#S256 rồi ký lại.",
    "Use a protected header of exactly alg, b64, crit, iat, x5t#S256, then sign again.",
)
_ALGORITHM = Words(
    "Ký bằng thuật toán hợp với khóa và đã đăng ký: ES256, ES384 hoặc PS256.",
    "Sign with an algorithm that fits the key and its registration: ES256, ES384 or PS256.",
)
_CLOCK = Words(
    "Chỉnh đồng hồ máy ký; văn bản cũ hơn 72 giờ phải ký lại.",
    "Set the clock of the signing machine; sign a message older than 72 hours again.",
)
_ENROL = Words(
    "Đăng ký chứng thư số của cơ quan với dịch vụ accounts, chờ công bố rồi gửi lại.",
    "Enrol the agency's certificate with accounts, wait until it is published, then send again.",
)
_RENEW = Words(
    "Ký bằng chứng thư số còn hiệu lực; nếu chưa có, đề nghị cấp mới.",
    "Sign with a certificate that is good; if there is none, request a new one.",
)
_REVOKED = Words(
    "Không dùng khóa này nữa; đề nghị cấp chứng thư số mới.",
    "Do not use this key any more; request a new certificate.",
)
_SUSPENDED = Words(
    "Liên hệ đơn vị quản lý chứng thư số để khôi phục.",
    "Ask whoever manages the agency's certificates to resume it.",
)
_OTHER_CERTIFICATE = Words(
    "Xin cấp chứng thư số đúng loại cho con dấu của cơ quan.",
    "Request a certificate of the kind issued for an agency's seal.",
)
_AUTHORITY = Words(
    "Dùng chứng thư số do cơ quan chứng thực được tin cậy ở môi trường này cấp.",
    "Use a certificate issued by an authority trusted in this environment.",
)
_LATER = Words(
    "Gửi lại sau; đơn vị vận hành cần cập nhật dữ liệu thu hồi.",
    "Send again later; the operator has to bring the revocation data up to date.",
)
_HOLDER = Words(
    "Ký bằng con dấu của chính cơ quan gửi.",
    "Sign with the seal of the very agency that sends.",
)
_OPERATOR = Words(
    "Báo đơn vị vận hành kiểm tra cấu hình.",
    "Tell the operator to check the configuration.",
)
_KEY_FILE = Words(
    "Kiểm tra đường dẫn, mật khẩu và loại của khóa.",
    "Check the address, the password and the kind of the key.",
)
_REQUEST = Words(
    "Tạo lại yêu cầu cấp chứng thư số bằng chính khóa đó và đúng mã cơ quan.",
    "Make the certificate request again with that very key and the right agency id.",
)


class SigningRefused(LienthongError, abstract=True):
    """What the signing library refused; `reason` is its stable code, `code` the same with underscores."""

    reason: ClassVar[Reason]


def _advice(reason: Reason) -> Words:
    special = _SPECIAL.get(reason)
    if special is not None:
        return special
    return _BY_GROUP[reason.partition(".")[0]]


_SPECIAL: Mapping[Reason, Words] = {
    Reason.HEADER_ALG_NONE: _ALGORITHM,
    Reason.HEADER_ALG_SYMMETRIC: _ALGORITHM,
    Reason.HEADER_ALG_UNKNOWN: _ALGORITHM,
    Reason.ALG_NOT_FOR_KEY: _ALGORITHM,
    Reason.ALG_NOT_REGISTERED: _ALGORITHM,
    Reason.SIGNATURE_TIME: _CLOCK,
    Reason.CERTIFICATE_UNKNOWN: _ENROL,
    Reason.CERTIFICATE_NOT_REGISTERED_THEN: _ENROL,
    Reason.CERTIFICATE_REVOKED: _REVOKED,
    Reason.CERTIFICATE_SUSPENDED: _SUSPENDED,
    Reason.CERTIFICATE_SUPERSEDED: _RENEW,
    Reason.CERTIFICATE_NOT_YET_VALID: _RENEW,
    Reason.CERTIFICATE_EXPIRED: _RENEW,
    Reason.FOREIGN_CA: _AUTHORITY,
    Reason.LOOK_ALIKE_CA: _AUTHORITY,
    Reason.ISSUER_NOT_CA: _AUTHORITY,
    Reason.ISSUER_NOT_VALID: _AUTHORITY,
    Reason.ISSUER_REVOKED: _AUTHORITY,
    Reason.POLICY_HOLDER: _HOLDER,
    Reason.POLICY_ALGORITHM: _ALGORITHM,
    Reason.POLICY_GRADE: _ALGORITHM,
}
_BY_GROUP: Mapping[str, Words] = {
    "jws": _SIGN_AGAIN,
    "header": _HEADER,
    "signature": _SIGN_AGAIN,
    "certificate": _OTHER_CERTIFICATE,
    "revocation": _LATER,
    "policy": _OPERATOR,
    "trust": _OPERATOR,
    "key": _KEY_FILE,
    "request": _REQUEST,
}


def _make_error(reason: Reason) -> type[SigningRefused]:
    said = explain(reason)
    return type(
        "".join(word.capitalize() for word in reason.name.split("_")),
        (SigningRefused,),
        {
            "__module__": __name__,
            "__doc__": said.en,
            "reason": reason,
            "code": reason.value.replace(".", "_"),
            "kind": Kind.UNAVAILABLE if reason.startswith("revocation.") else Kind.REFUSED,
            "title": Words(said.vi, said.en),
            "advice": _advice(reason),
        },
    )


REFUSALS: Mapping[Reason, type[SigningRefused]] = MappingProxyType({reason: _make_error(reason) for reason in Reason})
"""Every reason of the signing library and the error callers see for it."""


def to_error(refused: SigningError, *, pointer: str = SIGNATURE_POINTER) -> SigningRefused:
    """The error for a refusal of the signing library (SignatureRefused, MaterialRefused); `pointer` says where.

    What is missing to judge by (revocation data) answers 503: it is no fault of the sender's, and the same message may
    be sent again. The library's detail stays inside: it may quote what was received.
    """
    error = REFUSALS[refused.reason]
    violation = Violation(refused.reason.value, None, pointer, error.title, error.advice)
    return error(violations=[violation], retry_after=300 if error.kind is Kind.UNAVAILABLE else None)
