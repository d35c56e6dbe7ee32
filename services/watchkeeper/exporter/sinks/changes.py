"""Reports changes that no one announced: what is seen for the first time, and prices that were others before."""

from collections.abc import Sequence
from pathlib import Path

from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.watch.first_seen import FirstSeen
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Context, Deployment, Fact, LlmCall

_PRICES_FILE = "prices.txt"
_OURSELVES = "watchkeeper"
# A prompt of so many services is a library; annotations on more pages help no one.
_MOST_SERVICES = 50


def services_with(store: MetricStore, prompt: str) -> list[str]:
    """The services whose calls named a prompt; that of the stack, which every page shows, where none did."""
    family = store.families["llm_requests_total"]
    service, name = map(family.metric.labels.index, ("service", "prompt"))
    found = {row[service] for row in family.series if row[name] == prompt}
    return sorted(found - {"", OTHER})[:_MOST_SERVICES] or [_OURSELVES]


class ChangeSink:
    """Gives each change to ``sinks`` as a fact like any other."""

    def __init__(self, first_seen: FirstSeen, sinks: Sequence[MetricsSink | LogSink]) -> None:
        self._first_seen = first_seen
        self._sinks = sinks

    def __len__(self) -> int:
        return len(self._first_seen)

    @property
    def reports_from(self) -> float:
        """From when on changes are reported (Unix seconds)."""
        return self._first_seen.reports_from

    def start(self, store: MetricStore, now: float, reports_from: float | None = None) -> None:
        """Know what was seen before the restart; ``reports_from`` is of a process whose requests come again."""
        family = store.families["llm_requests_total"]
        service, model, prompt, version = map(
            family.metric.labels.index, ("service", "model", "prompt", "prompt_version")
        )
        rows = ((row[service], row[model], row[prompt], row[version]) for row in family.series)
        self._first_seen.start(rows, now, reports_from)

    def take(self, fact: Fact, now: float) -> None:
        """Look at one fact; ``now`` is the time of arrival in Unix seconds."""
        if isinstance(fact, LlmCall):
            for change in self._first_seen.see(fact, now):
                self._emit(change, now)

    def _emit(self, change: Deployment, now: float) -> None:
        for sink in self._sinks:
            sink.take(change, now)

    def compare_prices(self, prices: str, directory: Path, now: float) -> None:
        """Report when the active prices are not those that the last start wrote into ``directory``."""
        file = directory / _PRICES_FILE
        before = file.read_text(encoding="utf-8") if file.is_file() else prices
        if before != prices:
            context = Context(time_ns=int(now * 1e9), service=_OURSELVES)
            self._emit(Deployment(context=context, kind="price", name="prices", version=prices, is_inferred=True), now)
        directory.mkdir(parents=True, exist_ok=True)
        file.write_text(prices, encoding="utf-8")
