"""What Prometheus knows of two windows, and what Loki knows of changes between them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from watchkeeper.engines.amounts import query, selector
from watchkeeper.engines.asking import asked
from watchkeeper.engines.vectors import VectorSeries, vector_of
from watchkeeper.explain.changes import Change
from watchkeeper.explain.samples import Sample, Samples

_HOUR = 3600.0
_MOST_CHANGES = 100
_ANSWER_SECONDS = 120.0
_NANOSECONDS = 1_000_000_000
_RETENTION = re.compile(r"(\d+)([hdwy])")
_UNIT_SECONDS = {"h": _HOUR, "d": 24 * _HOUR, "w": 7 * 24 * _HOUR, "y": 365 * 24 * _HOUR}
# How long a sample is the value of its series (--query.lookback-delta): a window that begins later has its beginning.
_LOOKBACK_SECONDS = 300.0
_CHANGE_EVENTS = "deployment_recorded|prompt_version_seen|model_seen|prices_changed"
_CHANGE_FIELDS = ", ".join(f'{name}="{name}"' for name in ("kind", "name", "version", "label", "action", "author"))

_HOW = {"deployment_recorded": "announced", "prices_changed": "changed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From ``start`` to ``end``, both in Unix seconds."""

    start: float
    end: float

    @property
    def hours(self) -> float:
        """How long it is."""
        return (self.end - self.start) / _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveAlert:
    """An alert that is pending or fires for a service; ``since`` is when its condition became true, in Unix seconds."""

    name: str
    service: str
    since: float


class PastCalls:
    """Asks the Prometheus at a base URL, and waits for an answer as long as it is given.

    Every method raises EngineError, with a sentence, when Prometheus does not answer or refuses.
    """

    def __init__(self, client: httpx.Client, url: str, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._client = client
        self._url = url
        self._answer_seconds = answer_seconds

    def samples(self, amounts: Sequence[str], before: Window, after: Window, services: Sequence[str] = ()) -> Samples:
        """How much of each amount there was per hour in both windows: one query for each."""
        return Samples(
            before=list(self.window(amounts, before, services)), after=list(self.window(amounts, after, services))
        )

    def gaps(self, before: Window, after: Window, now: float) -> Iterator[str]:
        """Yield a sentence for each window whose beginning Prometheus does not have."""
        kept = self._retention_seconds()
        for name, window in (("before", before), ("now", after)):
            if kept and window.start < now - kept:
                yield f"the window {name} begins before what Prometheus keeps ({kept / _UNIT_SECONDS['d']:g} days)"
            elif not self._vector("count(up)", window.start + _LOOKBACK_SECONDS):
                yield f"Prometheus has no samples from the beginning of the window {name}"

    def window(self, amounts: Sequence[str], window: Window, services: Sequence[str] = ()) -> Iterator[Sample]:
        """Yield how much of each amount there was per hour in one window: one query."""
        for series in self._vector(query(amounts, round(window.end - window.start), services), window.end):
            labels = series.metric
            yield Sample(amount=labels.pop("amount"), labels=labels, per_hour=float(series.value[1]) / window.hours)

    def _asked(self, ask: Callable[..., httpx.Response], path: str, **sent: Any) -> Any:
        return asked("Prometheus", ask, self._url, path, timeout=self._answer_seconds, **sent)

    def _retention_seconds(self) -> float:
        """How long Prometheus keeps samples; 0 where only their size is limited."""
        about = self._asked(self._client.get, "/api/v1/status/runtimeinfo")
        found = _RETENTION.match(str(about.get("storageRetention", "")))
        return int(found[1]) * _UNIT_SECONDS[found[2]] if found else 0.0

    def active_alerts(self, names: Sequence[str], now: float) -> list[ActiveAlert]:
        """The alerts of these names that are pending or fire for a service, those first that have longest."""
        expression = f'ALERTS_FOR_STATE{{alertname=~"{"|".join(names)}",service!=""}}'
        found: dict[tuple[str, str], float] = {}
        for series in self._vector(expression, now):
            key = series.metric["alertname"], series.metric["service"]
            found[key] = min(found.get(key, now), float(series.value[1]))
        alerts = (ActiveAlert(name=name, service=service, since=since) for (name, service), since in found.items())
        return sorted(alerts, key=lambda alert: (alert.since, alert.name, alert.service))

    def _vector(self, expression: str, at: float) -> list[VectorSeries]:
        form = {"query": expression, "time": f"{at:.3f}"}
        return vector_of(self._asked(self._client.post, "/api/v1/query", data=form))


def recorded_changes(client: httpx.Client, url: str, span: Window, services: Sequence[str] = ()) -> list[Change]:
    """Return the changes that log lines report between two moments, the oldest first; prices are of every service.

    Raises: EngineError when Loki does not answer.
    """
    own = selector((*services, "watchkeeper")) if services else 'service=~".+"'
    parameters = {
        "query": f'{{event=~"{_CHANGE_EVENTS}", {own}}} | json {_CHANGE_FIELDS}',
        "start": str(round(span.start * _NANOSECONDS)),
        "end": str(round(span.end * _NANOSECONDS)),
        "limit": str(_MOST_CHANGES),
    }
    streams = asked("Loki", client.get, url, "/loki/api/v1/query_range", params=parameters)["result"]
    return sorted(
        Change(at=int(at) / _NANOSECONDS, service=stream["stream"].get("service", ""), what=_what(stream["stream"]))
        for stream in streams
        for at, _line in stream["values"]
    )


def _what(labels: Mapping[str, str]) -> str:
    how = labels.get("action") or _HOW.get(labels.get("event", ""), "seen")
    label, author = (labels.get(name, "") for name in ("label", "author"))
    words = [labels.get(name, "") for name in ("kind", "name", "version")]
    words += [f"({label})" if label else "", how, f"by {author}" if author else ""]
    return " ".join(word for word in words if word)
