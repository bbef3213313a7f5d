"""Two agencies' books beside each other: whatever is lost, doubled or altered on the way is named, and nothing else."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.common.clock import local_day
from lienthong.common.ids import new_id
from lienthong.common.messages.document import Lane
from lienthong.common.messages.parts import Organization
from lienthong.common.messages.reconciliation import Commitment, Direction, day_chain
from lienthong.sdk.commitments import CommitmentEntry, Told, heads_of, write_entries
from lienthong.sdk.comparing import Comparison, DayState, GapKind, compare
from lienthong.sdk.errors import BadInput

FIRST, LAST = date(2026, 11, 16), date(2026, 11, 20)
MADE = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ONE, OTHER = (Organization(agency_id=new_id(), code=code, name=f"Sở {code}") for code in ("A", "B"))
THIRD = Organization(agency_id=new_id(), code="C", name="Sở C")


class Fate(Enum):
    """What becomes of a message between the two books."""

    KEPT = auto()
    LOST_THERE = auto()
    LOST_HERE = auto()
    DOUBLED = auto()
    ALTERED = auto()
    WITHHELD = auto()
    OTHER_DAY = auto()


KIND = {
    Fate.LOST_THERE: GapKind.NOT_RECEIVED,
    Fate.LOST_HERE: GapKind.NOT_SENT,
    Fate.DOUBLED: GapKind.DOUBLED,
    Fate.ALTERED: GapKind.ALTERED,
    Fate.OTHER_DAY: GapKind.OTHER_DAY,
}


def message(direction: Direction, day: int, lane: Lane, message_id: UUID, content: str = "") -> CommitmentEntry:
    at = datetime(2026, 11, 16 + day, 3, 0, tzinfo=UTC)
    sha256 = hashlib.sha256(f"{message_id}{content}".encode()).hexdigest()
    return CommitmentEntry(
        direction=direction, day=local_day(at), lane=lane, sha256=sha256, message_id=message_id, accepted_at=at
    )


def received(entry: CommitmentEntry, fate: Fate) -> list[CommitmentEntry]:
    """What the recipient's books hold of a message that was sent."""
    same = entry.model_copy(update={"direction": Direction.RECEIVED, "acknowledged": True})
    match fate:
        case Fate.LOST_THERE:
            return []
        case Fate.DOUBLED:
            return [same, same]
        case Fate.ALTERED:
            return [same.model_copy(update={"sha256": hashlib.sha256(entry.sha256.encode()).hexdigest()})]
        case Fate.WITHHELD:
            blank = {"message_id": None, "accepted_at": None, "withheld": "withdrawn", "day": FIRST}
            return [same.model_copy(update=blank)]
        case Fate.OTHER_DAY:
            return [same.model_copy(update={"day": LAST if entry.day != LAST else FIRST})]
        case _:
            return [same]


def told(
    who: Organization, to: Organization, entries: Sequence[CommitmentEntry], *, named: bool = True, **changes: object
) -> Told:
    lines = write_entries(entries)
    commitment = Commitment(
        type="vn.lienthong.exchange.commitment.v1",
        environment="training",
        agency=who,
        counterpart=to,
        first=FIRST,
        last=LAST,
        made_at=MADE,
        heads=heads_of(who.agency_id, to.agency_id, entries),
        entries=len(entries),
        entries_sha256=hashlib.sha256(lines).hexdigest(),
    )
    return Told(commitment.model_copy(update=changes), tuple(entries) if named else None)


def fates() -> st.SearchStrategy[list[tuple[Fate, int, Lane, bool]]]:
    one = st.tuples(st.sampled_from(Fate), st.integers(0, 4), st.sampled_from(Lane), st.booleans())
    return st.lists(one, max_size=25)


