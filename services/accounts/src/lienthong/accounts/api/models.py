"""What is asked and answered in JSON where it is not a message."""

import base64
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from lienthong.common.clock import Timestamp
from lienthong.common.messages.accounts import Agency, AgencyCode, AgencyLife, AgencyName, CertificateRecord, Pem
from lienthong.common.messages.parts import Fingerprint
from lienthong.common.signing import Certificate


class Answer(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class PublicAgency(Answer):
    """An agency as anyone may see it: all but the contact officer, whom agencies and services know from the topic."""

    agency_id: UUID
    version: int
    state: AgencyLife
    kind: str
    level: int
    parent: UUID | None
    names: tuple[AgencyName, ...]
    codes: tuple[AgencyCode, ...]
    successors: tuple[UUID, ...]
    ended_on: date | None

    @classmethod
    def of(cls, agency: Agency) -> Self:
        """What of the record is for everyone."""
        return cls.model_validate(agency.model_dump(exclude={"contact_officer"}))


class AgencyPage(Answer):
    """One page of agencies in Vietnamese order; `next` is the `after` of the next one."""

    agencies: tuple[PublicAgency, ...]
    next: UUID | None


class CertificateAnswer(CertificateRecord):
    """An entry of the register, with its chain as PEM for tools."""

    pem: Annotated[str, Field(description="The certificate, then its intermediates")]

    @classmethod
    def of(cls, record: CertificateRecord) -> Self:
        """The record and the same certificates as PEM."""
        return cls.model_validate({**record.model_dump(), "pem": "".join(pems(record))})


class CertificateList(Answer):
    """All certificates an agency has or had, oldest first."""

    certificates: tuple[CertificateAnswer, ...]


class EnrolmentRequest(BaseModel):
    """A one-time code, and either a CSR or certificates of a real authority with the proof of their key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enrolment_code: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    csr: Annotated[Pem | None, Field(description="PKCS #10 in PEM with the URI SAN lienthong:agency:<uuid>")] = None
    certificates: Annotated[
        tuple[Pem, ...] | None, Field(min_length=1, max_length=6, description="PEM, the seal's first")
    ] = None
    proof: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=4000,
            description='Detached JWS by that key over {"agency_id":"…","enrolment_code_sha256":"…"}',
        ),
    ] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        brought = self.certificates is not None and self.proof is not None
        if (self.csr is not None) == brought or (self.certificates is None) != (self.proof is None):
            raise ValueError("either csr, or certificates with proof")
        return self


class EnrolmentAnswer(Answer):
    """The seal's certificate and what stands between it and the anchor."""

    fingerprint: Fingerprint
    certificates: tuple[str, ...]
    not_after: Timestamp

    @classmethod
    def of(cls, record: CertificateRecord) -> Self:
        """The answer for an entry of the register."""
        return cls(fingerprint=record.fingerprint, certificates=tuple(pems(record)), not_after=record.not_after)


class KeySet(Answer):
    """JWK Set (RFC 7517) of the keys that access tokens may be signed with."""

    keys: tuple[dict[str, JsonValue], ...]


def pems(record: CertificateRecord) -> list[str]:
    """The record's certificates as PEM."""
    return [Certificate.from_der(base64.b64decode(each)).to_pem().decode() for each in record.x5c]
