"""The Prometheus that runs, asked for its rules and for its past."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from watchkeeper.engines.asking import asked
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.limits.spells import Timing

# Prometheus answers with at most 11 000 samples a series: a week has 10 080 minutes.
_MOST_STEPS = 10_000
STEP = 60.0

Labels = tuple[tuple[str, str], ...]
Samples = dict[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """An alert as Prometheus runs it."""

    name: str
    expression: str
    severity: str
    timing: Timing


class Past:
    """Everything since a moment, minute by minute; times are seconds since the Unix epoch."""

    def __init__(self, client: httpx.Client, start: float, end: float) -> None:
        self._client = client
        # Whole minutes, so that an answer is the same however the time is cut.
        self._start, self._end = start // STEP * STEP, end // STEP * STEP

    def rules(self, alert: str = "") -> list[AlertRule]:
        """The alerts that run, or those of one name.

        Raises: WatchkeeperError when there is none of that name.
        """
        groups = self._ask("/api/v1/rules", {"type": "alert"})["groups"]
        found = [_rule(rule) for group in groups for rule in group["rules"] if alert in ("", rule["name"])]
        if not found:
            raise WatchkeeperError(f"alert must be one that Prometheus runs, got {alert!r}")
        return found

    def values(self, expression: str) -> dict[Labels, Samples]:
        """What an expression gave at each minute, by labels."""
        found: dict[Labels, Samples] = {}
        for first, last in self._pieces():
            asked = {"query": expression, "start": str(first), "end": str(last), "step": str(STEP)}
            for series in self._ask("/api/v1/query_range", asked)["result"]:
                labels = tuple(sorted((name, value) for name, value in series["metric"].items() if name != "__name__"))
                found.setdefault(labels, {}).update((float(time), float(value)) for time, value in series["values"])
        return found

    def _pieces(self) -> Iterator[tuple[float, float]]:
        first = self._start
        while first <= self._end:
            last = min(first + _MOST_STEPS * STEP, self._end)
            yield first, last
            first = last + STEP

    def _ask(self, path: str, parameters: Mapping[str, str]) -> Any:
        url = str(self._client.base_url).rstrip("/")
        return asked("Prometheus", self._client.get, url, path, params=dict(parameters))


def _rule(rule: Mapping[str, Any]) -> AlertRule:
    timing = Timing(step=STEP, waits=rule.get("duration", 0.0), stays=rule.get("keepFiringFor", 0.0))
    severity = rule["labels"].get("severity", "")
    return AlertRule(name=rule["name"], expression=rule["query"], severity=severity, timing=timing)
