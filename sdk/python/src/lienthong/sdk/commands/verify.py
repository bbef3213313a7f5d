"""`lienthong verify`: judge one detached signature from files alone, without a network and without a register.

Exit status: 0 valid, 1 invalid, 2 cannot tell (an input cannot be read, revocation data is wanting).
What is shown follows Circular 15/2025/TT-BKHCN, Article 6 and Appendix II.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lienthong.common.local_time import local_time
from lienthong.common.signing import (
    STORED,
    Certificate,
    Integrity,
    KnownCertificate,
    KnownCertificates,
    MaterialRefused,
    RevocationData,
    Sentence,
    SignedBytes,
    Trust,
    TrustStore,
    Verification,
    Verifier,
    explain,
    load_certificates,
)
from lienthong.common.text.terminal import harmless

UNREADABLE = "input.unreadable"
_CANNOT_TELL = 2
_INTEGRITY = {
    Integrity.VALID: Sentence("Nội dung còn nguyên vẹn", "The content is intact"),
    Integrity.INVALID: Sentence("Nội dung hoặc chữ ký KHÔNG nguyên vẹn", "The content or the signature is NOT intact"),
    Integrity.UNKNOWN: Sentence("Không kiểm tra được tính toàn vẹn", "Integrity could not be checked"),
}
_TRUST = {
    Trust.TRUSTED: Sentence("Chứng thư số có hiệu lực", "The certificate was good"),
    Trust.UNTRUSTED: Sentence("Người ký KHÔNG được tin cậy", "The signer is NOT trusted"),
    Trust.UNKNOWN: Sentence("Không kết luận được về người ký", "Nothing can be said about the signer"),
}
_RESULT = {
    0: Sentence("Chữ ký HỢP LỆ", "The signature is VALID"),
    1: Sentence("Chữ ký KHÔNG HỢP LỆ", "The signature is NOT VALID"),
    2: Sentence("KHÔNG THỂ KẾT LUẬN", "CANNOT TELL"),
}


class UnreadableInputError(Exception):
    """A file or an option that cannot be used; nothing is said about the signature."""


def verify(
    *,
    payload: Annotated[Path, typer.Option(help="Nội dung đã ký / the signed bytes")],
    signature: Annotated[Path, typer.Option(help="Tệp chữ ký `protected..signature` / the signature")],
    certificate: Annotated[
        list[Path],
        typer.Option(
            help="Chứng thư người ký, CA trung gian (PEM), lặp lại được / signer's and intermediate ones, repeatable"
        ),
    ],
    trust: Annotated[Path, typer.Option(help="Chứng thư gốc: tệp hoặc thư mục / anchors: file or folder")],
    crl: Annotated[
        list[Path] | None,
        typer.Option(help="Danh sách thu hồi, PEM hoặc DER, lặp lại được / revocation list, repeatable"),
    ] = None,
    ocsp: Annotated[
        list[Path] | None, typer.Option(help="Trả lời OCSP, DER, lặp lại được / OCSP response, repeatable")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Kiểm tra theo thời điểm, mặc định bây giờ / judge as of this time (RFC 3339), default now"),
    ] = None,
    allow_rs256: Annotated[
        bool,
        typer.Option(
            "--allow-rs256", help="Người ký đã đăng ký RS256 (token đang dùng) / the signer is registered for RS256"
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help='In JSON / print {"integrity","trust","reason"}')] = False,
) -> None:
    """Kiểm tra một chữ ký; mã 0 hợp lệ, 1 không, 2 không rõ / Verify a signature; exit 0 valid, 1 not, 2 unclear."""
    try:
        verification = _judge(
            payload=payload,
            signature=signature,
            certificates=certificate,
            trust=trust,
            crls=crl or [],
            ocsps=ocsp or [],
            at=at,
            allow_rs256=allow_rs256,
        )
    except UnreadableInputError as error:
        _print(_unreadable_json() if as_json else _unreadable_text(str(error)))
        raise typer.Exit(_CANNOT_TELL) from error
    _print(_json(verification) if as_json else _text(verification))
    raise typer.Exit(verification.exit_code)


def _judge(
    *,
    payload: Path,
    signature: Path,
    certificates: list[Path],
    trust: Path,
    crls: list[Path],
    ocsps: list[Path],
    at: str | None,
    allow_rs256: bool,
) -> Verification:
    try:
        signed = SignedBytes(_read(payload), _read(signature).decode("utf-8", errors="replace").rstrip("\r\n"))
        chain = tuple(each for path in certificates for each in _certificates(path))
        known = KnownCertificates(KnownCertificate(each, chain, allows_rs256=allow_rs256) for each in chain)
        revocations = RevocationData()
        for path in crls:
            revocations.add_crl(_read(path))
        for path in ocsps:
            revocations.add_ocsp(_read(path))
        # An archived document may be of any age; that it is not from the future of `at` is still asked.
        verifier = Verifier(TrustStore.load(trust), revocations, STORED)
    except MaterialRefused as refused:
        raise UnreadableInputError(f"{_both(explain(refused.reason))} ({refused})") from refused
    return verifier.check(signed, at=_time(at), certificates=known)


def _certificates(path: Path) -> tuple[Certificate, ...]:
    try:
        return load_certificates(path)
    except MaterialRefused as refused:
        told = f"--certificate: không đọc được chứng thư / a certificate cannot be read ({refused.detail})"
        raise UnreadableInputError(told) from refused


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise UnreadableInputError(f"{path}: {error}") from error


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
        in_utc = at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadableInputError(f"--at {text}: {error}") from error
    if at.tzinfo is None:
        raise UnreadableInputError(f"--at {text}: thiếu múi giờ / a time without a zone is no time")
    return in_utc


def _json(verification: Verification) -> str:
    reason = verification.reason
    return json.dumps(
        {
            "integrity": verification.integrity.value,
            "trust": verification.trust.value,
            "reason": None if reason is None else reason.value,
        }
    )


def _unreadable_json() -> str:
    return json.dumps({"integrity": "unknown", "trust": "unknown", "reason": UNREADABLE})


def _unreadable_text(detail: str) -> str:
    return f"{_both(_RESULT[_CANNOT_TELL])}\n  Không đọc được dữ liệu đầu vào / An input cannot be read\n  {detail}"


def _text(verification: Verification) -> str:
    lines = [
        _both(_RESULT[verification.exit_code]),
        f"  {_both(_INTEGRITY[verification.integrity])}",
        f"  {_both(_TRUST[verification.trust])}",
    ]
    if verification.reason is not None:
        reason = explain(verification.reason)
        lines += [f"  {reason.vi}", f"  {reason.en}", f"  [{verification.reason.value}] {verification.detail}".rstrip()]
    return "\n".join(lines + _people(verification))


def _people(verification: Verification) -> list[str]:
    """Who, by whom certified, when: what the circular wants shown."""
    lines: list[str] = []
    if (certificate := verification.certificate) is not None:
        lines += [
            f"  Người ký / Signer: {certificate.subject}",
            f"  Bên cấp / Issuer: {certificate.issuer}",
            f"  Hiệu lực chứng thư / Validity: {_time_of(certificate.not_before)} – {_time_of(certificate.not_after)}",
        ]
    if verification.signed_at is not None:
        lines.append(f"  Thời điểm ký (khai báo) / Signing time (claimed): {_time_of(verification.signed_at)}")
    if verification.grade is not None:
        lines.append(f"  Mức thuật toán / Grade of the algorithm: {verification.grade.value}")
    return [*lines, f"  Kiểm tra theo thời điểm / Judged as of: {_time_of(verification.checked_at)}"]


def _time_of(moment: datetime) -> str:
    return f"{local_time(moment)} (+07)"


def _both(sentence: Sentence) -> str:
    return f"{sentence.vi} / {sentence.en}"


def _print(text: str) -> None:
    # Bytes, so that a terminal without UTF-8 or a strange file name cannot make an answer fail.
    typer.echo(harmless(text).encode("utf-8", errors="backslashreplace"))
