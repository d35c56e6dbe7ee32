"""A Prometheus of made-up features: it answers the analyzer's queries from counts by window."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

NOW = 1_795_248_000.0
DAY = 86_400

# Counts by bin, by metric, other labels as text, and offset in seconds.
Labels = tuple[tuple[str, str], ...]
Counts = Mapping[str, float]


class Traffic:
    """What windows hold: ``put`` says it for a metric, labels and an offset; ``queries`` are those that were asked."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.broken: set[str] = set()
        self.hours: dict[str, dict[str, Callable[[float], float | None]]] = {}
        self.own_limits: dict[tuple[str, str], float] = {}
        self.raw: bytes | None = None
        self.accepted: list[dict[str, Any]] | None = []
        self._counts: dict[str, dict[tuple[Labels, int], Counts]] = {}

    def put(self, metric: str, counts: Counts, *offsets: int, **labels: str) -> None:
        """Set the counts of a series by bin; by the bounds of buckets they are cumulative."""
        for offset in offsets:
            self._counts.setdefault(metric, {})[tuple(sorted(labels.items())), offset] = counts

    def client(self) -> httpx.Client:
        """A client for which this is Prometheus."""
        return httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/drift/accepted":  # the analyzer's, beside Prometheus
            return self._accepted()
        if self.raw is not None:
            return httpx.Response(200, content=self.raw)
        form = httpx.QueryParams(request.content.decode())
        query = form["query"]
        self.queries.append(query)
        if any(word in query for word in self.broken):
            return httpx.Response(503, json={"status": "error", "error": "too busy"})
        if request.url.path.endswith("query_range"):
            result = list(self._over_time(query, form))
        elif query.startswith("quantile_over_time"):
            result = [
                {"metric": {"service": service, "feature": feature}, "value": [NOW, str(value)]}
                for (service, feature), value in self.own_limits.items()
            ]
        else:
            result = list(self._instant(query))
        return httpx.Response(200, json={"status": "success", "data": {"result": result}})

    def _accepted(self) -> httpx.Response:
        if self.accepted is None:
            return httpx.Response(502)
        return httpx.Response(200, json={"accepted": self.accepted, "is_kept": True})

    def _instant(self, query: str) -> Iterator[dict[str, Any]]:
        terms = re.findall(r"increase\([^)]*\)", query)
        offsets = {int(found[1]) if (found := re.search(r"offset (\d+)s", term)) else 0 for term in terms}
        by, metric = re.findall(r"sum by \(([^)]*)\) \(increase\((\w+)\{", query)[0]
        *_, bin_label = by.split(", ")
        where = dict(re.findall(r'(\w+)="([^"]*)"', re.findall(r"\{[^}]*\}", query)[0]))
        for (labels, offset), counts in self._counts.get(metric, {}).items():
            named = dict(labels)
            if offset in offsets and all(named.get(name) == value for name, value in where.items()):
                shown = {name: value for name, value in named.items() if name in by}
                if offset:
                    shown["reference_offset"] = str(offset)
                for name, value in counts.items():
                    yield {"metric": {**shown, bin_label: name}, "value": [NOW, str(value)]}

    def _over_time(self, query: str, form: httpx.QueryParams) -> Iterator[dict[str, Any]]:
        start, end, step = (float(form[name]) for name in ("start", "end", "step"))
        times = [start + step * number for number in range(int((end - start) // step) + 1)]
        for name, services in self.hours.items():
            if name in query:
                for service, value_at in services.items():
                    known = [(at, value) for at in times if (value := value_at(at)) is not None]
                    yield {"metric": {"service": service}, "values": [[at, str(value)] for at, value in known]}

    def asked(self) -> Counter[str]:
        """How often each query was asked."""
        return Counter(self.queries)


def cumulative(bounds: tuple[float, ...], counts: tuple[float, ...]) -> dict[str, float]:
    """Counts by bucket as Prometheus has them."""
    total, found = 0.0, {}
    for bound, count in zip([*map(str, bounds), "+Inf"], counts, strict=True):
        total += count
        found[bound] = total
    return found
