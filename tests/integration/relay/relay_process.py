"""One relay as a process of its own, for tests that kill and freeze it: `relay_process.py DSN KAFKA SILENCE`."""

import asyncio
import signal
import sys

from lienthong.common.broker import Backoff, BrokerSettings, make_producer
from lienthong.common.database import Database
from lienthong.common.relay import Relay, RelaySettings
from lienthong.common.telemetry import make_telemetry


async def main(dsn: str, kafka: str, silence: float) -> None:
    """Relay until SIGTERM. Small pages, so that a kill or a freeze finds one under way."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = RelaySettings(
        page=200, slice=50, poll=0.1, beat=silence / 10, silence=silence, away_pause=Backoff(first=0.05, cap=0.5)
    )
    broker = BrokerSettings(kafka, "relay", request_timeout_ms=5000)
    async with Database.open(dsn, name="relay", max_size=4) as database:
        await Relay(database, lambda: make_producer(broker), make_telemetry("relay"), settings=settings).run(stop)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
