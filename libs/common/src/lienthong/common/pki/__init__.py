"""A training public-key infrastructure: authorities, requests, certificates, revocation lists.

    ca = make_training_authority(now)
    key = generate_key()
    request = check_csr(make_csr(key, agency_id, name), agency_id=agency_id)
    certificate = issue_agency(ca.issuing, request, agency_id=agency_id, name=name, at=now)
    crl = make_crl(ca.issuing, [], number=1, at=now)
    save_authority(folder, ca, password)

For a key that is already in the issuer's hand: `issue_service(ca.issuing, own_key(key), name="exchange", at=now)`.
"""

from lienthong.common.pki.authority import (
    Authority,
    TrainingAuthority,
    Urls,
    make_intermediate,
    make_root,
    make_training_authority,
)
from lienthong.common.pki.folder import load_authority, read_password, save_authority
from lienthong.common.pki.issuing import (
    issue_agency,
    issue_kafka_client,
    issue_service,
    issue_tls_server,
    issue_tsa,
)
from lienthong.common.pki.keys import generate_key, key_from_pem, key_to_pem, write_private
from lienthong.common.pki.requests import CheckedRequest, agency_uri, check_csr, make_csr, own_key, service_uri
from lienthong.common.pki.revocation import Revoked, make_crl, make_ocsp
from lienthong.common.signing.certificate import Certificate


def is_training(certificate: Certificate) -> bool:
    """Whether a certificate says of itself or its issuer that it is for training; production refuses such anchors."""
    return certificate.is_training


__all__ = [
    "Authority",
    "CheckedRequest",
    "Revoked",
    "TrainingAuthority",
    "Urls",
    "agency_uri",
    "check_csr",
    "generate_key",
    "is_training",
    "issue_agency",
    "issue_kafka_client",
    "issue_service",
    "issue_tls_server",
    "issue_tsa",
    "key_from_pem",
    "key_to_pem",
    "load_authority",
    "make_crl",
    "make_csr",
    "make_intermediate",
    "make_ocsp",
    "make_root",
    "make_training_authority",
    "own_key",
    "read_password",
    "save_authority",
    "service_uri",
    "write_private",
]
