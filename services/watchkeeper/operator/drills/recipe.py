"""What makes an alert fire: the series of its own promtool test, marked so that no one takes them for real."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.drills.notation import read_labels, read_values

PREFIX = "drill-"

# The first of these that the alert keeps carries the mark: Prometheus sets drill="true" on every alert in which one of
# them begins with the prefix (alert_relabel_configs in prometheus.yml).
MARKED_LABELS = (
    "service",
    "instance",
    "provider",
    "tenant",
    "budget",
    "slo",
    "integration",
    "canary",
    "evaluator",
    "quota",
    "spender",
    "project",
)

# The service of a limit that holds for all services.
_ANY = "*"
_LIMIT = "llm_alert_threshold"
_SEVERITIES = ("none", "low", "medium", "high", "critical")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of a recipe: ``values`` one per interval, None where there is no sample."""

    labels: dict[str, str]
    values: tuple[float | None, ...]

    def ongoing(self, index: int) -> tuple[float, float] | None:
        """The value at ``index`` and its growth per interval there; None where the series has ended."""
        if index >= len(self.values) or (value := self.values[index]) is None:
            return None
        before = self.values[index - 1] if index else value
        return value, 0.0 if before is None else value - before


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to make an alert fire at its highest severity.

    ``fires_after_seconds`` is how long the condition has lasted when the test sees the alert; ``mark`` is the value
    that begins with the prefix and that the alert carries in ``mark_label``.
    """

    judge: ClassVar[str] = "prometheus"

    alert: str
    severity: str
    mark_label: str
    mark: str
    interval_seconds: float
    fires_after_seconds: float
    series: tuple[Series, ...]

    @property
    def fires_at_index(self) -> int:
        """The interval in which the test sees the alert."""
        return int(self.fires_after_seconds // self.interval_seconds)


def read_recipe(alert: str, tests: Path, run: str = "") -> Recipe:
    """The first case of the alert's promtool test that sees it fire at its highest severity.

    ``run`` becomes a part of the marks, so that what an earlier drill of the alert wrote is not taken for this one's.

    Raises: WatchkeeperError when there is no such case, or when nothing in it can carry the mark.
    """
    file = tests / f"{alert}.yml"
    if not file.is_file():
        raise WatchkeeperError(f"{alert}: has no test {file.name} in {tests}; `watchkeeper drill` lists the alerts")
    # Every scalar as its text: YAML would read the values 0x40 (forty-one zeros) as the number 64.
    tree = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  # makes nothing but texts
    cases = list(_firing_cases(tree, alert))
    if not cases:
        raise WatchkeeperError(f"{file}: no case expects {alert} to fire")
    test, eval_time, expected = max(cases, key=lambda case: _SEVERITIES.index(case[2].get("severity", "none")))
    given = [(read_labels(item["series"]), tuple(read_values(item["values"]))) for item in test["input_series"]]
    series = [(labels, values) for labels, values in given if not is_real_limit(labels, alert)]
    label = _mark_label(alert, expected, [labels for labels, _ in series])
    prefix = "-".join(filter(None, (f"{PREFIX}{alert}", run)))
    mark = f"{prefix}-{expected[label]}"
    return Recipe(
        alert=alert,
        severity=expected.get("severity", "none"),
        mark_label=label,
        mark=mark,
        interval_seconds=seconds(test.get("interval", "1m")),
        fires_after_seconds=seconds(eval_time),
        series=tuple(
            Series(labels={**labels, label: _marked(labels.get(label, _ANY), prefix, mark)}, values=values)
            for labels, values in series
        ),
    )


def is_real_limit(labels: dict[str, str], alert: str) -> bool:
    """Whether a drill must leave the limit as it is: one of another alert, or one that holds for all at once."""
    is_limit = labels["__name__"] == _LIMIT
    return is_limit and (labels.get("alert") != alert or "service" not in labels)


def _marked(value: str, prefix: str, mark: str) -> str:
    """A value with the prefix; what holds for everyone is written for the drill alone."""
    return mark if value == _ANY else f"{prefix}-{value}"


def _firing_cases(file: dict[str, Any], alert: str) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """Every test, time and set of labels at which the alert is expected."""
    for test in file["tests"]:
        for case in test.get("alert_rule_test", ()):
            if case["alertname"] == alert:
                for expected in case.get("exp_alerts") or ():
                    yield test, case["eval_time"], expected["exp_labels"]


def _mark_label(alert: str, expected: dict[str, str], series: Sequence[dict[str, str]]) -> str:
    for label in MARKED_LABELS:
        if label in expected and any(labels.get(label) == expected[label] for labels in series):
            return label
    raise WatchkeeperError(
        f"{alert}: keeps none of the labels {', '.join(MARKED_LABELS)} of what it measures, so a drill could not be "
        "distinguished from real logs; its promtool test proves the rule, `make alert-test` the way to the receivers"
    )


def seconds(duration: str) -> float:
    """``1h30m`` as seconds."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", str(duration)))
