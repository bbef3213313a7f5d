"""`python -m lienthong.accounts api | relay | timers | migrate | all`."""

import asyncio
import sys
from functools import partial
from typing import Final

from lienthong.accounts.api.app import make_accounts_app
from lienthong.accounts.bootstrap.process import Parts, migrate_accounts, open_audit_log, open_parts
from lienthong.accounts.settings import AccountsSettings
from lienthong.accounts.usecases.readiness import find_missing
from lienthong.common.http import ReadinessCheck, listen, serve
from lienthong.common.roles import Service, run


async def _serve_api(parts: Parts, stop: asyncio.Event) -> None:
    app = make_accounts_app(parts.context, parts.logins, telemetry=parts.telemetry, readiness=_readiness(parts))
    await serve(app, listen(parts.settings.http_host, parts.settings.http_port), stop)


async def _run_relay(parts: Parts, stop: asyncio.Event) -> None:
    await parts.relay.run(stop)


async def _run_timers(parts: Parts, stop: asyncio.Event) -> None:
    async with open_audit_log(parts) as audit_log, asyncio.TaskGroup() as group:
        group.create_task(audit_log.run(stop), name="audit log")
        await parts.duties.run(stop)


def _readiness(parts: Parts) -> list[ReadinessCheck]:
    return [partial(find_missing, parts.context)]


SERVICE: Final = Service(
    name="accounts",
    settings=AccountsSettings,
    open_parts=open_parts,
    migrate=migrate_accounts,
    duties={"api": _serve_api, "relay": _run_relay, "timers": _run_timers},
    readiness=_readiness,
)


def main() -> None:
    """Run the role named on the command line."""
    sys.exit(run(SERVICE))


if __name__ == "__main__":
    main()
