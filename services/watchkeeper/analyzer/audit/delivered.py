"""Items that the exporter delivered, as its log lines say. Pure."""

import re

import msgspec

from watchkeeper.model.ids import are_valid_ids

EVENT = "forward_delivered"

_METRIC = re.compile(r"[A-Za-z][A-Za-z0-9_./-]{0,199}\Z")
_NANOSECONDS = re.compile(r"[1-9][0-9]{0,18}\Z")


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """An item that the destination acknowledged at ``at``, in Unix seconds; the rest is what it is known by."""

    at: float
    item_time_ns: int
    trace_id: str = ""
    span_id: str = ""
    metric: str = ""


class _Line(msgspec.Struct):
    destination: str
    signal: str
    item_time_ns: str
    trace_id: str = ""
    span_id: str = ""
    metric: str = ""


def read_delivered(at_ns: int, text: str, destination: str, signal: str) -> Delivered | None:
    """What a line says was delivered there; None for lines of others, and where it is no item that can be asked for.

    What is read becomes part of addresses and queries: it is let through by what it may be, not by what it may not.
    """
    try:
        line = msgspec.json.decode(text, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if (line.destination, line.signal) != (destination, signal) or not _NANOSECONDS.match(line.item_time_ns):
        return None
    by_ids = are_valid_ids(line.trace_id, line.span_id)
    if not (_METRIC.match(line.metric) if signal == "metrics" else by_ids):
        return None
    return Delivered(
        at=at_ns / 1e9,
        item_time_ns=int(line.item_time_ns),
        trace_id=line.trace_id if by_ids else "",
        span_id=line.span_id if by_ids else "",
        metric=line.metric if signal == "metrics" else "",
    )
