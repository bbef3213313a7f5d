"""`/v1/agencies`: the register, for everyone to read; an agency's first seal, for the holder of its one-time code."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from pydantic import AfterValidator

from lienthong.accounts.api.models import (
    AgencyPage,
    CertificateAnswer,
    CertificateList,
    EnrolmentAnswer,
    EnrolmentRequest,
    PublicAgency,
)
from lienthong.accounts.domain.errors import AgencyNotRegistered
from lienthong.accounts.store import agencies, certificates
from lienthong.accounts.store.agencies import Search
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.enrol_agency import Brought, Wanted, enrol_agency
from lienthong.common.http import make_router
from lienthong.common.ids import Id
from lienthong.common.messages.accounts import AgencyLife
from lienthong.common.text import check_clean


def make_agencies_router(context: Context) -> APIRouter:
    """The routes of this resource."""
    router = make_router(prefix="/v1/agencies", tags=["agencies"])

    @router.get("")
    async def list_agencies(
        q: Annotated[str | None, Query(min_length=1, max_length=100, description="Words of a name or code")] = None,
        code: Annotated[
            str | None,
            Query(min_length=1, max_length=50, description="A code it has or had"),
            AfterValidator(check_clean),
        ] = None,
        state: AgencyLife | None = None,
        after: Annotated[Id | None, Query(description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> AgencyPage:
        """Agencies in Vietnamese order of their names, found with or without diacritics. Open to everyone."""
        search = Search(q, code, state, after, limit + 1)
        async with context.database.connection() as connection:
            found = await agencies.page(connection, search)
        shown = tuple(PublicAgency.of(agency) for agency in found[:limit])
        return AgencyPage(agencies=shown, next=shown[-1].agency_id if len(found) > limit else None)

    @router.get("/{agency_id}")
    async def read_agency(agency_id: Id) -> PublicAgency:
        """One agency by its id. Open to everyone."""
        async with context.database.connection() as connection:
            agency = await agencies.find(connection, agency_id)
        if agency is None:
            raise AgencyNotRegistered
        return PublicAgency.of(agency)

    @router.get("/{agency_id}/certificates")
    async def list_certificates(agency_id: Id) -> CertificateList:
        """Certificates the agency has or had, with their periods. Open to everyone: signatures are checked by them."""
        async with context.database.connection() as connection:
            if await agencies.find(connection, agency_id) is None:
                raise AgencyNotRegistered
            found = await certificates.of_agency(connection, agency_id)
        return CertificateList(certificates=tuple(CertificateAnswer.of(record) for record in found))

    @router.post("/{agency_id}/certificates", status_code=status.HTTP_201_CREATED)
    async def enrol(agency_id: Id, asked: EnrolmentRequest, response: Response) -> EnrolmentAnswer:
        """The agency's first seal. Only for whoever holds the agency's one-time enrolment code; a repeat gets 200."""
        enrolled = await enrol_agency(context, _wanted(agency_id, asked))
        if enrolled.repeated:
            response.status_code = status.HTTP_200_OK
        return EnrolmentAnswer.of(enrolled.record)

    return router


def _wanted(agency_id: UUID, asked: EnrolmentRequest) -> Wanted:
    if asked.certificates is not None and asked.proof is not None:
        return Wanted(agency_id, asked.enrolment_code, Brought(asked.certificates, asked.proof))
    return Wanted(agency_id, asked.enrolment_code, asked.csr or "")
