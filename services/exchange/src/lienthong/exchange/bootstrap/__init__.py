"""The only room that builds real things and joins them: one file per door, `parts.py` what they share."""

from lienthong.exchange.bootstrap.back_door import work
from lienthong.exchange.bootstrap.duties import MIGRATIONS, migrate_all, operated, readiness, relay
from lienthong.exchange.bootstrap.front_door import serve_api
from lienthong.exchange.bootstrap.parts import Parts, open_parts
from lienthong.exchange.bootstrap.timekeeping import keep_time

__all__ = [
    "MIGRATIONS",
    "Parts",
    "keep_time",
    "migrate_all",
    "open_parts",
    "operated",
    "readiness",
    "relay",
    "serve_api",
    "work",
]
