"""Langfuse: the observations of the trace around the span's start, and whether the span is among them.

Source: langfuse.com/docs/api; a server before version 4 has the older endpoint alone, which sends texts along.
"""

from watchkeeper.analyzer.audit.asking import Asking
from watchkeeper.analyzer.audit.delivered import Delivered
from watchkeeper.errors import EndpointError
from watchkeeper.model.timestamps import in_milliseconds

# As objects it takes ten times as much, of the analyzer's 256 MiB.
_BYTES = 8 * 1024 * 1024
_SLACK_SECONDS = 1.0
_ENDPOINTS = (
    ("/api/public/v2/observations", {"fields": "core", "limit": "1000"}),
    ("/api/public/observations", {"limit": "50"}),
)


async def check(_asking: Asking) -> None:
    """Nothing beforehand: the answer itself shows that it is a Langfuse."""


async def holds(asking: Asking, item: Delivered) -> bool:
    """Whether the span is there. Raises: EndpointError when that is not known."""
    started = item.item_time_ns / 1e9
    window = {
        "fromStartTime": in_milliseconds(started - _SLACK_SECONDS),
        "toStartTime": in_milliseconds(started + _SLACK_SECONDS),
    }
    for path, asked in _ENDPOINTS:
        try:
            page = await asking.get(path, {**asked, **window, "traceId": item.trace_id}, most_bytes=_BYTES)
        except EndpointError as error:
            if not error.is_not_found or path == _ENDPOINTS[-1][0]:
                raise
            continue
        return _is_among(page, item.span_id, int(asked["limit"]), asking.url)
    raise AssertionError  # the last endpoint has returned or raised


def _is_among(page: object, span_id: str, limit: int, url: str) -> bool:
    try:
        ids = [str(one["id"]) for one in page["data"]]  # type: ignore[index]
    except (LookupError, TypeError) as error:
        raise EndpointError("invalid_answer", f"{url} answered something that is no page of observations") from error
    if span_id not in ids and len(ids) >= limit:
        raise EndpointError("invalid_answer", f"{url} has more observations of a trace in a moment than a page")
    return span_id in ids
