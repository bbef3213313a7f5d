"""Why an event failed, in words that may be stored: they never quote what was sent."""

from lienthong.common.errors import LienthongError
from lienthong.common.signing import SigningError
from lienthong.common.telemetry import describe_exception

_LONGEST = 500


def refusal_code(error: Exception) -> str:
    """The stable code of why a record cannot be read: for the dead letter's `x-error` and the counter."""
    if isinstance(error, LienthongError):
        return error.code
    if isinstance(error, SigningError):
        return error.reason.value
    return type(error).__name__


def cause_of(error: Exception) -> str:
    """Type, place and, where they cannot quote content, words of an exception."""
    told = describe_exception(error)
    parts = [str(told["type"])]
    parts += [str(told[name]) for name in ("words", "sqlstate", "constraint") if told.get(name)]
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is not None:
        code = trace.tb_frame.f_code
        parts.append(f"{code.co_qualname}:{trace.tb_lineno}")
    return " | ".join(parts)[:_LONGEST]
