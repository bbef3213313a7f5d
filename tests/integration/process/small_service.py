"""A service as small as can be, run as a child process by the tests of this folder."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from pydantic import Field

from lienthong.common.http import listen, make_app, make_router, serve
from lienthong.common.roles import Process, Service, run
from lienthong.common.settings import ServiceSettings


class SmallSettings(ServiceSettings):
    """Settings of the small service."""

    small_fault: str = Field(default="", description="What is to go wrong, for tests.")


class Parts:
    """What the duties share."""

    def __init__(self, settings: SmallSettings, process: Process) -> None:
        self.settings = settings
        self.process = process


@asynccontextmanager
async def open_parts(settings: SmallSettings, process: Process) -> AsyncGenerator[Parts]:
    if settings.small_fault == "parts":
        raise ConnectionRefusedError("the broker is away")
    if settings.small_fault == "slow parts":
        await asyncio.sleep(60)
    yield Parts(settings, process)
    sys.stderr.write("parts closed\n")


async def migrate(settings: SmallSettings, process: Process) -> None:
    sys.stderr.write("migrated\n")


async def api(parts: Parts, stop: asyncio.Event) -> None:
    router = make_router(prefix="/v1")

    @router.get("/slow")
    async def slow() -> dict[str, bool]:
        await asyncio.sleep(1.0)
        return {"done": True}

    app = make_app("Small", "1", [router], telemetry=parts.process.telemetry)
    await serve(app, listen(parts.settings.http_host, parts.settings.http_port), stop)


async def worker(parts: Parts, stop: asyncio.Event) -> None:
    match parts.settings.small_fault:
        case "dies":
            await asyncio.sleep(0.3)
            raise RuntimeError("secret words")
        case "ends":
            await asyncio.sleep(0.3)
        case "blocks":
            await stop.wait()
            time.sleep(60)  # noqa: ASYNC251 - a duty that blocks the loop
        case "deaf":
            while True:  # noqa: ASYNC110 - a duty that never looks at `stop`
                await asyncio.sleep(0.1)
        case _:
            await stop.wait()
            sys.stderr.write("worker finished\n")


async def trust(parts: Parts, stop: asyncio.Event) -> None:
    await stop.wait()
    sys.stderr.write("companion finished\n")


SMALL = Service(
    name="small",
    settings=SmallSettings,
    open_parts=open_parts,
    migrate=migrate,
    duties={"api": api, "worker": worker},
    companions={"trust": trust},
)

if __name__ == "__main__":
    sys.exit(run(SMALL, stop_seconds=3.0))
