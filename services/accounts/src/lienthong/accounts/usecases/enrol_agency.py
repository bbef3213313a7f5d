"""Give an agency its first seal (A8): its operator's one-time code says who asks, the key proves itself.

1. the agency exists and has not ended
2. the code is the agency's, fresh and unused; the same code with the same request again gets the first answer
3. the agency holds no seal: the next one comes by renewal, under the seal
4. the key is proven: by the CSR's own signature, or, with a real authority, by a signature over agency and code
5. register, mark the code as used, say it
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from lienthong.accounts.domain.certificates import holds_seal
from lienthong.accounts.domain.enrolment import Enrolment
from lienthong.accounts.domain.errors import (
    AgencyAlreadyEnrolled,
    EnrolmentCodeRefused,
)
from lienthong.accounts.store import certificates, enrolments
from lienthong.accounts.usecases.certify import issue_seal, register_seal
from lienthong.accounts.usecases.chains import complete_chain
from lienthong.accounts.usecases.context import Context, done
from lienthong.accounts.usecases.seals import verify
from lienthong.accounts.usecases.taking_part import find_taking_part
from lienthong.common.audit import write_audit
from lienthong.common.auth import to_error
from lienthong.common.database import Connection
from lienthong.common.errors import Words
from lienthong.common.messages.accounts import Agency, CertificateRecord
from lienthong.common.signing import (
    Certificate,
    KnownCertificate,
    MaterialRefused,
    SignatureRefused,
    SignedBytes,
    load_chain,
)
from lienthong.common.strict_json import dumps

_ACT: Final = "certificate.enrol"


@dataclass(frozen=True, slots=True)
class Brought:
    """Certificates from a real authority, the seal's first, and the proof that its key is in the agency's hands.

    `proof` is a detached JWS by that key over the canonical JSON {"agency_id","enrolment_code_sha256"}.
    """

    certificates: tuple[str, ...]
    proof: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who asks, with which code, for a certificate of which key: a CSR in PEM, or certificates brought along."""

    agency_id: UUID
    code: str
    key: str | Brought

    def digest(self) -> bytes:
        """What is asked for: the proof differs each time it is signed, the certificates do not."""
        text = self.key if isinstance(self.key, str) else "\n".join(self.key.certificates)
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The register's entry, and whether it was there before (a repeated request)."""

    record: CertificateRecord
    repeated: bool


async def enrol_agency(context: Context, wanted: Wanted) -> Enrolled:
    """The agency's first seal, or its next one after a loss.

    Raises AgencyNotRegistered, AgencyEnded, EnrolmentCodeRefused, AgencyAlreadyEnrolled, AuthorityAbsent,
    SigningRefused, CertificateTaken.
    """
    now = context.clock.now()
    async with context.transaction() as connection:
        return await _enrol(context, connection, wanted, now)


async def _enrol(context: Context, connection: Connection, wanted: Wanted, now: datetime) -> Enrolled:
    agency_id = wanted.agency_id
    # 1.
    agency = await find_taking_part(connection, agency_id)
    # 2.
    enrolment = await enrolments.lock(connection, agency_id)
    first = await _first_answer(connection, enrolment, wanted, now)
    if first is not None:
        return Enrolled(first, repeated=True)
    # 3.
    seal = await certificates.find_seal(connection, agency_id)
    if seal is not None and holds_seal(seal):
        raise AgencyAlreadyEnrolled
    # 4.
    path = await _prove(context, connection, agency, wanted, now)
    # 5.
    record = await register_seal(connection, path, agency_id, now)
    await enrolments.use(connection, agency_id, wanted.digest(), record.fingerprint)
    who = f"/agencies/{agency_id}"
    await write_audit(connection, done(now, who, _ACT, f"/certificates/{record.fingerprint}", serial=record.serial))
    await context.announcements.say(connection, [record])
    return Enrolled(record, repeated=False)


async def _first_answer(
    connection: Connection, enrolment: Enrolment | None, wanted: Wanted, now: datetime
) -> CertificateRecord | None:
    """What a used code was answered; None where it is still to be used. Raises EnrolmentCodeRefused."""
    if enrolment is None or not enrolment.fits(wanted.code):
        raise EnrolmentCodeRefused(Words("Mã đăng ký không đúng", "The enrolment code is not this agency's"))
    if enrolment.fingerprint is not None:
        if enrolment.request != wanted.digest():
            raise EnrolmentCodeRefused(Words("Mã đăng ký đã được dùng", "The enrolment code was used"))
        return await certificates.find(connection, enrolment.fingerprint)
    if enrolment.expires_at <= now:
        raise EnrolmentCodeRefused(Words("Mã đăng ký đã hết hạn", "The enrolment code has expired"))
    return None


async def _prove(
    context: Context, connection: Connection, agency: Agency, wanted: Wanted, now: datetime
) -> tuple[Certificate, ...]:
    if isinstance(wanted.key, str):
        return issue_seal(context, agency, wanted.key, pointer="/csr", now=now)
    try:
        given = load_chain("\n".join(wanted.key.certificates).encode())
        path = complete_chain(context, given)
        known = KnownCertificate(path[0], path[1:-1], holder=f"/agencies/{agency.agency_id}")
    except MaterialRefused as error:
        raise to_error(error, pointer="/certificates") from error
    proof = SignedBytes(proof_payload(agency.agency_id, wanted.code), wanted.key.proof)
    try:
        await verify(context, connection, proof, known, now)
    except SignatureRefused as error:
        raise to_error(error, pointer="/proof") from error
    return path


def proof_payload(agency_id: UUID, code: str) -> bytes:
    """What the agency's key signs to show that it is there: canonical JSON, members sorted, compact."""
    return dumps({"agency_id": str(agency_id), "enrolment_code_sha256": hashlib.sha256(code.encode()).hexdigest()})
