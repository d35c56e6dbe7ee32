"""Tempo: the trace by its id, and whether the span is in it.

Source: grafana.com/docs/tempo/latest/api_docs, "Query" and "Query Echo Endpoint"; ids are in hex or, by releases before
2.5 and by this endpoint, in base64.
"""

import base64
from collections.abc import Iterator
from typing import Any

from watchkeeper.analyzer.audit.asking import Asking
from watchkeeper.analyzer.audit.delivered import Delivered
from watchkeeper.errors import EndpointError

# As objects it takes ten times as much, of the analyzer's 256 MiB; of a trace that is larger it is not known.
_TRACE_BYTES = 8 * 1024 * 1024


async def check(asking: Asking) -> None:
    """See that a Tempo answers there: any server says 404 for what it does not know.

    Raises: EndpointError when none does.
    """
    if (await asking.text("/api/echo")).strip() != "echo":
        raise EndpointError("invalid_answer", f"{asking.url} answers /api/echo, but not as a Tempo")


async def holds(asking: Asking, item: Delivered) -> bool:
    """Whether the span is there. Raises: EndpointError when that is not known."""
    try:
        trace = await asking.get(f"/api/traces/{item.trace_id}", {}, most_bytes=_TRACE_BYTES)
    except EndpointError as error:
        if error.is_not_found:
            return False
        raise
    span = bytes.fromhex(item.span_id)
    names = {item.span_id, base64.b64encode(span).decode()}
    try:
        return any(str(one.get("spanId", "")) in names for one in _spans(trace))
    except (AttributeError, TypeError) as error:
        raise EndpointError("invalid_answer", f"{asking.url} answered something that is no trace") from error


def _spans(trace: Any) -> Iterator[Any]:
    for holder in trace.get("batches") or trace.get("resourceSpans") or ():
        for scoped in holder.get("scopeSpans") or holder.get("instrumentationLibrarySpans") or ():
            yield from scoped.get("spans") or ()
