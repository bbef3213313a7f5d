"""Put a certificate into the register: issued here from a checked request, or brought from a real authority."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from lienthong.accounts.domain.agencies import name_on
from lienthong.accounts.domain.certificates import registered
from lienthong.accounts.domain.errors import AuthorityAbsent, CertificateTaken
from lienthong.accounts.store import certificates
from lienthong.accounts.usecases.context import Context
from lienthong.common.auth import to_error
from lienthong.common.clock import local_day
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import Agency, CertificateRecord, Holder, HolderKind
from lienthong.common.pki import check_csr, issue_agency
from lienthong.common.signing import Certificate, MaterialRefused


def issue_seal(context: Context, agency: Agency, csr: str, *, pointer: str, now: datetime) -> tuple[Certificate, ...]:
    """A certificate for the agency's key, with its path up to the anchor. The name is the register's, not the CSR's.

    Raises AuthorityAbsent where certificates are not issued here, SigningRefused where the CSR is not in order.
    """
    if context.authority is None:
        raise AuthorityAbsent
    issuing = context.authority.issuing
    try:
        request = check_csr(csr.encode(), agency_id=agency.agency_id)
    except MaterialRefused as error:
        raise to_error(error, pointer=pointer) from error
    name = name_on(agency, local_day(now)).name
    certificate = issue_agency(issuing, request, agency_id=agency.agency_id, name=name, at=now)
    return (certificate, *issuing.chain, *context.authority.anchors)


async def register_seal(
    connection: Connection, path: Sequence[Certificate], agency_id: UUID, now: datetime
) -> CertificateRecord:
    """Enter a seal into the register; `path` ends with its anchor. Raises CertificateTaken."""
    holder = Holder(kind=HolderKind.AGENCY, agency_id=agency_id)
    return await register(connection, path, holder, now)


async def register(
    connection: Connection, path: Sequence[Certificate], holder: Holder, now: datetime
) -> CertificateRecord:
    """Enter a certificate whose path has been checked. Raises CertificateTaken."""
    record = registered(path[:-1], holder, now)
    try:
        async with connection.transaction():
            entered = await certificates.insert(connection, record, issuer=path[1].fingerprint)
    except asyncpg.UniqueViolationError as error:
        raise CertificateTaken from error
    if not entered:
        raise CertificateTaken
    return record
