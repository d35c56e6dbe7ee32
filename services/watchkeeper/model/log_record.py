"""A log record as OTLP reports it, whatever its encoding."""

from collections.abc import Mapping

import msgspec

from watchkeeper.model.span import AttributeValue


class LogRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One log record or event. Ids are lower-case hex, empty when absent; the body is left unread: it is content.

    ``time_ns`` is when it happened, or when it was observed, in Unix nanoseconds; 0 when neither is reported.
    ``event_name`` is the record's own, or its ``event.name`` attribute.
    """

    time_ns: int
    trace_id: str
    span_id: str
    event_name: str
    attributes: Mapping[str, AttributeValue]
    resource: Mapping[str, AttributeValue]
    scope: str
