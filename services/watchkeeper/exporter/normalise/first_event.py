"""Time to the first token, from clients that tell the pieces of a stream as events of the span."""

from watchkeeper.model import Span


def seconds_to_first(span: Span, names: tuple[str, ...]) -> float | None:
    """From the start of the span to its first event whose name begins with one of these; None without any."""
    moments = [event.time_ns for event in span.events if event.name.startswith(names)]
    return (min(moments) - span.start_ns) / 1e9 if moments and min(moments) >= span.start_ns > 0 else None
