"""Make an agency's one-time enrolment code. It is shown once; only its digest is kept."""

import os
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.accounts.domain.enrolment import LIFETIME, Enrolment, digest, make_code
from lienthong.accounts.domain.errors import AgencyAlreadyEnrolled
from lienthong.accounts.store import certificates, enrolments
from lienthong.accounts.usecases.context import Context, done
from lienthong.accounts.usecases.taking_part import find_taking_part
from lienthong.common.audit import write_audit
from lienthong.common.clock import to_text


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """The code in clear, for the contact officer's eyes only."""

    agency_id: UUID
    code: str
    expires_at: datetime


async def issue_enrolment_code(context: Context, agency_id: UUID, *, who: str) -> IssuedCode:
    """A fresh code; an earlier one is good no more.

    Raises AgencyNotRegistered, AgencyEnded, AgencyAlreadyEnrolled (it renews under its seal, or has it revoked first).
    """
    now = context.clock.now()
    issued = IssuedCode(agency_id, make_code(os.urandom), now + LIFETIME)
    async with context.transaction() as connection:
        await find_taking_part(connection, agency_id)
        if await certificates.find_seal(connection, agency_id) is not None:
            raise AgencyAlreadyEnrolled
        await enrolments.issue(connection, Enrolment(agency_id, digest(issued.code), issued.expires_at))
        expires = to_text(issued.expires_at)
        thing = f"/agencies/{agency_id}"
        await write_audit(connection, done(now, who, "agency.issue_enrolment_code", thing, expires_at=expires))
    return issued
