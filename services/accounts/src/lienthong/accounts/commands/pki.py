"""`lienthong pki`: a training authority in a folder, and what it issues. Everything says TRAINING – ĐÀO TẠO.

In production the Government CA issues, and these commands have no place.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Protocol
from uuid import UUID

import typer

from lienthong.accounts.commands.operator import JsonOption, screen_of
from lienthong.common.clock import SystemClock, from_text
from lienthong.common.errors import Kind, LienthongError, Words
from lienthong.common.pki import (
    Authority,
    CheckedRequest,
    Revoked,
    TrainingAuthority,
    Urls,
    check_csr,
    generate_key,
    issue_agency,
    issue_kafka_client,
    issue_service,
    issue_tls_server,
    issue_tsa,
    key_to_pem,
    load_authority,
    make_crl,
    make_training_authority,
    own_key,
    read_password,
    save_authority,
    write_private,
)
from lienthong.common.signing import Certificate

app = typer.Typer(no_args_is_help=True, add_completion=False, help="CA đào tạo / training authority")

Folder = Annotated[Path, typer.Argument(help="Thư mục CA / folder of the authority")]
Password = Annotated[
    Path | None, typer.Option("--password-file", help="Mật khẩu khóa CA / password of its keys", exists=True)
]
Key = Annotated[Path, typer.Option("--key", help="Tệp khóa sẽ tạo (0600) / key file to be made (0600)")]
Chain = Annotated[Path, typer.Option("--certificate", help="Tệp chứng thư sẽ tạo / certificate file to be made")]


class WhichAuthority(StrEnum):
    """The two authorities of a training CA."""

    ROOT = "root"
    ISSUING = "issuing"


class WouldOverwrite(LienthongError):
    """The file or folder is there already: keys are never overwritten."""

    code = "pki_would_overwrite"
    kind = Kind.CONFLICT
    title = Words("Không ghi đè khóa hoặc CA đã có", "An existing key or authority is not overwritten")
    advice = Words("Chọn đường dẫn khác.", "Name another path.")


@app.command()
def init(
    context: typer.Context,
    folder: Folder,
    *,
    name: Annotated[str, typer.Option(help="Tên CA / name of the authority")] = "lienthong",
    accounts_url: Annotated[
        str | None, typer.Option(help="Địa chỉ accounts, ghi nơi lấy CRL vào chứng thư / where lists will be found")
    ] = None,
    password_file: Password = None,
    json: JsonOption = False,
) -> None:
    """Tạo CA đào tạo: gốc và CA cấp / make a training authority: root and issuing CA."""
    password = None if password_file is None else read_password(password_file)
    authority = make_training_authority(_now(), name=name)
    if accounts_url is not None:
        authority = _with_list_address(authority, accounts_url)
    try:
        save_authority(folder, authority, password)
    except FileExistsError as error:
        raise WouldOverwrite(Words(f"Đã có {folder}", f"There is {folder}")) from error
    screen_of(context, json).facts(
        {
            "anchor": folder / "anchors" / "root.pem",
            "subject": authority.root.certificate.subject,
            "root": authority.root.certificate.fingerprint,
            "issuing": authority.issuing.certificate.fingerprint,
        }
    )


@app.command()
def agency(
    context: typer.Context,
    folder: Folder,
    *,
    csr: Annotated[Path, typer.Option(help="CSR (PEM)", exists=True)],
    agency_id: Annotated[UUID, typer.Option(help="Id cơ quan / id of the agency")],
    name: Annotated[str, typer.Option(help="Tên cơ quan / name of the agency")],
    certificate: Chain,
    days: Annotated[int, typer.Option(help="Số ngày hiệu lực / days of validity", min=1)] = 5 * 365,
    password_file: Password = None,
    json: JsonOption = False,
) -> None:
    """Cấp chứng thư con dấu từ CSR / issue a seal's certificate from a CSR."""
    authority = _load(folder, password_file)
    request = check_csr(csr.read_bytes(), agency_id=agency_id)
    issued = issue_agency(
        authority.issuing, request, agency_id=agency_id, name=name, at=_now(), lifetime=timedelta(days=days)
    )
    _write_chain(certificate, issued, authority.issuing)
    _show(context, issued, json=json)


@app.command("kafka-client")
def kafka_client(
    context: typer.Context,
    folder: Folder,
    *,
    csr: Annotated[Path, typer.Option(help="CSR (PEM): lienthong agency topic csr", exists=True)],
    agency_id: Annotated[UUID, typer.Option(help="Id cơ quan / id of the agency")],
    certificate: Chain,
    days: Annotated[int, typer.Option(help="Số ngày hiệu lực / days of validity", min=1, max=397)] = 397,
    password_file: Password = None,
    json: JsonOption = False,
) -> None:
    """Cấp chứng thư đọc Kafka cho cơ quan từ CSR / issue the certificate by which an agency reads Kafka, from a CSR."""
    authority = _load(folder, password_file)
    request = check_csr(csr.read_bytes(), agency_id=agency_id)
    issued = issue_kafka_client(
        authority.issuing, request, identifier=str(agency_id), at=_now(), lifetime=timedelta(days=days)
    )
    _write_chain(certificate, issued, authority.issuing)
    _show(context, issued, json=json)


