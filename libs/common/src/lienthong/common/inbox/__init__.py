"""Events of others, applied once and in order, whatever comes twice, late, broken or while the database is away.

A page of records goes through these steps; only when all are done does the caller commit its offsets.

1. Each record is verified and parsed (`ReadRecord`). What cannot be goes to the dead letters with its reason.
2. One transaction: `inbox` remembers (consumer, source, id), which tells what is new; effects of the new events run in
   the order of the page. A second record with the same (source, id) is ignored; with other bytes it is refused.
3. If an effect fails, the page is done again with a savepoint per event: the failing event is held (`inbox_held`,
   waiting), later events of its key queue behind it, all other keys go on.
4. Dead letters are published and acknowledged.

If the database is away the page waits a little and is then raised back to the broker: nothing is committed, nothing
is lost. A rebalance may give the same page to two processes; the unique rows of step 2 make the second wait for the
first and then find its events known.

Held events are tried again in the order of their key, with growing pauses; after `most_attempts` the event is dead:
its key stays blocked and shows in the metrics until an operator replays or skips it (`HeldEvents`, audited).
Dead letters are decided by operators, too: what they want read again comes through the same steps (`LetterDesk`).
Order and blocking are per consumer, topic and key.
"""

from typing import TYPE_CHECKING

from lienthong.common.lazily import lazily

if TYPE_CHECKING:
    from lienthong.common.inbox.events import CannotTellYet, DeadLetterBox, Effect, ReadRecord, VerifiedEvent
    from lienthong.common.inbox.held import Attempt, HeldEvent, HeldEvents, HeldState, NoHeldEvent, NotDead
    from lienthong.common.inbox.inbox import INBOX_METRICS, Inbox
    from lienthong.common.inbox.letter_desk import LetterDesk
    from lienthong.common.inbox.letters import KeptLetter, LetterDecided, LetterState, NoDeadLetter
    from lienthong.common.inbox.pages import ID_REUSED
    from lienthong.common.inbox.rereading import CANNOT_TELL
    from lienthong.common.inbox.settings import InboxSettings
else:
    __getattr__ = lazily(
        __name__,
        {
            "events": "CannotTellYet DeadLetterBox Effect ReadRecord VerifiedEvent",
            "held": "Attempt HeldEvent HeldEvents HeldState NoHeldEvent NotDead",
            "inbox": "INBOX_METRICS Inbox",
            "letter_desk": "LetterDesk",
            "letters": "KeptLetter LetterDecided LetterState NoDeadLetter",
            "pages": "ID_REUSED",
            "rereading": "CANNOT_TELL",
            "settings": "InboxSettings",
        },
    )

__all__ = [
    "CANNOT_TELL",
    "ID_REUSED",
    "INBOX_METRICS",
    "Attempt",
    "CannotTellYet",
    "DeadLetterBox",
    "Effect",
    "HeldEvent",
    "HeldEvents",
    "HeldState",
    "Inbox",
    "InboxSettings",
    "KeptLetter",
    "LetterDecided",
    "LetterDesk",
    "LetterState",
    "NoDeadLetter",
    "NoHeldEvent",
    "NotDead",
    "ReadRecord",
    "VerifiedEvent",
]
