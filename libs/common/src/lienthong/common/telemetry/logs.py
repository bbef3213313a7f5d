"""Logs: one JSON object per line on stderr, with the trace id, without contents.

What agencies send never stands in a log: members that could carry it are blanked, bytes are given by their length, and
an exception is shown by its type and place, because its words may quote a value (pydantic and PostgreSQL both do).
Words are kept only of exceptions whose sentences we write ourselves, and of the operating system and Kafka.
"""

import logging
import os
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

from lienthong.common.errors import LienthongError
from lienthong.common.telemetry.spans import current_trace_id

BLANKED = frozenset(
    {"payload", "content", "body", "value", "data", "text", "name", "title", "password", "secret", "token", "document"}
    | {"authorization", "assertion", "jws", "signature", "headers", "input"}
)
"""Members of a log line that could carry what was sent, or a secret."""

_WORDS_ARE_OURS = (LienthongError, OSError, TimeoutError)
_KAFKA_ERROR = ("aiokafka.errors", "KafkaError")
"""Known by its name: not every process that logs has to do with Kafka."""
_MOST_FRAMES = 12
_NOISY = {
    "aiokafka": logging.WARNING,
    "faststream": logging.WARNING,
    "lienthong.faststream": logging.WARNING,
    "uvicorn": logging.WARNING,
}

EventDict = MutableMapping[str, Any]


def configure_logs(service: str, role: str, *, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of the process, ours and the libraries', to `stream` (stderr) as JSON."""
    first = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _Origin(service, role),
        _exception_by_place,
        _without_contents,
    ]
    structlog.configure(
        processors=[*first, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _NOISY.items():
        logging.getLogger(name).setLevel(max(least, root.level))


class _Origin:
    """Adds who speaks: service, role, pid and trace."""

    def __init__(self, service: str, role: str) -> None:
        self._fixed = {"service": service, "role": role, "pid": os.getpid()}

    def __call__(self, _logger: object, _method: str, line: EventDict) -> EventDict:
        line.update(self._fixed)
        trace_id = current_trace_id()
        if trace_id is not None:
            line["trace_id"] = trace_id
        return line


def _exception_by_place(_logger: object, _method: str, line: EventDict) -> EventDict:
    found = line.pop("exc_info", None)
    record = line.get("_record")
    if found is None and isinstance(record, logging.LogRecord):
        found, record.exc_info, record.exc_text = record.exc_info, None, None
    error = _the_exception(found)
    if error is not None:
        line["exception"] = describe_exception(error)
    return line


def _the_exception(found: object) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    if isinstance(found, tuple):
        info = cast("tuple[object, BaseException | None, TracebackType | None]", found)
        return info[1]
    return sys.exc_info()[1] if found else None


def describe_exception(error: BaseException) -> dict[str, object]:
    """Type, place and causes of an exception, and its words only where they cannot quote what was sent."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    told: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, _WORDS_ARE_OURS) or _is_kafkas(error):
        told["words"] = str(error)
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        told |= {"sqlstate": sqlstate, "constraint": getattr(error, "constraint_name", None)}
    if isinstance(error, BaseExceptionGroup):
        told["group"] = [describe_exception(part) for part in error.exceptions[:4]]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        told["cause"] = describe_exception(cause)
    return told


def _is_kafkas(error: BaseException) -> bool:
    return any((each.__module__, each.__name__) == _KAFKA_ERROR for each in type(error).__mro__)


def _without_contents(_logger: object, _method: str, line: EventDict) -> EventDict:
    for key, value in line.items():
        if key in BLANKED:
            line[key] = "[blanked]"
        elif isinstance(value, bytes | bytearray | memoryview):
            line[key] = f"[{len(value)} bytes]"
    return line
