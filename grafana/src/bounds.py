"""Graphs with a line for each service, agent or the like: more than eight look the same, so the others are left out."""

import re
from collections.abc import Sequence

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.loki import Dataquery as LokiQuery
from grafana_foundation_sdk.models.prometheus import Dataquery as PrometheusQuery

MOST_LINES = 8
# Labels that have few values everywhere; those of all others are made by applications and configurations.
FEW_VALUES = frozenset(
    {"code", "destination", "error_type", "integration", "kind", "outcome", "rating", "reason", "result", "severity"}
    | {"status", "type"}
)
_LABEL = re.compile(r"{{\s*(\w+)\s*}}")
_PICKED = re.compile(r"\b(topk|bottomk)\(")

MetricQuery = Builder[PrometheusQuery] | Builder[LokiQuery]


def is_unbounded(legend: str, expr: str) -> bool:
    """Whether a query has a line for each value of a label that may have any number of them."""
    return not FEW_VALUES.issuperset(_LABEL.findall(legend)) and not _PICKED.search(expr)


def keep_few(queries: Sequence[MetricQuery], *, lowest: bool = False) -> bool:
    """Let queries keep the lines with the highest (or lowest) values of the time shown; return whether one had to.

    Each query ranks its own lines: what only one of them has, as a failure, must be seen.
    """
    found = [asked for query in queries if isinstance(asked := query.build(), PrometheusQuery) and _has_many(asked)]
    for asked in found:
        labels = ", ".join(dict.fromkeys(_LABEL.findall(asked.legend_format or "")))
        asked.expr = (
            f"({asked.expr}) and on ({labels}) {_rank(asked.expr, labels, MOST_LINES // len(found), lowest=lowest)}"
        )
    return bool(found)


def _has_many(asked: PrometheusQuery) -> bool:
    return is_unbounded(asked.legend_format or "", asked.expr)


def _rank(expr: str, labels: str, count: int, *, lowest: bool) -> str:
    """Which label values to keep, the same at every step: a line that comes and goes is no line."""
    pick, extreme = ("bottomk", "min") if lowest else ("topk", "max")
    return f"{pick}({count}, {extreme} by ({labels}) ({extreme}_over_time(({expr})[$__range:$__interval] @ end())))"
