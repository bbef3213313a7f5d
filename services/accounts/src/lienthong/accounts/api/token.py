"""`POST /v1/token`: OAuth 2 client credentials (RFC 6749 section 4.4) by `private_key_jwt` (RFC 7523 section 2.2)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from lienthong.accounts.domain.access_tokens import LIFETIME, OPERATE, granted_scope
from lienthong.accounts.domain.errors import AssertionRefused, ClientNotGranted
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.issue_token import Logins, TokenRequest, issue_token
from lienthong.common.errors import LienthongError, Words
from lienthong.common.http import make_router, read_body
from lienthong.common.ids import MalformedId, parse_id
from lienthong.common.problems import TYPE_PREFIX, choose_language

FORM: Final = "application/x-www-form-urlencoded"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LARGEST: Final = 1 << 14
_NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
_MOST_PARAMETERS: Final = 20

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class TokenRefused(Exception):
    """A refusal in the words of RFC 6749 section 5.2; `cause` is ours, for people and stable codes."""

    def __init__(self, error: str, words: Words, *, cause: LienthongError | None = None) -> None:
        super().__init__(words.en)
        self.error = error
        self.words = words
        self.cause = cause

    @property
    def status(self) -> int:
        return 401 if self.error == "invalid_client" else 400


def make_token_router(context: Context, logins: Logins) -> APIRouter:
    """The token endpoint."""
    router = make_router(prefix="/v1", tags=["tokens"])

    @router.post("/token", response_class=JSONResponse, openapi_extra=_DESCRIBED)
    async def issue(request: Request) -> JSONResponse:
        """An access token of five minutes. Only for a machine client: for an agency that has granted it, or with the
        scope `operate`, and no agency, for one that is registered as an operator's.
        """
        body = await read_body(request, limit=LARGEST, accept=[FORM])
        try:
            asked = _read(_parameters(body))
            token = await _issue(context, logins, asked)
        except TokenRefused as refusal:
            return _refusal(request, refusal)
        answer = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(LIFETIME.total_seconds()),
            "scope": asked.scope,
        }
        return JSONResponse(answer, headers=_NO_STORE)

    return router


async def _issue(context: Context, logins: Logins, asked: TokenRequest) -> str:
    try:
        return await issue_token(context, logins, asked)
    except AssertionRefused as error:
        raise TokenRefused("invalid_client", error.words, cause=error) from error
    except ClientNotGranted as error:
        raise TokenRefused("unauthorized_client", error.words, cause=error) from error


def _parameters(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as error:
        raise TokenRefused("invalid_request", _words("không đọc được biểu mẫu", "the form cannot be read")) from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise TokenRefused("invalid_request", _words("tham số lặp lại", "a parameter stands twice"))
    # RFC 6749 section 3.2: a parameter without a value is as if it were not there.
    return {name: value for name, value in pairs if value}


def _read(given: Mapping[str, str]) -> TokenRequest:
    grant_type = _required(given, "grant_type")
    if grant_type != "client_credentials":
        raise TokenRefused(
            "unsupported_grant_type", _words("chỉ client_credentials", "only client_credentials is supported")
        )
    if "client_secret" in given or _required(given, "client_assertion_type") != ASSERTION_TYPE:
        raise TokenRefused("invalid_client", _words("chỉ private_key_jwt", "only private_key_jwt is supported"))
    scope = granted_scope(given.get("scope"))
    if scope is None:
        raise TokenRefused("invalid_scope", _words("scope không tồn tại", "the scope is unknown"))
    if scope == OPERATE and "agency" in given:
        raise TokenRefused("invalid_request", _words("scope operate không có agency", "scope operate takes no agency"))
    return TokenRequest(
        assertion=_required(given, "client_assertion"),
        client_id=_id(given["client_id"], "client_id") if "client_id" in given else None,
        agency_id=None if scope == OPERATE else _id(_required(given, "agency"), "agency"),
        scope=scope,
    )


def _required(given: Mapping[str, str], name: str) -> str:
    if name not in given:
        raise TokenRefused("invalid_request", _words(f"thiếu {name}", f"{name} is missing"))
    return given[name]


def _id(text: str, name: str) -> UUID:
    try:
        return parse_id(text)
    except MalformedId as error:
        words = _words(f"{name} không phải UUIDv7", f"{name} is not a UUIDv7")
        raise TokenRefused("invalid_request", words) from error


def _words(vi: str, en: str) -> Words:
    return Words(f"Yêu cầu mã truy cập: {vi}", f"The token request: {en}")


def _refusal(request: Request, refusal: TokenRefused) -> JSONResponse:
    """RFC 6749 section 5.2; beside it our stable code, and the sentence in the language the caller reads."""
    log.info("token refused", error=refusal.error, cause=str(refusal))
    language = choose_language(request.headers.get("accept-language"))
    body: dict[str, Any] = {"error": refusal.error, "error_description": _ascii(refusal.words.en)}
    if refusal.cause is not None:
        body |= {"error_uri": TYPE_PREFIX + refusal.cause.code, "code": refusal.cause.code}
    body["detail"] = refusal.words.told(language)
    headers = {**_NO_STORE, "content-language": language, "vary": "Accept-Language"}
    return JSONResponse(body, refusal.status, headers)


def _ascii(text: str) -> str:
    """The letters RFC 6749 allows in error_description."""
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "'" for letter in text)


_DESCRIBED: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "client_assertion_type", "client_assertion"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "client_assertion_type": {"const": ASSERTION_TYPE},
                        "client_assertion": {"type": "string", "description": "JWT, ES256 or PS256, at most 5 minutes"},
                        "client_id": {"type": "string", "format": "uuid"},
                        "agency": {"type": "string", "format": "uuid", "description": "For which agency it acts"},
                        "scope": {"type": "string", "description": "exchange (default), or operate: without agency"},
                    },
                }
            }
        },
    }
}
