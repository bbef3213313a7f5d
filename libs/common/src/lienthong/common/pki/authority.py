"""A certification authority: its certificate, its key, and the addresses its certificates point to.

The training CA stands in where the Government CA's certificates are not to be had: on a developer's
machine, in tests, in a province's training environment. Its subjects say so, and production refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509

from lienthong.common.pki.building import Extensions, build, key_usage
from lienthong.common.pki.keys import generate_key
from lienthong.common.pki.names import ca_name
from lienthong.common.signing.algorithms import PrivateKey
from lienthong.common.signing.certificate import Certificate

ROOT_LIFETIME = timedelta(days=20 * 365)
ISSUING_LIFETIME = timedelta(days=10 * 365)


@dataclass(frozen=True, slots=True)
class Urls:
    """Where an authority's own data can be fetched; written into what it issues. None: not written."""

    crl: str | None = None
    ocsp: str | None = None
    issuer: str | None = None
    """The authority's certificate (AIA caIssuers)."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Whoever holds this may issue."""

    certificate: Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[Certificate, ...] = ()
    """What goes out beside an issued certificate: this authority upward, without the root."""
    urls: Urls = Urls()


@dataclass(frozen=True, slots=True)
class TrainingAuthority:
    """A root that signs one issuing authority, and the issuing authority that signs everything else."""

    root: Authority
    issuing: Authority

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """What a verifier configures."""
        return (self.root.certificate,)


def make_training_authority(
    at: datetime, *, name: str = "lienthong", root_urls: Urls | None = None, issuing_urls: Urls | None = None
) -> TrainingAuthority:
    """Make a training root and its issuing authority with fresh P-256 keys, valid from `at`.

    `name` tells several training authorities apart; both subjects say TRAINING – ĐÀO TẠO.
    """
    root = make_root(ca_name(name, "Root CA"), at, urls=root_urls or Urls())
    issuing = make_intermediate(root, ca_name(name, "Issuing CA"), at, urls=issuing_urls or Urls())
    return TrainingAuthority(root, issuing)


def make_root(subject: x509.Name, at: datetime, *, urls: Urls, lifetime: timedelta = ROOT_LIFETIME) -> Authority:
    """A self-signed authority; `subject` is taken as it is."""
    key = generate_key()
    certificate = build(
        subject=subject,
        public_key=key.public_key(),
        issuer=None,
        issuer_key=key,
        at=at,
        lifetime=lifetime,
        extensions=Extensions(path_length=1, usage=key_usage(certificates=True)),
    )
    return Authority(certificate, key, (), urls)


def make_intermediate(
    issuer: Authority, subject: x509.Name, at: datetime, *, urls: Urls, lifetime: timedelta = ISSUING_LIFETIME
) -> Authority:
    """An authority below `issuer` that may issue end certificates only (path length 0)."""
    key = generate_key()
    certificate = build(
        subject=subject,
        public_key=key.public_key(),
        issuer=issuer.certificate,
        issuer_key=issuer.key,
        at=at,
        lifetime=lifetime,
        extensions=Extensions(
            path_length=0,
            usage=key_usage(certificates=True),
            crl_url=issuer.urls.crl,
            ocsp_url=issuer.urls.ocsp,
            issuer_url=issuer.urls.issuer,
        ),
    )
    return Authority(certificate, key, (certificate, *issuer.chain), urls)
