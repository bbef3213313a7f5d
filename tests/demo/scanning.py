"""A real virus scanner beside the exchange, where one is installed: what it finds never becomes an attachment."""

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.demo.refusals import error_of
from tests.demo.report import Report
from tests.demo.stage import CODES, Stage
from tests.integration.exchange.scanner import EICAR, Scanner

from lienthong.common.testing.processes import Processes

MOST_MEGABYTES = 128
"""The largest file of the demonstration has a hundred."""


@contextmanager
def scanning(folder: Path, report: Report) -> Generator[Mapping[str, str]]:
    """The settings of an exchange that asks a clamd, started here; none where clamd is not installed."""
    if shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        missing = "chưa cài clamd, tệp không được quét / clamd is not installed: apt-get install clamav-daemon"
        report.note("Quét vi-rút", "Virus scanner", missing)
        yield {}
        return
    processes = Processes(folder)
    scanner = Scanner(processes, MOST_MEGABYTES)
    try:
        scanner.start()
        yield {
            "LIENTHONG_SCANNER": scanner.address,
            "LIENTHONG_EXCHANGE_SCAN_MAX_BYTES": str(MOST_MEGABYTES << 20),
        }
    finally:
        processes.end()
        scanner.remove()


async def show_scanner(stage: Stage) -> None:
    """An infected file is refused, and receipts say that files were found clean."""
    agency, material = stage.clients["finance"], stage.material
    error = await error_of(agency.upload(material.write("Thư mời.txt", EICAR)))
    expected = frozenset({"attachment_infected"})
    stage.report.refusal("Tệp nhiễm mã độc", "An infected file", error, expected=expected)
    clean = await agency.upload(material.write("Danh sách.txt", "Danh sách đại biểu".encode()))
    document = await agency.compose(material.draft("finance"), to=[CODES["justice"]], files=[clean])
    sent = await agency.send(document)
    stage.note("finance", ("justice",), sent)
    clean_told = sent.receipt.scan == "clean"
    stage.report.show(
        "Biên nhận ghi kết quả quét", "The receipt tells of the scan",
        seen="sạch / clean" if clean_told else str(sent.receipt.scan), ok=clean_told,
    )  # fmt: skip