def books(chosen: list[tuple[Fate, int, Lane, bool]], *, named: bool = True) -> tuple[Comparison, set[tuple[str, str]]]:
    """Both books after those fates, compared; and the gaps that must be told: what, and of which hash."""
    own: dict[bool, list[CommitmentEntry]] = {True: [], False: []}
    expected: set[tuple[str, str]] = set()
    for fate, day, lane, backwards in chosen:
        sent = message(Direction.SENT, day, lane, new_id())
        if fate is not Fate.LOST_HERE:
            own[backwards].append(sent)
        own[not backwards] += received(sent, fate)
        if fate in KIND:
            expected.add((KIND[fate].value, sent.sha256))
    return compare(told(ONE, OTHER, own[False], named=named), told(OTHER, ONE, own[True], named=named)), expected


@pytest.mark.requirement("N5")
@given(fates())
def test_every_lost_doubled_or_altered_message_is_named_and_no_other(
    chosen: list[tuple[Fate, int, Lane, bool]],
) -> None:
    comparison, expected = books(chosen)
    found = [(each.kind.value, each.entry.sha256) for each in comparison.gaps]
    assert sorted(found) == sorted(expected)
    assert comparison.is_equal == (not expected)


@given(fates())
def test_without_lists_the_days_that_differ_are_the_same_and_nothing_is_named(
    chosen: list[tuple[Fate, int, Lane, bool]],
) -> None:
    with_lists, _ = books(chosen)
    without, _ = books(chosen, named=False)
    assert without.gaps == ()
    differing = [each for each in without.days if each.state is DayState.DIFFERS]
    unequal = [each for each in with_lists.days if each.state is not DayState.EQUAL]
    assert [(each.day, each.lane, each.sent, each.received) for each in differing] == [
        (each.day, each.lane, each.sent, each.received) for each in unequal
    ]


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=10), st.randoms())
def test_a_chain_is_one_whatever_the_order_and_another_for_every_other_set(
    digests: list[bytes], random: object
) -> None:
    ways = ONE.agency_id, OTHER.agency_id, Lane.ORDINARY, FIRST
    shuffled = list(digests)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert day_chain(*ways, digests) == day_chain(*ways, shuffled)
    assert day_chain(*ways, digests) != day_chain(*ways, [*digests, digests[0] if digests else bytes(32)])
    assert day_chain(*ways, digests) != day_chain(OTHER.agency_id, ONE.agency_id, Lane.ORDINARY, FIRST, digests)


def test_what_was_accepted_after_the_other_began_to_read_is_later_and_no_gap() -> None:
    sent = message(Direction.SENT, 4, Lane.ORDINARY, new_id())
    assert sent.accepted_at is not None
    before = sent.accepted_at - timedelta(seconds=1)
    comparison = compare(told(ONE, OTHER, [sent]), told(OTHER, ONE, [], made_at=before))
    assert [each.kind for each in comparison.gaps] == [GapKind.LATER]
    assert [each.state for each in comparison.days] == [DayState.EXPLAINED]
    assert comparison.is_equal
    assert comparison.open_since == LAST


def test_only_days_that_both_cover_are_compared() -> None:
    sent = [message(Direction.SENT, day, Lane.ORDINARY, new_id()) for day in range(5)]
    there = [each for entry in sent[2:] for each in received(entry, Fate.KEPT)]
    comparison = compare(told(ONE, OTHER, sent), told(OTHER, ONE, there, first=FIRST + timedelta(days=2)))
    assert (comparison.first, len(comparison.days), comparison.is_equal) == (FIRST + timedelta(days=2), 3, True)
    assert comparison.open_since is None


def test_two_files_that_do_not_belong_together_are_refused() -> None:
    own = told(ONE, OTHER, [])
    strangers = [
        told(ONE, OTHER, []),
        told(OTHER, THIRD, []),
        told(THIRD, ONE, []),
        told(OTHER, ONE, [], environment="production"),
        told(OTHER, ONE, [], first=LAST + timedelta(days=1), last=LAST + timedelta(days=1)),
    ]
    for other in strangers:
        with pytest.raises(BadInput):
            compare(own, other)
