"""The relay: what stands in the outbox goes to Kafka, at least once, and each key in its order.

How it works
    A process holds shards of keys by advisory locks on one connection of its own and beats once a second on that
    connection (`holder.py`). Between pages it gives up what is above its fair share; it takes what is free. Urgent and
    ordinary topics are two lanes (`lane.py`), sent beside each other, each by a producer of its own: neither waits for
    the other's rows, pages or pauses. A lane reads a page of rows in the order of their ids, finds their contents,
    sends them (`publisher.py`), and when Kafka has acknowledged, one transaction writes `emitted` rows and removes the
    outbox rows (`store.py`). A topic lies in one lane by its name (`….urgent.…`), so lanes change no order.

Order per key
    1. Ids of a key grow in the order its writers committed (`outbox.lock_writers`), so what a page shows of a key is
       the key's next rows without a gap.
    2. A flight has one record batch per partition, and the next flight leaves only when this one is acknowledged.
       Kafka takes a batch whole or not at all, so after any refusal or break the log holds a prefix of what was meant,
       never a later record without an earlier one. (`send` of single records does not give this: when a batch is
       refused, the one queued behind it may still be taken.)
    3. A row leaves the outbox only after Kafka acknowledged it. Hence every holder's stream of a key begins at or
       before the first row that is not yet in the log, and goes on without gaps.
    Two such streams may be mixed in any way, as when a frozen holder thaws and its last flight arrives late: before a
    record stands, in its own stream, the record that precedes it, or that one was in the log already. So a late
    duplicate never puts a *first occurrence* out of order, and readers ignore what they had (inbox: source and id).

Why duplicates are still kept rare
    On a compacted topic the last record of a key is what a new reader finds: a late duplicate of an old version must
    not stay last. So a holder looks at its own beat before every flight and stops when the beat is old (SIGSTOP, a
    suspended machine); one silent for `silence` seconds has its connection terminated by the next, which frees its
    locks; and a holder that finds its connection gone after Kafka acknowledged a flight says the newest record of
    those keys once more (`store.say_again`). What this cannot see is a process that thaws, sends its one flight and
    dies before it looks.

What Kafka refuses for good
    A record that is too large, of a topic that does not exist or may not be written, stays in the outbox with its
    cause (`outbox_refusal`): its key waits, the others go on, a gauge alarms, and it is tried again with growing
    pauses, so that it heals by itself once the cause is removed. An operator may let it be tried at once
    (`blocked.py`).

After the loss of a broker
    Topics are built again from `emitted` (`republish.py`).
"""

from typing import TYPE_CHECKING

from lienthong.common.lazily import lazily

if TYPE_CHECKING:
    from lienthong.common.relay.blocked import BlockedKey, BlockedKeys, NoBlockedKey
    from lienthong.common.relay.relay import RELAY_METRICS, Relay
    from lienthong.common.relay.republish import RelayRuns, Republished, Republisher
    from lienthong.common.relay.settings import RelaySettings
else:
    __getattr__ = lazily(
        __name__,
        {
            "blocked": "BlockedKey BlockedKeys NoBlockedKey",
            "relay": "RELAY_METRICS Relay",
            "republish": "RelayRuns Republished Republisher",
            "settings": "RelaySettings",
        },
    )

__all__ = [
    "RELAY_METRICS",
    "BlockedKey",
    "BlockedKeys",
    "NoBlockedKey",
    "Relay",
    "RelayRuns",
    "RelaySettings",
    "Republished",
    "Republisher",
]
