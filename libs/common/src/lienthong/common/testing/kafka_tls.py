"""Certificates of the agencies' listener: the broker's own, and an authority whose clients may connect."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lienthong.common.testing.kafka_settings import ListenerFiles
from lienthong.common.testing.layout import write_whole

_LIFETIME = dt.timedelta(days=3650)
_SKEW = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """What an agency's Kafka client needs, as PEM files."""

    certificate: Path
    key: Path
    anchors: Path

    def context(self) -> ssl.SSLContext:
        """For aiokafka: checks the broker and shows the client's certificate."""
        context = ssl.create_default_context(cafile=str(self.anchors))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(str(self.certificate), str(self.key))
        return context

    def librdkafka(self) -> dict[str, str]:
        """The same for confluent-kafka."""
        return {
            "security.protocol": "ssl",
            "ssl.ca.location": str(self.anchors),
            "ssl.certificate.location": str(self.certificate),
            "ssl.key.location": str(self.key),
        }


@dataclass(frozen=True, slots=True)
class _Issued:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def key_pem(self) -> str:
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()

    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def listener_files(folder: Path) -> ListenerFiles:
    """The files of a training authority and of a broker certified by it, made when the folder is first used."""
    broker, anchor = folder / "broker.pem", folder / "authority.pem"
    if not broker.exists():
        folder.mkdir(parents=True, exist_ok=True)
        authority = _authority(folder)
        issued = _issue(authority, "broker", server=True)
        write_whole(broker, issued.key_pem() + issued.certificate_pem(), mode=0o600)
    return ListenerFiles(broker=broker, anchors=anchor, broker_anchors=anchor)


def issue_client(folder: Path, client_id: UUID, into: Path) -> ClientFiles:
    """A client certificate of the training authority whose principal at the broker is `User:<client_id>`."""
    return issue_client_named(folder, str(client_id), into)


def issue_client_named(folder: Path, common_name: str, into: Path) -> ClientFiles:
    """The same with any common name, for tests of names that must not become principals."""
    issued = _issue(_authority(folder), common_name, server=False)
    into.mkdir(parents=True, exist_ok=True)
    files = ClientFiles(into / "client.crt", into / "client.key", folder / "authority.pem")
    write_whole(files.certificate, issued.certificate_pem())
    write_whole(files.key, issued.key_pem(), mode=0o600)
    return files


def _authority(folder: Path) -> _Issued:
    key_file, certificate_file = folder / "authority.key", folder / "authority.pem"
    if not key_file.exists():
        made = _self_signed("Embedded broker CA TRAINING - ĐÀO TẠO")
        write_whole(certificate_file, made.certificate_pem())
        # The key last: an authority whose key is there is whole.
        write_whole(key_file, made.key_pem(), mode=0o600)
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{key_file} is not an EC key")
    return _Issued(key, x509.load_pem_x509_certificate(certificate_file.read_bytes()))


def _self_signed(name: str) -> _Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    builder = (
        _builder(subject, subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
    )
    return _Issued(key, builder.sign(key, hashes.SHA256()))


def _issue(authority: _Issued, common_name: str, *, server: bool) -> _Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    issuer = authority.certificate
    builder = (
        _builder(_name(common_name), issuer.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    if server:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _Issued(key, builder.sign(authority.key, hashes.SHA256()))


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
