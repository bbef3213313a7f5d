"""The application of all routes."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import cast

from fastapi import FastAPI

from lienthong.accounts.api.agencies import make_agencies_router
from lienthong.accounts.api.certificates import make_certificates_router
from lienthong.accounts.api.sealed_requests import make_sealed_requests_router
from lienthong.accounts.api.token import make_token_router
from lienthong.accounts.usecases.context import Context
from lienthong.accounts.usecases.issue_token import Logins
from lienthong.common.http import ReadinessCheck, make_app
from lienthong.common.telemetry import Telemetry, make_telemetry


def make_accounts_app(
    context: Context, logins: Logins, *, telemetry: Telemetry, readiness: Sequence[ReadinessCheck] = ()
) -> FastAPI:
    """The service's HTTP interface."""
    routers = [
        make_agencies_router(context),
        make_certificates_router(context),
        make_sealed_requests_router(context),
        make_token_router(context, logins),
    ]
    title = "lienthong accounts"
    return make_app(title, version("lienthong-accounts"), routers, telemetry=telemetry, readiness=readiness)


def describe() -> FastAPI:
    """The application for its description alone: routes only keep what they are given, and none is called."""
    return make_accounts_app(cast("Context", None), cast("Logins", None), telemetry=make_telemetry("accounts"))
