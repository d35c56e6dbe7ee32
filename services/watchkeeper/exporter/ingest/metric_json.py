"""A request for metrics in JSON of which a part is wrong: the rest of it, so that one metric costs no other.

Only asked where the whole could not be read: it takes twice as long.
"""

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource


def without_wrong_metrics(body: bytes) -> tuple[dict[str, Any], int]:
    """Return what is right of a request, and how many points are in what is not.

    What a wrong resource or scope says of the metrics below it is no one's: they are left out with it.
    Raises: ValueError when it is no JSON.
    """
    holders = _objects(json.loads(body), "resourceMetrics", "resource_metrics")
    before = sum(map(_points_of_holder, holders))
    right = [_right_part(holder) for holder in holders if _is_right(holder.get("resource"), Resource)]
    lost = before - sum(map(_points_of_holder, right))
    if not lost:
        raise ValueError("what is wrong is no metric")
    return {"resourceMetrics": right}, lost


def _right_part(holder: dict[str, Any]) -> dict[str, Any]:
    scopes = [
        {**scoped, "metrics": [metric for metric in _objects(scoped, "metrics") if _is_right(metric, Metric)]}
        for scoped in _scopes_of(holder)
        if _is_right(scoped.get("scope"), InstrumentationScope)
    ]
    kept = {"resource": holder["resource"]} if holder.get("resource") is not None else {}
    return {**kept, "scopeMetrics": scopes}


def _scopes_of(holder: dict[str, Any]) -> list[dict[str, Any]]:
    return _objects(holder, "scopeMetrics", "scope_metrics")


def _objects(node: Any, *names: str) -> list[dict[str, Any]]:
    """The objects of a list by one of its names; what is no object is left out."""
    found: Any = next((node[name] for name in names if name in node), []) if isinstance(node, dict) else []
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _is_right(content: Any, kind: type[Message]) -> bool:
    if content is None:
        return True
    try:
        json_format.ParseDict(content, kind(), ignore_unknown_fields=True)
    except (json_format.ParseError, ValueError, TypeError, AttributeError, RecursionError):
        return False
    return True


def _points_of_holder(holder: dict[str, Any]) -> int:
    return sum(_points_of(metric) for scoped in _scopes_of(holder) for metric in _objects(scoped, "metrics"))


def _points_of(metric: dict[str, Any]) -> int:
    """How many points a metric has, as far as that can be seen; one that has none to see is one."""
    counts = [len(_objects(part, "dataPoints", "data_points")) for part in metric.values() if isinstance(part, dict)]
    return max(sum(counts), 1)
