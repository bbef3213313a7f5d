"""Two agencies' books that agree, and the other agency's file about them, true or not."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from commanding import run
from counterpart import Counterpart, Holding
from letters import document, letter_from_other, opened, organizations

from lienthong.common import pki
from lienthong.common.clock import SystemClock, local_day
from lienthong.common.messages.reconciliation import Commitment, Direction
from lienthong.sdk.commitments import CommitmentEntry, CommitmentFile, heads_of, write_entries
from lienthong.sdk.trust import Material

TODAY = local_day(SystemClock().now()).isoformat()
SPAN = ["--from", TODAY, "--to", TODAY]


def exchange_some(counterpart: Counterpart, profile: Path) -> None:
    """Two documents there, three letters back; the second of these is withdrawn."""

    async def work() -> None:
        async with opened(counterpart, profile) as agency:
            for symbol in ("15/STC-QLNS", "16/STC-QLNS"):
                await agency.send(document(counterpart, symbol=symbol))

    asyncio.run(work())
    for number in (1, 2, 3):
        counterpart.deliver(letter_from_other(counterpart, number))
    counterpart.withhold(2, "withdrawn", letter_from_other(counterpart, 9))
    counterpart.sent_on[TODAY] = 2


def entries_of(path: Path) -> list[CommitmentEntry]:
    return [CommitmentEntry.model_validate_json(line) for line in path.read_bytes().splitlines()[1:]]


def turned(entry: CommitmentEntry) -> CommitmentEntry:
    """The same message in the other agency's books."""
    other = Direction.RECEIVED if entry.direction is Direction.SENT else Direction.SENT
    return entry.model_copy(update={"direction": other, "withheld": None, "acknowledged": None})


def theirs(
    counterpart: Counterpart,
    folder: Path,
    entries: Sequence[CommitmentEntry],
    by: Holding | None = None,
    rewritten: Callable[[bytes], bytes] = bytes,
    **said: object,
) -> Path:
    """The other agency's file, sealed with its seal; `rewritten` makes what no honest software would seal."""
    own, other = organizations(counterpart)
    lines = write_entries(entries)
    commitment = Commitment(
        type="vn.lienthong.exchange.commitment.v1",
        environment="training",
        agency=other,
        counterpart=own,
        first=local_day(SystemClock().now()),
        last=local_day(SystemClock().now()),
        made_at=SystemClock().now(),
        heads=heads_of(other.agency_id, own.agency_id, entries),
        entries=len(entries),
        entries_sha256=hashlib.sha256(lines).hexdigest(),
    ).model_copy(update=said)
    seal = by or counterpart.other
    signed = seal.signer.sign(rewritten(commitment.model_dump_json(exclude_none=True).encode()))
    authorities = (counterpart.ca.issuing, counterpart.ca.root)
    lists = tuple(pki.make_crl(each, counterpart.revoked, number=1, at=counterpart.started) for each in authorities)
    chain = seal.certificate.to_pem() + counterpart.ca.issuing.certificate.to_pem()
    path = folder / "theirs.jsonl"
    path.write_bytes(CommitmentFile(signed, Material(chain, lists), lines).to_bytes())
    return path


def compared(
    capsys: pytest.CaptureFixture[str], own: Path, other: Path, *, code: int, offline: bool = True
) -> dict[str, Any]:
    trust = ["--trust", str(own.parent / "profile" / "anchors.pem")] if offline else []
    (line,) = run(capsys, "reconcile", "compare", str(own), str(other), *trust, code=code)
    return line
