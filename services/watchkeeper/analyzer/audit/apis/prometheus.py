"""Prometheus, or what answers as it does: whether a metric of that name has a sample at just that millisecond.

Source: prometheus.io/docs/guides/opentelemetry; characters of names become underscores, units and kinds are appended.
"""

import re

from watchkeeper.analyzer.audit.asking import Asking
from watchkeeper.analyzer.audit.delivered import Delivered

_OTHER = re.compile(r"[^A-Za-z0-9]+")


async def check(_asking: Asking) -> None:
    """Nothing beforehand: the answer itself shows that it is a Prometheus."""


async def holds(asking: Asking, item: Delivered) -> bool:
    """Whether the sample is there. Raises: EndpointError when that is not known."""
    name = _OTHER.sub(".+", item.metric)
    milliseconds = item.item_time_ns // 10**6
    # A range does not have its first moment: a millisecond has the one sample.
    query = f'sum(count_over_time({{__name__=~"{name}(_.+)?"}}[1ms]))'
    at = f"{milliseconds // 1000}.{milliseconds % 1000:03d}"
    return await asking.has_series("/api/v1/query", {"query": query, "time": at})
