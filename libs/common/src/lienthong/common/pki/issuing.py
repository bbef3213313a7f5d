"""The certificates an authority issues, one function per kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from lienthong.common.pki.authority import Authority
from lienthong.common.pki.building import Extensions, build, key_usage
from lienthong.common.pki.names import holder_name, opaque_name
from lienthong.common.pki.requests import CheckedRequest, agency_uri, service_uri
from lienthong.common.signing.certificate import Certificate
from lienthong.common.signing.errors import MaterialRefused
from lienthong.common.signing.reasons import Reason

AGENCY_LIFETIME = timedelta(days=5 * 365)
"""As the Government CA's for agencies: five years."""
SERVICE_LIFETIME = timedelta(days=2 * 365)
TSA_LIFETIME = timedelta(days=5 * 365)
TLS_LIFETIME = timedelta(days=397)
_SERVICE_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


def issue_agency(
    authority: Authority,
    request: CheckedRequest,
    *,
    agency_id: UUID,
    name: str,
    at: datetime,
    lifetime: timedelta = AGENCY_LIFETIME,
) -> Certificate:
    """A seal's certificate: URI SAN `lienthong:agency:<uuid>`, for signatures and nonRepudiation."""
    return _issue(
        authority,
        request,
        holder_name(name, training=authority.certificate.is_training),
        at=at,
        lifetime=lifetime,
        usage=key_usage(signature=True, commitment=True),
        names=[x509.UniformResourceIdentifier(agency_uri(agency_id))],
    )


def issue_service(
    authority: Authority,
    request: CheckedRequest,
    *,
    name: str,
    at: datetime,
    lifetime: timedelta = SERVICE_LIFETIME,
) -> Certificate:
    """A service's certificate: URI SAN `lienthong:service:<name>`, for signatures.

    Raises MaterialRefused(REQUEST_WRONG_NAME) for a name that is not a service's.
    """
    if not _SERVICE_NAME.match(name):
        raise MaterialRefused(Reason.REQUEST_WRONG_NAME, f"{name!r} is no service's name")
    return _issue(
        authority,
        request,
        holder_name(f"lienthong {name}", training=authority.certificate.is_training),
        at=at,
        lifetime=lifetime,
        usage=key_usage(signature=True),
        names=[x509.UniformResourceIdentifier(service_uri(name))],
    )


def issue_tsa(
    authority: Authority, request: CheckedRequest, *, name: str, at: datetime, lifetime: timedelta = TSA_LIFETIME
) -> Certificate:
    """A time-stamping authority's certificate: timeStamping, alone and critical (RFC 3161 section 2.3)."""
    return _issue(
        authority,
        request,
        holder_name(name, training=authority.certificate.is_training),
        at=at,
        lifetime=lifetime,
        usage=key_usage(signature=True),
        purposes=[ExtendedKeyUsageOID.TIME_STAMPING],
    )


def issue_tls_server(
    authority: Authority,
    request: CheckedRequest,
    *,
    hosts: Sequence[str],
    at: datetime,
    lifetime: timedelta = TLS_LIFETIME,
) -> Certificate:
    """A TLS server's certificate for DNS names and IP addresses; the first one is its CN too."""
    return _issue(
        authority,
        request,
        opaque_name(hosts[0].replace(":", "-").lstrip("-") or "localhost"),
        at=at,
        lifetime=lifetime,
        usage=key_usage(signature=True),
        names=[_host(host) for host in hosts],
        purposes=[ExtendedKeyUsageOID.SERVER_AUTH],
    )


def issue_kafka_client(
    authority: Authority, request: CheckedRequest, *, identifier: str, at: datetime, lifetime: timedelta = TLS_LIFETIME
) -> Certificate:
    """A TLS client's certificate whose whole subject is `CN=<identifier>`; whatever the request asked for is ignored.

    Raises MaterialRefused(REQUEST_WRONG_NAME) for an identifier that could pose as more than one name.
    """
    return _issue(
        authority,
        request,
        opaque_name(identifier),
        at=at,
        lifetime=lifetime,
        usage=key_usage(signature=True),
        purposes=[ExtendedKeyUsageOID.CLIENT_AUTH],
    )


def _issue(
    authority: Authority,
    request: CheckedRequest,
    subject: x509.Name,
    *,
    at: datetime,
    lifetime: timedelta,
    usage: x509.KeyUsage,
    names: Sequence[x509.GeneralName] = (),
    purposes: Sequence[x509.ObjectIdentifier] = (),
) -> Certificate:
    return build(
        subject=subject,
        public_key=request.public_key,
        issuer=authority.certificate,
        issuer_key=authority.key,
        at=at,
        lifetime=lifetime,
        extensions=Extensions(
            usage=usage,
            names=names,
            purposes=purposes,
            purposes_critical=ExtendedKeyUsageOID.TIME_STAMPING in purposes,
            crl_url=authority.urls.crl,
            ocsp_url=authority.urls.ocsp,
            issuer_url=authority.urls.issuer,
        ),
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
