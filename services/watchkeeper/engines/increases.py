"""How much counters grew in a window, exactly.

`anchored` takes their values at both ends of the window and extrapolates nothing (docs/decisions/0007-exact-money.md),
over restarts and several exporters.
"""

from collections.abc import Mapping
from decimal import Decimal

import httpx

from watchkeeper.engines.asking import asked
from watchkeeper.engines.vectors import VectorSeries, vector_of
from watchkeeper.engines.windows import Window
from watchkeeper.errors import EngineError

# The metrics of who spends, without drills, which cost no one anything.
NO_DRILLS = 'service!~"drill-.*"'
# The value at the start of a window is the last one before it: also of an exporter that was not scraped for a day.
_LOOKBACK = "1d"
# What Prometheus says of a query that its memory does not hold.
_TOO_MUCH = ("too many samples", "timed out", "query timed out")
_LEAST_SECONDS = 600.0
# Two scrapes and more.
_BEGINNING_SECONDS = 300.0

Labels = tuple[str, ...]


class Increases:
    """Asks Prometheus. Every method raises EngineError, with a sentence, when it does not answer or refuses."""

    def __init__(self, client: httpx.Client, prometheus_url: str) -> None:
        self._client = client
        self._url = prometheus_url

    def of(self, metric: str, labels: str, window: Window, matcher: str = NO_DRILLS) -> Mapping[Labels, Decimal]:
        """How much a counter grew, by labels; in two halves where Prometheus refuses the whole."""
        seconds = window.end - window.start
        query = f"sum by ({labels}) (increase({metric}{{{matcher}}}[{seconds * 1000:.0f}ms] anchored))"
        try:
            found = self._vector(query, window.end)
        except EngineError as error:
            if seconds < _LEAST_SECONDS or not any(sign in str(error) for sign in _TOO_MUCH):
                raise
            return self._halves(metric, labels, window, matcher)
        names = [name.strip() for name in labels.split(",")]
        return {tuple(one.metric.get(name, "") for name in names): Decimal(one.value[1]) for one in found}

    def has_beginning(self, window: Window) -> bool:
        """Whether Prometheus has samples from the beginning of a window."""
        return bool(self._vector("count(up)", min(window.start + _BEGINNING_SECONDS, window.end)))

    def _halves(self, metric: str, labels: str, window: Window, matcher: str) -> Mapping[Labels, Decimal]:
        middle = float(round((window.start + window.end) / 2))
        halves = (Window(start=window.start, end=middle), Window(start=middle, end=window.end))
        first, second = (self.of(metric, labels, half, matcher) for half in halves)
        return {key: first.get(key, Decimal(0)) + second.get(key, Decimal(0)) for key in first.keys() | second.keys()}

    def _vector(self, query: str, at: float) -> list[VectorSeries]:
        form = {"query": query, "time": f"{at:.3f}", "lookback_delta": _LOOKBACK}
        return vector_of(asked("Prometheus", self._client.post, self._url, "/api/v1/query", data=form))
