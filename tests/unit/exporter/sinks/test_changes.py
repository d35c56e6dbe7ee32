"""Changes become lines and numbers, and prices are compared with those of the last start."""

import json
from pathlib import Path

from tests.support.facts import NOW, make_call, make_context

from watchkeeper.exporter.sinks.changes import ChangeSink
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.watch.first_seen import FirstSeen
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore


class Reported:
    """A sink of changes that writes to a list of lines, started with one call counted before."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.store = MetricStore(METRICS)
        admission = LabelAdmission({}, lambda _label, _service: None)
        metrics = MetricsSink(self.store, admission, lambda _service: None)
        metrics.take(make_call(context=make_context(prompt="p", prompt_version="1")), NOW)
        self.sink = ChangeSink(FirstSeen(900.0), (metrics, LogSink(self.written.append, admission)))
        self.sink.start(self.store, NOW)

    def events(self) -> list[tuple[str, str]]:
        """Event and version of every line."""
        return [(line["event"], line.get("version", "")) for line in map(json.loads, self.written)]


def test_a_prompt_version_seen_first_is_a_line_and_a_number() -> None:
    """Dashboards draw the line, rules may read the number."""
    reported = Reported()

    reported.sink.take(make_call(context=make_context(prompt="p", prompt_version="1")), NOW)
    reported.sink.take(make_call(context=make_context(prompt="p", prompt_version="2")), NOW)

    assert reported.events() == [("prompt_version_seen", "2")]
    assert [values[-1] for values in reported.store.families["llm_deployments_total"].series] == ["prompt"]


def test_new_prices_are_reported_at_the_start_after(tmp_path: Path) -> None:
    """The first start and a start with the same prices report nothing."""
    reported = Reported()

    for prices in ("table 1", "table 1", "table 2", "table 2"):
        reported.sink.compare_prices(prices, tmp_path / "state", NOW)

    assert reported.events() == [("prices_changed", "table 2")]
