"""What an alert compares, and with which limit."""

from pathlib import Path

import pytest
import yaml

from watchkeeper.engines.condition import Condition, belonging, condition_of
from watchkeeper.engines.history import Series

RULES = Path(__file__).parents[3] / "prometheus" / "rules" / "alerts"


@pytest.mark.parametrize(
    ("expression", "value", "limit"),
    [
        ("a > 0.5", "a{}", "0.5"),
        ("a > on (service) group_left () b", "a{}", "b{}"),
        ("(a >= 1 and b > 2) unless c", "a{}", "1"),
        ("max by (service) (a < 3)", "a{}", "3"),
        ("absent(a)", "absent(a)", ""),
        ("a > bool anchored[", "a > bool anchored[", ""),
    ],
)
def test_the_first_comparison_is_taken(expression: str, value: str, limit: str) -> None:
    """What is no comparison is drawn as it is."""
    assert condition_of(expression) == Condition(value=value, limit=limit)


def test_most_alerts_have_a_limit() -> None:
    """Those that have none say so by their expression: what is absent has no number."""
    rules = [
        rule
        for file in RULES.glob("*.yml")
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]

    without = {rule["alert"] for rule in rules if not condition_of(rule["expr"]).limit}

    assert len(without) < len(rules) / 10, without


def test_series_of_others_are_left_out() -> None:
    """A limit for all has no label; a name of a metric is none of an alert."""
    series = [
        Series(labels={"__name__": "a", "service": "shop"}, points=[]),
        Series(labels={"service": "search"}, points=[]),
        Series(labels={"model": "m"}, points=[]),
        Series(labels={}, points=[]),
    ]

    assert belonging(series, {"service": "shop", "severity": "high"}) == [series[0], series[3]]
