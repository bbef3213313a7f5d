"""Register the certificates of the platform's services, accounts' own first: so everyone can verify what they say."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from lienthong.accounts.clients.service_certificates import ServiceCertificates
from lienthong.accounts.domain.errors import CertificateTaken
from lienthong.accounts.store import certificates
from lienthong.accounts.usecases.certify import register
from lienthong.accounts.usecases.chains import complete_chain
from lienthong.accounts.usecases.context import Context, done
from lienthong.common.audit import write_audit
from lienthong.common.database import DatabaseAway
from lienthong.common.messages.accounts import Holder, HolderKind
from lienthong.common.signing import Certificate, MaterialRefused, Reason
from lienthong.common.sources import ACCOUNTS

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def register_service(context: Context, chain: Sequence[Certificate]) -> bool:
    """Register one service's certificate; False where it is known.

    Raises MaterialRefused where it leads to no anchor or names no service.
    """
    # 1. It leads to an anchor, and its own name (URI SAN) says which service it is for.
    service = chain[0].service_name
    if service is None:
        raise MaterialRefused(Reason.CERTIFICATE_HOLDER_MISMATCH, "no URI SAN lienthong:service:<name>")
    path = complete_chain(context, chain)
    now = context.clock.now()
    async with context.transaction() as connection:
        # 2. Known already: nothing to say.
        if await certificates.find(connection, path[0].fingerprint) is not None:
            return False
        # 3. Enter it, say it. A second process that does the same finds it known.
        try:
            record = await register(connection, path, Holder(kind=HolderKind.SERVICE, service=service), now)
        except CertificateTaken:
            return False
        thing = f"/certificates/{record.fingerprint}"
        await write_audit(connection, done(now, ACCOUNTS, "certificate.register", thing, service=service))
        await context.announcements.say(connection, [record])
    log.info("service certificate registered", service=service, fingerprint=record.fingerprint)
    return True


async def register_new_services(context: Context, folder: ServiceCertificates) -> int:
    """Register what is new in the folder; how many. A chain that is refused is told and does not stop the others."""
    registered = 0
    for path, chain in folder.find_new():
        registered += await _register_file(context, folder, path, chain)
    return registered


async def _register_file(
    context: Context, folder: ServiceCertificates, path: Path, chain: Sequence[Certificate]
) -> bool:
    try:
        return await register_service(context, chain)
    except MaterialRefused as error:
        log.warning("service certificate refused", file=path.name, cause=str(error))
    except DatabaseAway:
        folder.forget(path)
        raise
    return False
