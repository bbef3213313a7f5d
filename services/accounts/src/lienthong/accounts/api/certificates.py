"""What is needed to check signatures and tokens, open to everyone: certificates, revocation lists, token keys."""

import base64
from typing import Annotated

from fastapi import APIRouter, Path, Response

from lienthong.accounts.api.models import CertificateAnswer, KeySet
from lienthong.accounts.domain.errors import CertificateNotRegistered, RevocationListNotPublished
from lienthong.accounts.store import certificates, revocation_lists, token_keys
from lienthong.accounts.usecases.context import Context
from lienthong.common.http import make_router
from lienthong.common.messages.accounts import TokenKeyState

_LIST = "application/pkix-crl"
Thumbprint = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$", description="SHA-256 in base64url: x5t#S256")]


def make_certificates_router(context: Context) -> APIRouter:
    """The routes of these resources."""
    router = make_router(prefix="/v1", tags=["certificates"])

    @router.get("/certificates/{fingerprint}")
    async def read_certificate(fingerprint: Thumbprint) -> CertificateAnswer:
        """One entry of the register. Open to everyone."""
        async with context.database.connection() as connection:
            record = await certificates.find(connection, fingerprint)
        if record is None:
            raise CertificateNotRegistered
        return CertificateAnswer.of(record)

    @router.get(
        "/revocation-lists/{issuer}",
        response_class=Response,
        responses={200: {"description": "DER (RFC 5280)", "content": {_LIST: {}}}},
    )
    async def read_revocation_list(issuer: Thumbprint) -> Response:
        """The newest list of an authority, named by its certificate's fingerprint. Open to everyone."""
        async with context.database.connection() as connection:
            published = await revocation_lists.find(connection, issuer)
        if published is None:
            raise RevocationListNotPublished
        return Response(
            base64.b64decode(published.crl), media_type=_LIST, headers={"cache-control": "no-cache, max-age=0"}
        )

    @router.get("/token-keys")
    async def read_token_keys() -> KeySet:
        """Keys that access tokens may be signed with, the next one included. Open to everyone."""
        async with context.database.connection() as connection:
            stored = await token_keys.load(connection)
        return KeySet(keys=tuple(each.key.public_key for each in stored if each.key.state is not TokenKeyState.ENDED))

    return router
