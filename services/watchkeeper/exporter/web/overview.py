"""What the start page shows of the last hour: asked of Prometheus and Alertmanager, so that it survives a restart."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import httpx

from watchkeeper.engines.alertmanager import Alertmanager, worst_first
from watchkeeper.engines.history import Span, over_time
from watchkeeper.errors import EngineError
from watchkeeper.exporter.web.alert_pages import alert_row
from watchkeeper.exporter.web.graphs import Size, graph, short

_HOUR_SECONDS = 3600.0
_STEP_SECONDS = 60
# The page is loaded again every ten seconds, by everyone who has it open; a scrape comes every fifteen.
_KEPT_SECONDS = 10.0
_SIZE = Size(width=280, height=110)
_MOST_ALERTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A graph of the start page: its title, its query, and how its numbers are written."""

    title: str
    query: str
    written: Callable[[float], str] = short


def _dollars(value: float) -> str:
    return f"${short(value)}"


def _percent(value: float) -> str:
    return f"{short(value * 100)}%"


def _seconds(value: float) -> str:
    return f"{short(value)} s"


# Drills are no one's calls.
_REAL = 'service!~"drill-.*"'
MEASURES = (
    Measure(title="Calls a minute", query=f"60 * sum(rate(llm_requests_total{{{_REAL}}}[5m]))"),
    Measure(
        title="Failed calls",
        query=f'(sum(rate(llm_requests_total{{status!="ok",{_REAL}}}[5m])) or vector(0))'
        f" / sum(rate(llm_requests_total{{{_REAL}}}[5m]) > 0)",
        written=_percent,
    ),
    Measure(
        title="Latency, p95",
        query=f"histogram_quantile(0.95, sum by (le) (rate(llm_request_duration_seconds_bucket{{{_REAL}}}[5m])))",
        written=_seconds,
    ),
    Measure(title="Cost an hour", query=f"3600 * sum(rate(llm_cost_dollars_total{{{_REAL}}}[5m]))", written=_dollars),
    Measure(
        title="Tokens a minute",
        query=f'60 * sum(rate(llm_tokens_total{{type=~"input|output",{_REAL}}}[5m]))',
    ),
    # An exporter that is scraped and has counted none has dropped none.
    Measure(
        title="Dropped records a minute",
        query='60 * (sum(rate(watchkeeper_ingest_dropped_total[5m])) or 0 * sum(up{job="exporter"}))',
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The graphs and the alerts, or the sentence on why there are none."""

    graphs: Sequence[dict[str, str]] = ()
    graphs_problem: str = ""
    alerts: Sequence[dict[str, Any]] = ()
    more_alerts: int = 0
    alerts_problem: str = ""


class HourOverview:
    """Asks the engines, at most once in ten seconds; one that does not answer costs its part of the page."""

    def __init__(self, client: httpx.Client, prometheus_url: str, alertmanager: Alertmanager | None) -> None:
        self._client = client
        self._prometheus = prometheus_url
        self._alertmanager = alertmanager
        self._turn = Lock()
        self._kept = Overview()
        self._kept_at = float("-inf")

    def now(self) -> Overview:
        """The last hour; blocks until the engines answer, or not."""
        with self._turn:
            if time.monotonic() - self._kept_at > _KEPT_SECONDS:
                self._kept = self._asked()
                self._kept_at = time.monotonic()
            return self._kept

    def _asked(self) -> Overview:
        graphs, graphs_problem = self._graphs()
        rows, alerts_problem = self._firing()
        return Overview(
            graphs=graphs,
            graphs_problem=graphs_problem,
            alerts=rows[:_MOST_ALERTS],
            more_alerts=max(0, len(rows) - _MOST_ALERTS),
            alerts_problem=alerts_problem,
        )

    def _graphs(self) -> tuple[list[dict[str, str]], str]:
        if not self._prometheus:
            return [], "No Prometheus is named to this exporter."
        end = time.time()
        span = Span(start=end - _HOUR_SECONDS, end=end, step_seconds=_STEP_SECONDS)
        try:
            return [self._graph(measure, span) for measure in MEASURES], ""
        except EngineError as error:
            return [], str(error)

    def _graph(self, measure: Measure, span: Span) -> dict[str, str]:
        found = over_time(self._client, self._prometheus, measure.query, span)
        points = found[0].points if found else ()
        if not points:
            return {"title": measure.title, "now": "no data", "url": ""}
        now = measure.written(points[-1][1])
        return {"title": measure.title, "now": now, "url": graph(points, (), _SIZE, measure.written)}

    def _firing(self) -> tuple[list[dict[str, Any]], str]:
        if self._alertmanager is None:
            return [], "No Alertmanager is named to this exporter."
        try:
            alerts = worst_first(self._alertmanager.alerts())
        except EngineError as error:
            return [], str(error)
        return [alert_row(alert) for alert in alerts if not alert.is_quiet], ""
