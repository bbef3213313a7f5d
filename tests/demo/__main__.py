"""`python -m tests.demo` (`make demo`): the main job of the platform, shown and counted; exit code 0 if all holds.

Starts a platform in `.lienthong/demo`, or uses the one that runs there and leaves it running.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import traceback
from pathlib import Path

import stamina.instrumentation
from tests.demo.admission import show_admission
from tests.demo.changes import show_changes
from tests.demo.deliveries import exchange_documents
from tests.demo.enrol import enrol_agencies
from tests.demo.evidence import show_evidence
from tests.demo.failures import kill_accounts, kill_exchange
from tests.demo.handling import handle_documents
from tests.demo.lanes import show_lanes, show_quiet
from tests.demo.outage import show_outage
from tests.demo.own_topic import show_own_topic
from tests.demo.refusals import show_refusals
from tests.demo.registers import show_registers
from tests.demo.report import Report
from tests.demo.revocation import revoke_midway
from tests.demo.scanning import scanning, show_scanner
from tests.demo.stage import Stage
from tests.demo.tally import count_everything
from tests.demo.webhooks import show_webhooks

from lienthong.common.testing.platform import Platform, running_platform, start, status, stop


def main() -> int:
    """Run the demonstration; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".lienthong/demo"), help="data folder of the platform")
    parser.add_argument("--keep", action="store_true", help="leave the platform running")
    folder: Path = parser.parse_args().folder.absolute()
    keep: bool = parser.parse_args().keep
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stamina.instrumentation.set_on_retry_hooks([])
    report = Report(folder)
    try:
        _run(folder, keep, report)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - whatever breaks it off, what was seen is told, and the last line comes
        traceback.print_exc()
        report.break_off(error)
    return report.finish()


def _run(folder: Path, keep: bool, report: Report) -> None:
    report.chapter("Khởi động máy chủ và dịch vụ", "Servers and services start")
    if keep or status(folder) is not None:
        asyncio.run(_show(start(folder), folder, report, scans=False))
        return
    # What an earlier, finished run left is of no use to this one: it begins in a house that nobody has lived in.
    stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    with scanning(folder / "scanner", report) as settings, running_platform(folder, settings) as platform:
        asyncio.run(_show(platform, folder, report, scans=bool(settings)))


async def _show(platform: Platform, folder: Path, report: Report, *, scans: bool) -> None:
    places = platform.addresses()
    seen = f"accounts {places['accounts']}, exchange {places['exchange']}, Kafka {places['kafka']}"
    report.show("Đang chạy", "Running", seen=seen, ok=True)
    stage = Stage(platform, folder / "stage", report)
    async with stage.opened():
        await enrol_agencies(stage)
        await exchange_documents(stage)
        await handle_documents(stage)
        # No agency that sends or reads in the one appears in the other: who reads an inbox, and in which order an
        # agency has sent, must be certain for the count at the end.
        await report.side_by_side(
            lambda: _show_offices(stage, scans=scans), lambda: _show_systems(stage), lambda: _show_seals(stage)
        )
        await show_quiet(stage)
        await show_lanes(stage)
        await kill_accounts(stage)
        await kill_exchange(stage)
        await show_outage(stage)
        await show_evidence(stage)
        await count_everything(stage)


async def _show_offices(stage: Stage, *, scans: bool) -> None:
    """Finance, justice and office."""
    await show_changes(stage)
    await show_admission(stage)
    if scans:
        await show_scanner(stage)
    await show_registers(stage)


async def _show_systems(stage: Stage) -> None:
    """Construction and inspectorate."""
    await show_own_topic(stage)
    await show_webhooks(stage)


async def _show_seals(stage: Stage) -> None:
    """Interior, health and education; what finance sends here is refused."""
    await revoke_midway(stage)
    await show_refusals(stage)


if __name__ == "__main__":
    sys.exit(main())
