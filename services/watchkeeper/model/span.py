"""A span as OTLP reports it, whatever its encoding: what the dialects read."""

from collections.abc import Mapping, Sequence

import msgspec

AttributeValue = str | bool | int | float | bytes | Sequence["AttributeValue"] | Mapping[str, "AttributeValue"] | None

STATUS_ERROR = 2
KIND_SERVER, KIND_CLIENT = 2, 3


class SpanEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A named moment inside a span, at ``time_ns``."""

    name: str
    time_ns: int
    attributes: Mapping[str, AttributeValue]


class Span(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One finished operation. Ids are lower-case hex, empty when absent; times are Unix nanoseconds.

    ``status_code`` is 0 unset, 1 ok, 2 error; ``kind`` is 1 internal, 2 server, 3 client, or another number.
    """

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    status_code: int
    status_message: str
    attributes: Mapping[str, AttributeValue]
    events: Sequence[SpanEvent]
    resource: Mapping[str, AttributeValue]
    scope: str
    scope_version: str

    @property
    def duration_seconds(self) -> float | None:
        """Length of the span, or None when its times contradict each other."""
        if self.start_ns <= 0 or self.end_ns < self.start_ns:
            return None
        return (self.end_ns - self.start_ns) / 1e9
