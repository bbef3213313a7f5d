"""The span under way, and how it is named to others: W3C `traceparent`. Of the library's interface alone."""

import re

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags

TRACEPARENT = "traceparent"
_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def span_context(traceparent: str | bytes | None) -> SpanContext | None:
    """Read a `traceparent` (W3C Trace Context, version 00); None where there is none or it is malformed."""
    if traceparent is None:
        return None
    text = traceparent.decode("ascii", "replace") if isinstance(traceparent, bytes) else traceparent
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & 1))
    return context if context.is_valid else None


def parent_context(traceparent: str | bytes | None) -> Context:
    """The context in which a span continues the trace of `traceparent`; an empty one starts a new trace."""
    remote = span_context(traceparent)
    return Context() if remote is None else trace.set_span_in_context(NonRecordingSpan(remote), Context())


def to_traceparent(context: SpanContext) -> str:
    """Write a span's identity as `traceparent`."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags & 1:02x}"


def current_traceparent() -> str | None:
    """`traceparent` of the span under way, for the outbox and for calls to others."""
    context = trace.get_current_span().get_span_context()
    return to_traceparent(context) if context.is_valid else None


def current_trace_id() -> str | None:
    """Trace id of the span under way, as logs and problems show it."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def mark_failed(error: BaseException) -> None:
    """The span under way ends in an error and is kept: for a fault that is answered instead of raised.

    The exception's type is recorded, not its words: they may quote what was sent.
    """
    span = trace.get_current_span()
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR))
