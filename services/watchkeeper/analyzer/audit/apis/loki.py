"""Loki: how many lines there are of the trace and the span around the record's time, without the lines themselves.

Source: grafana.com/docs/loki/latest/send-data/otel; ids of trace and span become structured metadata.
"""

from watchkeeper.analyzer.audit.asking import Asking
from watchkeeper.analyzer.audit.delivered import Delivered

_SECOND_NS = 10**9


async def check(_asking: Asking) -> None:
    """Nothing beforehand: the answer itself shows that it is a Loki."""


async def holds(asking: Asking, item: Delivered) -> bool:
    """Whether the record is there. Raises: EndpointError when that is not known."""
    ids = f'trace_id="{item.trace_id}" | span_id="{item.span_id}"'
    query = f'sum(count_over_time({{service_name=~".+"}} | {ids} [2s]))'
    at = str(item.item_time_ns + _SECOND_NS)
    return await asking.has_series("/loki/api/v1/query", {"query": query, "time": at})
