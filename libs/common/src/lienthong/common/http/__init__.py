"""The front door: applications, bodies, problems, health, and the server that carries them."""

from typing import TYPE_CHECKING

from lienthong.common.lazily import lazily

if TYPE_CHECKING:
    from lienthong.common.http.answers import problem_response
    from lienthong.common.http.app import make_app
    from lienthong.common.http.bodies import (
        DEFAULT_LIMIT,
        check_content_type,
        read_body,
        stream_body,
    )
    from lienthong.common.http.health import ReadinessCheck
    from lienthong.common.http.routes import StrictRoute, make_router, parse, until_sent
    from lienthong.common.http.server import listen, serve
    from lienthong.common.http.tracing import HTTP_METRICS
else:
    __getattr__ = lazily(
        __name__,
        {
            "answers": "problem_response",
            "app": "make_app",
            "bodies": "DEFAULT_LIMIT check_content_type read_body stream_body",
            "health": "ReadinessCheck",
            "routes": "StrictRoute make_router parse until_sent",
            "server": "listen serve",
            "tracing": "HTTP_METRICS",
        },
    )

__all__ = [
    "DEFAULT_LIMIT",
    "HTTP_METRICS",
    "ReadinessCheck",
    "StrictRoute",
    "check_content_type",
    "listen",
    "make_app",
    "make_router",
    "parse",
    "problem_response",
    "read_body",
    "serve",
    "stream_body",
    "until_sent",
]
