"""A sequencer that dies when it is told to: `python -m tests.integration.audit.dying DSN`.

Each line on standard input names a moment, and how often it is to be reached first. A child runs the real sequencer
until then and kills itself; a line on standard output says by which signal it ended. The program itself only imports,
so that a death takes no second.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from lienthong.common.audit_log import AuditSequencer
from lienthong.common.clock import SystemClock
from lienthong.common.database import Database
from lienthong.common.telemetry import make_telemetry
from lienthong.common.testing.voice import Voice

MOMENTS = (
    "before signing",
    "after signing",
    "before the commit",
    "after the commit",
    "before stamping",
    "after stamping",
    "after storing a stamp",
)
MOST = 2
_ROUNDS_SECONDS = 20.0


class Deadly:
    """Counts how often the moment was reached, and kills its process."""

    def __init__(self, moment: str, occurrence: int) -> None:
        self._moment = moment
        self._left = occurrence

    def reached(self, moment: str) -> None:
        """Called at every moment."""
        self._left -= moment == self._moment
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingSequencer(AuditSequencer):
    """The real one; it only says where it is."""

    deadly: Deadly

    async def make_block(self) -> bool:
        made = await super().make_block()
        if made:
            self.deadly.reached("after the commit")
        return made

    async def _add(self, connection: Any, last: Any, rows: Any) -> None:
        await super()._add(connection, last, rows)
        self.deadly.reached("before the commit")

    async def stamp(self) -> None:
        await super().stamp()
        self.deadly.reached("after storing a stamp")


async def run(dsn: str, deadly: Deadly, sign: Callable[[bytes], Any]) -> None:
    """Rounds until death."""

    def signing(payload: bytes) -> Any:
        deadly.reached("before signing")
        signed = sign(payload)
        deadly.reached("after signing")
        return signed

    async def stamping(digest: bytes) -> bytes:
        deadly.reached("before stamping")
        token = b"stamp of " + digest
        deadly.reached("after stamping")
        return token

    async with Database.open(dsn, name="dying") as database, asyncio.timeout(_ROUNDS_SECONDS):
        sequencer = DyingSequencer(
            database,
            signing,
            stamping,
            SystemClock(),
            make_telemetry("exchange"),
            service="exchange",
            environment="training",
            most_records=MOST,
        )
        sequencer.deadly = deadly
        while True:
            await sequencer()
            await asyncio.sleep(0.02)


def main() -> None:
    """A child for each line; nothing runs in the parent that a fork would copy half."""
    sign = Voice(SystemClock()).service("exchange").signer.sign
    print("ready", flush=True)
    for line in sys.stdin:
        moment, occurrence = line.rstrip("\n").split(":")
        child = os.fork()
        if child == 0:
            asyncio.run(run(sys.argv[1], Deadly(moment, int(occurrence)), sign))
            os._exit(1)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
