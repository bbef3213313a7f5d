"""An agency's reader in a process of its own, which knows nothing of lienthong: librdkafka and the standard library.

`topic_reader.py SETTINGS TOPIC GROUP SECONDS` prints records as JSON lines until none comes for so many seconds, or the
broker's refusal.
"""

import json
import sys
import time
from pathlib import Path

from confluent_kafka import Consumer


def main(settings: str, topic: str, group: str, seconds: float) -> None:
    """Read from the start, or from where the group is."""
    conf = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, "log_level": 0}
    # Who loses its rights cannot leave its group either; the next reader waits until the broker has missed it.
    missed = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 2000}
    consumer = Consumer({**json.loads(Path(settings).read_text("utf-8")), **conf, **missed})
    consumer.subscribe([topic])
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        record = consumer.poll(0.1)
        if record is None:
            continue
        if (refusal := record.error()) is not None:
            print(json.dumps({"error": refusal.name()}), flush=True)
            break
        headers = {name: _text(value) for name, value in record.headers() or ()}
        key, value = _text(record.key()), _text(record.value())
        print(json.dumps({"key": key, "value": value, "headers": headers}), flush=True)
        consumer.commit(message=record, asynchronous=False)
        until = time.monotonic() + seconds
    consumer.close()


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
