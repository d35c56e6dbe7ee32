"""Make the condition of a recipe true in the running Prometheus, keep it true, and end it."""

import math
import re
from collections.abc import Iterable, Iterator

from watchkeeper.operator.drills.live import LiveStack, Rule
from watchkeeper.operator.drills.recipe import Recipe, Series, seconds
from watchkeeper.operator.drills.remote_write import STALE, Samples

_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
# Prometheus refuses more points of one series in one answer (web/api/v1: 11,000).
_MOST_POINTS = 10_000
# To Prometheus a sample is the value for five minutes (--query.lookback-delta), and then there is none.
_FRESH_SECONDS = 240.0
# Prometheus takes samples that are 8 days old (out_of_order_time_window); an hour is space for the drill itself.
_OLDEST_SECONDS = 8 * 86400 - 3600
# Values of such metrics are times, and a test's time begins at zero.
_TIME_SUFFIX = "_timestamp_seconds"
# As often as Prometheus scrapes.
_SAMPLE_EVERY_SECONDS = 15.0

Written = Iterable[tuple[dict[str, str], Samples]]


class SeriesCondition:
    """The series of a recipe in Prometheus; ``began`` is when the condition became true, in Unix seconds.

    ``lookback_seconds`` is how far back the rules look, known once the condition has begun.

    ``time_scale`` divides the recipe's times, for a stack whose rules are shortened as much.
    """

    def __init__(self, recipe: Recipe, stack: LiveStack, *, now: float, time_scale: float = 1.0) -> None:
        self._recipe = recipe
        self._stack = stack
        self._interval = recipe.interval_seconds / time_scale
        self._sample_every_seconds = _SAMPLE_EVERY_SECONDS / time_scale
        self._last_sample = 0.0
        self.began = now - recipe.fires_after_seconds / time_scale
        self._oldest = now - _OLDEST_SECONDS
        self.lookback_seconds = 0.0

    async def begin(self) -> None:
        """Write the past: the recipe's series, then what the recording rules would have made of them."""
        await self._stack.write((series.labels, list(self._past(series))) for series in self._recipe.series)
        # Rules also give what applications push the names of our own metrics: those the recipe writes itself.
        known = {rule.name: rule for rule in await self._stack.rules("record") if ":" in rule.name}
        alerts = [rule for rule in await self._stack.rules("alert") if rule.name == self._recipe.alert]
        needed = _needed(alerts, known)
        for rule in needed:
            await self._stack.write(await self._recorded(rule))
        self.lookback_seconds = max(_lookback_seconds(rule.expression) for rule in [*alerts, *needed])

    async def go_on(self, now: float) -> None:
        """Write a sample of now, unless one is fresh: every series goes on as it went when the test saw the alert."""
        if now - self._last_sample >= self._sample_every_seconds:
            self._last_sample = now
            await self._stack.write(self._present(now))

    async def end(self, now: float) -> None:
        """Say that the series have ended."""
        timestamp = round(now * 1000)
        await self._stack.write((series.labels, [(timestamp, STALE)]) for series in self._recipe.series)

    def _past(self, series: Series) -> Iterator[tuple[int, float]]:
        for index, value in enumerate(series.values[: self._recipe.fires_at_index + 1]):
            timestamp = self.began + index * self._interval
            if value is not None and timestamp > self._oldest:
                yield round(timestamp * 1000), self._shown(series, value)

    def _present(self, now: float) -> Iterator[tuple[dict[str, str], Samples]]:
        index = self._recipe.fires_at_index
        intervals = (now - self.began) / self._interval - index
        for series in self._recipe.series:
            if (ongoing := series.ongoing(index)) is not None:
                value, growth = ongoing
                yield series.labels, [(round(now * 1000), self._shown(series, value + growth * intervals))]

    def _shown(self, series: Series, value: float) -> float:
        return value + self.began if series.labels["__name__"].endswith(_TIME_SUFFIX) else value

    async def _recorded(self, rule: Rule) -> list[tuple[dict[str, str], Samples]]:
        """What a recording rule gives for the marked series, from the beginning until the test's moment."""
        start = max(self.began, self._oldest)
        end = self.began + self._recipe.fires_at_index * self._interval
        found = await self._stack.history(rule.expression, start, end, self._step(end - start))
        return [
            (
                {**series["metric"], **rule.labels, "__name__": rule.name},
                [(round(timestamp * 1000), float(value)) for timestamp, value in series["values"]],
            )
            for series in found
            if self._is_marked(series["metric"])
        ]

    def _step(self, seconds: float) -> float:
        """Between two recorded samples: a part of the recipe's interval, so that rules always find a fresh one."""
        return max(self._interval / math.ceil(self._interval / _FRESH_SECONDS), seconds / _MOST_POINTS)

    def _is_marked(self, labels: dict[str, str]) -> bool:
        marks = {series.labels.get(self._recipe.mark_label) for series in self._recipe.series}
        return labels.get(self._recipe.mark_label) in marks - {None}


def _lookback_seconds(expression: str) -> float:
    """The longest range of an expression; 0 when it has none."""
    return max((seconds(found) for found in re.findall(r"\[(\w+)", expression)), default=0.0)


def _needed(rules: Iterable[Rule], known: dict[str, Rule]) -> list[Rule]:
    """The recording rules that some rules read, and those that these read, what is read first."""
    needed: list[Rule] = []
    seen: set[str] = set()

    def visit(rule: Rule) -> None:
        for name in _NAME.findall(rule.expression):
            if name in known and name not in seen:
                seen.add(name)
                visit(known[name])
                needed.append(known[name])

    for rule in rules:
        visit(rule)
    return needed
