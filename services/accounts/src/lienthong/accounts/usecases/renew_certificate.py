"""Renew an agency's seal under the present one: the old certificate stays good to the end of the overlap (A8)."""

from lienthong.accounts.domain.certificates import superseded
from lienthong.accounts.store import certificates
from lienthong.accounts.usecases.certify import issue_seal, register_seal
from lienthong.accounts.usecases.context import Context, done
from lienthong.accounts.usecases.sealed_request import Asked, Result
from lienthong.accounts.usecases.taking_part import find_taking_part
from lienthong.common.clock import to_text
from lienthong.common.database import Connection
from lienthong.common.messages.accounts import CertificateRequest


async def renew_certificate(context: Context, connection: Connection, asked: Asked[CertificateRequest]) -> Result:
    """The next certificate for the agency's new key.

    Raises AgencyEnded, TransitionRefused (the seal used is not the active one), SigningRefused.
    """
    # 1. The agency still exists.
    agency = await find_taking_part(connection, asked.agency_id)
    # 2. The CSR proves the new key; the certificate is made for the name the agency has today.
    path = issue_seal(context, agency, asked.data.csr, pointer="/data/csr", now=asked.now)
    # 3. The old one first: an agency never has two present seals.
    old = superseded(asked.seal, path[0].fingerprint, now=asked.now, overlap=context.rules.overlap)
    await certificates.update(connection, old)
    new = await register_seal(connection, path, asked.agency_id, asked.now)
    record = done(asked.now, asked.who, "certificate.renew", f"/certificates/{new.fingerprint}", before=old.fingerprint)
    return Result(
        answer={
            "fingerprint": new.fingerprint,
            "certificates": [each.to_pem().decode() for each in path[:-1]],
            "not_after": to_text(new.not_after),
            "superseded": old.fingerprint,
            "overlap_ends": to_text(old.history[-1].since),
        },
        facts=(new, old),
        audit=(record,),
    )
