"""The event that reports a whole model call: for applications that send log records and no spans, or not all of them.

Source: github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-events.md.
"""

from watchkeeper.model import LogRecord, Span

EVENT = "gen_ai.client.inference.operation.details"


def as_span(record: LogRecord, time_ns: int) -> Span:
    """The event as the span that it describes, for the dialects; ``time_ns`` is when it happened.

    It has the attributes of that span and its ids; when it began, and so how long it took, the event does not report.
    """
    return Span(
        trace_id=record.trace_id,
        span_id=record.span_id,
        parent_span_id="",
        name="",
        kind=0,
        start_ns=0,
        end_ns=time_ns,
        status_code=0,
        status_message="",
        attributes=record.attributes,
        events=(),
        resource=record.resource,
        scope=record.scope,
        scope_version="",
    )
