"""Time to the first token, from clients that report the pieces of a stream as events of the span."""

from watchkeeper.model import Span


def seconds_to_first(span: Span, names: tuple[str, ...]) -> float | None:
    """From the start of the span to its first event whose name begins with one of these; None without any."""
    timestamps = [event.time_ns for event in span.events if event.name.startswith(names)]
    return (min(timestamps) - span.start_ns) / 1e9 if timestamps and min(timestamps) >= span.start_ns > 0 else None
