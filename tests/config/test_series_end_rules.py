"""No rule needs a series for longer than it is sure to be there after its last call; see docs/decisions/0022."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import promql_parser as promql
import pytest
from tests.config.test_rules import METRIC_ALERTS, RECORDINGS

from watchkeeper.config.schema import ConfigFile
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

IDLE = timedelta(seconds=ConfigFile().limits.idle_seconds)
# A counter needs a sample of it once within the window, and is sure to have one for so long after the last call.
LONGEST = IDLE / 2
# Both outcomes live as long as their service, a month after its last call.
LIVES_LONGER = {"llm_slo_events_total"}


def ending_metrics() -> set[str]:
    """Return the names, as they are exposed, of all metrics whose series end without calls."""
    store = MetricStore(METRICS, ConfigFile().limits.series)
    names = {str(family.name) for family in (*store.families.values(), *store.histograms.values()) if family.ends}
    return {name + suffix for name in names for suffix in ("", "_bucket", "_sum", "_count")}


def look_back(node: promql.Expr, past: timedelta = timedelta()) -> Iterator[tuple[str, timedelta]]:
    """Yield each metric that an expression reads, and how far back at most."""
    match node:
        case promql.VectorSelector():
            yield node.name or "", past + (node.offset or timedelta())
        case promql.MatrixSelector():
            yield from look_back(node.vector_selector, past + node.range)
        case promql.SubqueryExpr():
            yield from look_back(node.expr, past + node.range + (node.offset or timedelta()))
        case promql.Call():
            for argument in node.args:
                yield from look_back(argument, past)
        case promql.BinaryExpr():
            yield from look_back(node.lhs, past)
            yield from look_back(node.rhs, past)
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr():
            yield from look_back(node.expr, past)


def of_expression(expression: str) -> list[tuple[str, timedelta]]:
    """Return what an expression of a rule reads, and how far back."""
    return list(look_back(promql.parse(expression.replace("] anchored", "]").replace(" anchored]", "]"))))


class Reach:
    """How far back expressions look in the end, through what these rules record."""

    def __init__(self, recordings: Sequence[Mapping[str, str]]) -> None:
        self._rules: dict[str, list[str]] = {}
        for rule in recordings:
            self._rules.setdefault(rule["record"], []).append(rule["expr"])
        self._known: dict[str, dict[str, timedelta]] = {}

    def of(self, expression: str) -> dict[str, timedelta]:
        """Return each metric that is recorded from nothing else, and how far back at most it is read."""
        found: dict[str, timedelta] = {}
        for name, past in of_expression(expression):
            for metric, further in self._of_metric(name).items():
                found[metric] = max(found.get(metric, past), past + further)
        return found

    def _of_metric(self, name: str) -> dict[str, timedelta]:
        # What has no colon is a metric of the exporter, also where it is recorded from OpenTelemetry's own.
        if name not in self._rules or ":" not in name:
            return {name: timedelta()}
        if name not in self._known:
            self._known[name] = self.of(" or ".join(f"({expression})" for expression in self._rules[name]))
        return self._known[name]


@pytest.mark.parametrize("rule", RECORDINGS + METRIC_ALERTS, ids=lambda rule: rule.get("record") or rule["alert"])
def test_no_rule_looks_back_further_than_a_series_is_sure_to_be_there(rule: dict[str, str]) -> None:
    """What needs more of the past reads what is recorded, which stays when the series has ended."""
    ending = ending_metrics() - LIVES_LONGER
    too_far = {(name, str(past)) for name, past in of_expression(rule["expr"]) if name in ending and past > LONGEST}

    assert not too_far


def test_the_look_back_is_found_through_everything() -> None:
    """Ranges, offsets and subqueries add up, inside calls, aggregations and comparisons."""
    found = of_expression("1 - sum by (a) (increase(x[1d] offset 2d)) > max_over_time((rate(y[1h]))[3d:1h] offset 1d)")

    assert found == [("x", timedelta(days=3)), ("y", timedelta(days=4, hours=1))]


def test_metrics_of_calls_end_and_those_of_objectives_do_not() -> None:
    """The check above knows what ends."""
    assert {"llm_requests_total", "llm_request_duration_seconds_bucket"} <= ending_metrics()
    assert not LIVES_LONGER & ending_metrics()


def test_the_look_back_adds_up_through_what_is_recorded() -> None:
    """What an alert reads of a recorded metric reaches as far as its rule does, and further."""
    recordings = [{"record": "a:x:increase1h", "expr": "increase(x[1h])"}]

    found = Reach(recordings).of("a:x:increase1h offset 3d or y")

    assert found == {"x": timedelta(days=3, hours=1), "y": timedelta()}
