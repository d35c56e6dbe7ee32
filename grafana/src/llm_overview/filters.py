"""The filters at the top of the pages about model calls, as label matchers, and queries that respect them."""

from collections.abc import Sequence

from grafana.src import house, palette
from grafana.src.sources import series
from grafana_foundation_sdk.builders import prometheus

# Metrics of model calls carry all three; those of tools, branches and the like have no model.
SERVICE = 'service=~"$service"'
CALLS = 'service=~"$service", team=~"$team", model=~"$model"'
OWNED = 'service=~"$service", team=~"$team"'
# A threshold further away than so many times the data would squeeze the data into the lowest part of the graph.
_NEAR = 4


def ratio(part: str, whole: str) -> str:
    """Divide a part by its whole: no whole gives no value, no part gives 0. Both must have the same labels."""
    return f"(({part}) or 0 * ({whole})) / (({whole}) > 0)"


def part_or_zero(part: str, whole: str) -> str:
    """Return the part, 0 when only the whole is there, and nothing when neither is."""
    return f"({part}) or 0 * ({whole})"


def named(label: str, expr: str) -> str:
    """Write "(none)" where a label is empty: a line or a bar would have no name."""
    return f'label_replace({expr}, "{label}", "(none)", "{label}", "")'


def over_range(function: str, selector: str) -> str:
    """Apply a function to the whole time shown, once: ``@ end()`` makes it the same at every step of a graph."""
    return f"{function}({selector}[$__range] @ end())"


def ten_of(labels: str, expr: str, rank: str) -> str:
    """Keep the lines of the ten label values that rank highest over the time shown; no line comes and goes."""
    first, *_ = labels.split(", ")
    return named(first, f"({expr}) and on ({labels}) topk(10, sum by ({labels}) ({rank}))")


def ten_and_others(labels: str, expr: str, rank: str, legend: str) -> Sequence[prometheus.Dataquery]:
    """Draw the ten largest parts of a sum, and the sum of the others."""
    others = f"sum(({expr}) unless on ({labels}) topk(10, sum by ({labels}) ({rank})))"
    return series(ten_of(labels, expr, rank), legend), series(others, palette.OTHERS)


def limit(alert: str, data: str, matcher: str = SERVICE) -> prometheus.Dataquery:
    """Draw the lowest threshold of an alert, from watchkeeper.yml, where there is data and it comes near."""
    return series(
        f'min(llm_alert_threshold{{alert="{alert}", {matcher}}}) <= {_NEAR} * {_extreme("max", data)}', house.LIMIT
    )


def lower_limit(alert: str, data: str, matcher: str = SERVICE) -> prometheus.Dataquery:
    """Draw the highest threshold of an alert that fires below it, where there is data."""
    return series(
        f'max(llm_alert_threshold{{alert="{alert}", {matcher}}}) >= {_extreme("min", data)} / {_NEAR}', house.LIMIT
    )


def limit_beside(threshold: str, data: str) -> prometheus.Dataquery:
    """Draw a threshold where there is data: alone it would be drawn in the place of "no data"."""
    return series(f"{threshold} and on () ({data})", house.LIMIT)


def _extreme(which: str, data: str) -> str:
    """The highest or lowest value of all lines over the time shown: a line that comes and goes is no line."""
    return f"{which}_over_time({which}({data})[$__range:$__interval] @ end())"
