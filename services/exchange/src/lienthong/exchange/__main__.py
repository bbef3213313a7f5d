"""The exchange as a process: `python -m lienthong.exchange api|worker|relay|timers|migrate|all`."""

import sys

from lienthong.common.roles import Service, run
from lienthong.exchange.bootstrap.back_door import work
from lienthong.exchange.bootstrap.duties import migrate_all, readiness, relay
from lienthong.exchange.bootstrap.front_door import serve_api
from lienthong.exchange.bootstrap.parts import Parts, open_parts
from lienthong.exchange.bootstrap.timekeeping import keep_time
from lienthong.exchange.settings import ExchangeSettings

EXCHANGE: Service[ExchangeSettings, Parts] = Service(
    name="exchange",
    settings=ExchangeSettings,
    open_parts=open_parts,
    migrate=migrate_all,
    duties={"api": serve_api, "worker": work, "relay": relay, "timers": keep_time},
    readiness=readiness,
)


def main() -> None:
    """Run the role named on the command line."""
    sys.exit(run(EXCHANGE))


if __name__ == "__main__":
    main()