@app.command()
def service(
    context: typer.Context,
    folder: Folder,
    name: Annotated[str, typer.Argument(help="accounts, exchange …")],
    *,
    key: Key,
    certificate: Chain,
    password_file: Password = None,
    json: JsonOption = False,
) -> None:
    """Tạo khóa và chứng thư của một dịch vụ / make a service's key and certificate."""
    issued = _certify(_load(folder, password_file), issue_service, name, key, certificate)
    _show(context, issued, json=json)


@app.command("tls-server")
def tls_server(
    context: typer.Context,
    folder: Folder,
    *,
    host: Annotated[list[str], typer.Option(help="Tên máy hoặc địa chỉ IP / DNS name or IP address")],
    pem: Annotated[Path, typer.Option(help="Tệp sẽ tạo: khóa và chuỗi (0600) / file to be made: key and chain (0600)")],
    password_file: Password = None,
    json: JsonOption = False,
) -> None:
    """Tạo khóa và chứng thư của một máy chủ TLS / make a TLS server's key and certificate (a broker's, say)."""
    authority, private = _load(folder, password_file), generate_key()
    issued = issue_tls_server(authority.issuing, own_key(private), hosts=host, at=_now())
    chain = b"".join(each.to_pem() for each in (issued, *authority.issuing.chain))
    _write_key(pem, key_to_pem(private) + chain)
    _show(context, issued, json=json)


@app.command()
def tsa(
    context: typer.Context,
    folder: Folder,
    name: Annotated[str, typer.Argument(help="Tên / name")],
    *,
    key: Key,
    certificate: Chain,
    password_file: Password = None,
    json: JsonOption = False,
) -> None:
    """Tạo khóa và chứng thư dấu thời gian / make a timestamp authority's key and certificate."""
    issued = _certify(_load(folder, password_file), issue_tsa, name, key, certificate)
    _show(context, issued, json=json)


@app.command()
def crl(
    context: typer.Context,
    folder: Folder,
    *,
    out: Annotated[Path, typer.Option(help="Tệp CRL (DER) / list to be written, DER")],
    number: Annotated[int, typer.Option(help="Số thứ tự, tăng dần / number, growing", min=1)],
    authority: Annotated[WhichAuthority, typer.Option(help="CA nào / which authority")] = WhichAuthority.ISSUING,
    revoked: Annotated[
        list[str] | None,
        typer.Option(
            help="số sê-ri hex, hoặc sê-ri@2026-11-22T02:37:06.123Z / serial in hex, or serial@2026-11-22T02:37:06.123Z"
        ),
    ] = None,
    hours: Annotated[int, typer.Option(help="Hiệu lực, tính bằng giờ / validity in hours", min=1)] = 24,
    password_file: Password = None,
    json: JsonOption = False,
) -> None:
    """Tạo danh sách thu hồi / make a revocation list (accounts makes its own; this is for other installations)."""
    both = _load(folder, password_file)
    issuer = both.root if authority is WhichAuthority.ROOT else both.issuing
    now = _now()
    entries = [_revoked(text, now) for text in revoked or []]
    out.write_bytes(make_crl(issuer, entries, number=number, at=now, lifetime=timedelta(hours=hours)))
    screen_of(context, json).facts({"crl": out, "issuer": issuer.certificate.fingerprint, "number": number})


def _with_list_address(authority: TrainingAuthority, accounts_url: str) -> TrainingAuthority:
    """What the issuing authority certifies from now on names the address at which accounts publishes its list."""
    fingerprint = authority.issuing.certificate.fingerprint
    urls = Urls(crl=f"{accounts_url.rstrip('/')}/v1/revocation-lists/{fingerprint}")
    return replace(authority, issuing=replace(authority.issuing, urls=urls))


def _now() -> datetime:
    return SystemClock().now()


def _load(folder: Path, password_file: Path | None) -> TrainingAuthority:
    return load_authority(folder, None if password_file is None else read_password(password_file))


def _revoked(text: str, now: datetime) -> Revoked:
    serial, _, at = text.partition("@")
    return Revoked(int(serial, 16), from_text(at) if at else now)


def _write_key(path: Path, pem: bytes) -> None:
    if path.exists():
        raise WouldOverwrite(Words(f"Đã có {path}", f"There is {path}"))
    write_private(path, pem)


def _write_chain(path: Path, certificate: Certificate, issuer: Authority) -> None:
    path.write_bytes(b"".join(each.to_pem() for each in (certificate, *issuer.chain)))


def _show(context: typer.Context, certificate: Certificate, *, json: bool) -> None:
    screen_of(context, json).facts(
        {
            "fingerprint": certificate.fingerprint,
            "subject": certificate.subject,
            "serial": f"{certificate.serial:x}",
            "not_after": certificate.not_after,
        }
    )


class _Issue(Protocol):
    """Issues a certificate for a key that was made here."""

    def __call__(self, authority: Authority, request: CheckedRequest, /, *, name: str, at: datetime) -> Certificate: ...


def _certify(authority: TrainingAuthority, issue: _Issue, name: str, key: Path, certificate: Path) -> Certificate:
    private = generate_key()
    issued = issue(authority.issuing, own_key(private), name=name, at=_now())
    _write_key(key, key_to_pem(private))
    _write_chain(certificate, issued, authority.issuing)
    return issued
