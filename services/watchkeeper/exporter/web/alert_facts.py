"""What the page of an alert shows beside the alert itself: asked of the engines when someone opens it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from watchkeeper.engines.alertmanager import HeldAlert
from watchkeeper.engines.condition import belonging, condition_of
from watchkeeper.engines.history import Span, expressions_of, last_lines, over_time
from watchkeeper.engines.logql import quoted
from watchkeeper.errors import EngineError
from watchkeeper.exporter.web.graphs import Points, Size, graph, short

_HOURS = 3.0
_STEP_SECONDS = 60
# As links to logs of notifications: what happened before it fired.
_BEFORE_SECONDS = 900.0
_MOST_LINES = 20
_MOST_TRACES = 3
_SIZE = Size(width=640, height=220)
# What a line is for in one row, in this order; the rest of it is in Loki.
_SHOWN = ("event", "level", "status", "error_type", "provider", "model", "tool", "duration_seconds", "detail")
_MOST_CHARACTERS = 300
_LONGEST_ID = 256
_BAD_LEVELS = ("warning", "error", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A graph as a data: URL, and what it shows in words."""

    url: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One log line: when, what, and of which trace."""

    time: str
    text: str
    trace_id: str
    is_error: bool


class AlertFacts:
    """Asks Prometheus and Loki; either URL may be empty."""

    def __init__(self, client: httpx.Client, prometheus_url: str, loki_url: str) -> None:
        self._client = client
        self._prometheus = prometheus_url
        self._loki = loki_url

    def graph(self, alert: HeldAlert, now: float) -> Drawn | str:
        """The alert's value of the last three hours with its limit, or a sentence on why there is none."""
        if not self._prometheus:
            return "No Prometheus is named to this exporter."
        name = alert.labels.get("escalated_alert") or alert.labels.get("alertname", "")
        span = Span(start=now - _HOURS * 3600, end=now, step_seconds=_STEP_SECONDS)
        try:
            found = [
                drawn
                for expression in expressions_of(self._client, self._prometheus, name)
                if (drawn := self._drawn(expression, alert.labels, span))
            ]
        except EngineError as error:
            return str(error)
        return found[0] if found else "Prometheus has no value of this alert in the last three hours."

    def lines(self, alert: HeldAlert, now: float) -> Sequence[Line] | str:
        """The last lines of the alert's service, or provider, since before it fired; or why there are none."""
        if not self._loki:
            return "No Loki is named to this exporter."
        span = Span(start=alert.starts_at.timestamp() - _BEFORE_SECONDS, end=now, step_seconds=1)
        try:
            lines = last_lines(self._client, self._loki, _line_query(alert.labels), span, _MOST_LINES)
        except EngineError as error:
            return str(error)
        return [_line(at, content) for at, content in lines]

    def _drawn(self, expression: str, labels: Mapping[str, str], span: Span) -> Drawn | None:
        condition = condition_of(expression)
        value = self._highest(condition.value, labels, span)
        if not value:
            return None
        limit = self._limit(condition.limit, labels, span, value)
        words = f"Now {short(value[-1][1])}, highest {short(max(number for _, number in value))} in three hours"
        of_limit = f", limit {short(limit[-1][1])}" if limit else ""
        return Drawn(url=graph(value, limit, _SIZE, short), words=f"{words}{of_limit}; times in UTC.")

    def _highest(self, query: str, labels: Mapping[str, str], span: Span) -> Points:
        """Of the series that belong to the alert, the one that ends highest."""
        found = belonging(over_time(self._client, self._prometheus, query, span), labels)
        return max((one.points for one in found if one.points), key=_last, default=())

    def _limit(self, limit: str, labels: Mapping[str, str], span: Span, value: Points) -> Points:
        if not limit:
            return ()
        try:
            number = float(limit)
        except ValueError:
            return self._highest(limit, labels, span)
        return [(at, number) for at, _ in (value[0], value[-1])]


def example_traces(lines: Sequence[Line] | str) -> list[str]:
    """Up to three traces that the lines name: those of errors first, then the newest."""
    named = [line for line in lines if line.trace_id] if not isinstance(lines, str) else []
    return list(dict.fromkeys(line.trace_id for line in sorted(named, key=lambda line: not line.is_error)))[
        :_MOST_TRACES
    ]


def _last(points: Points) -> float:
    return points[-1][1]


def _line_query(labels: Mapping[str, str]) -> str:
    if not labels.get("service") and (provider := labels.get("provider")):
        return f'{{event="llm_call_completed"}} | provider={quoted(provider)}'
    return f"{{service={quoted(labels.get('service') or 'watchkeeper')}}}"


def _line(at: float, content: Mapping[str, object]) -> Line:
    time = datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
    text = " ".join(_words(content))[:_MOST_CHARACTERS]
    trace_id = str(content.get("trace_id") or "")[:_LONGEST_ID]
    return Line(time=time, text=text, trace_id=trace_id, is_error=content.get("level") in _BAD_LEVELS)


def _words(content: Mapping[str, object]) -> Iterator[str]:
    for key in _SHOWN:
        value = content.get(key)
        if isinstance(value, str | int | float) and value != "":
            text = short(value) if isinstance(value, float) else str(value)
            yield text if key in ("event", "level") else f"{key}={text}"
