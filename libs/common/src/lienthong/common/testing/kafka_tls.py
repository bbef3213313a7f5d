"""Certificates of the agencies' listener: the broker's own, and clients of a training authority.

The authority is one of lienthong.common.pki in the data folder's `pki`: one made there before (`lienthong pki init`) is
used, else one is made, so that the certificates accounts issues in training open the listener too.
"""

from __future__ import annotations

import datetime as dt
import shutil
import ssl
from dataclasses import dataclass
from pathlib import Path

from lienthong.common import pki
from lienthong.common.signing import Certificate
from lienthong.common.testing.errors import ServersError
from lienthong.common.testing.kafka_settings import ListenerFiles
from lienthong.common.testing.layout import write_whole


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """What an agency's Kafka client needs, as PEM files."""

    certificate: Path
    """The client's certificate and its issuer's."""
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


def listener_files(authority: Path, broker: Path) -> ListenerFiles:
    """Where the files are that `certify_broker` writes."""
    anchors = authority / "anchors" / "root.pem"
    return ListenerFiles(broker=broker, anchors=anchors, broker_anchors=anchors)


def certify_broker(authority: Path, broker: Path) -> ListenerFiles:
    """Give the broker a fresh key and certificate for loopback, at every start, so that none grows old."""
    now = dt.datetime.now(dt.UTC)
    issuer = _authority(authority, now).issuing
    key = pki.generate_key()
    certificate = pki.issue_tls_server(issuer, pki.own_key(key), hosts=["localhost", "127.0.0.1"], at=now)
    broker.parent.mkdir(parents=True, exist_ok=True)
    write_whole(broker, pki.key_to_pem(key).decode() + _chain(issuer, certificate), mode=0o600)
    return listener_files(authority, broker)


def issue_client(authority: Path, identifier: str, into: Path) -> ClientFiles:
    """A key and client certificate of the training authority, written into a folder.

    At the broker the client is `User:<identifier>` where that is a UUIDv7, and otherwise `User:CN=<identifier>`.
    """
    now = dt.datetime.now(dt.UTC)
    issuer = _authority(authority, now).issuing
    key = pki.generate_key()
    certificate = pki.issue_kafka_client(issuer, pki.own_key(key), identifier=identifier, at=now)
    into.mkdir(parents=True, exist_ok=True)
    files = ClientFiles(into / "client.crt", into / "client.key", authority / "anchors" / "root.pem")
    write_whole(files.certificate, _chain(issuer, certificate))
    write_whole(files.key, pki.key_to_pem(key).decode(), mode=0o600)
    return files


def _chain(issuer: pki.Authority, certificate: Certificate) -> str:
    return "".join(each.to_pem().decode() for each in (certificate, *issuer.chain))


def _authority(folder: Path, now: dt.datetime) -> pki.TrainingAuthority:
    if not folder.exists():
        # Saved beside and renamed, so that a starter killed here leaves a whole authority or none.
        draft = folder.with_name(f".{folder.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        pki.save_authority(draft, pki.make_training_authority(now, name="embedded"))
        draft.rename(folder)
    try:
        return pki.load_authority(folder)
    except FileNotFoundError as error:
        raise ServersError(f"{folder} holds no whole authority ({error}). Move it away and start again.") from error
