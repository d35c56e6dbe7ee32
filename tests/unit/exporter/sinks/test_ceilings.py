"""The counter, the gauges and the lines of ceilings."""

import json
from typing import Any

from tests.support.facts import NOW, make_call, make_context
from tests.support.objectives import make_ceiling

from watchkeeper.exporter.sinks.ceilings import HEARD_SECONDS, CeilingSink
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.watch.ceilings import CeilingBook
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

OWNED = ("shop", "search", "run", "run")


class Held:
    """A sink of some ceilings, its store and its lines."""

    def __init__(self, *ceilings: Any, store: MetricStore | None = None) -> None:
        self.store = store or MetricStore(METRICS)
        self.lines: list[bytes] = []
        admission = LabelAdmission({}, lambda *_: None)
        book = CeilingBook(ceilings, is_by_tenant=False)
        sinks = (MetricsSink(self.store, admission, lambda _service: None), LogSink(self.lines.append, admission))
        self.sink = CeilingSink(book, self.store, admission, sinks)
        self.sink.start()

    def samples(self, metric: str) -> dict[tuple[str, ...], object]:
        """The samples of a metric by their label values."""
        return {values: series.value for values, series in self.store.families[metric].series.items()}

    def over(self, now: float = NOW) -> dict[tuple[str, ...], object]:
        """Who is over a ceiling at a moment."""
        self.sink.refresh(now)
        return self.samples("llm_ceiling_over_entries")


def test_each_limit_is_exported() -> None:
    """So that messages and panels can name it."""
    held = Held(make_ceiling(max_steps=3, max_cost_usd="2.5"), make_ceiling("user", max_tokens=7))

    assert held.samples("llm_ceiling_limit") == {
        ("run", "run", "cost_usd"): 2.5,
        ("run", "run", "steps"): 3.0,
        ("user", "user", "tokens"): 7.0,
    }


def test_a_ceiling_counts_when_it_is_reached_and_shows_whether_calls_go_on() -> None:
    """Once in the counter; in the gauge for as long as it was heard of lately."""
    held = Held(make_ceiling(max_steps=1))

    held.sink.take(make_call(duration_seconds=None), NOW)
    assert held.over() == {(*OWNED, "steps", "reached"): 1}
    held.sink.take(make_call(duration_seconds=None), NOW)
    held.sink.take(make_call(context=make_context(trace_id="b" * 32), duration_seconds=None), NOW)

    assert held.over() == {(*OWNED, "steps", "passed"): 1, (*OWNED, "steps", "reached"): 1}
    assert held.samples("llm_ceilings_reached_total") == {(*OWNED, "steps"): 2}
    assert held.over(NOW + HEARD_SECONDS) != {}
    assert held.over(NOW + HEARD_SECONDS + 1) == {}


def test_the_lines_name_the_trace_and_what_was_used() -> None:
    """One when it is reached, one when it is passed."""
    held = Held(make_ceiling(max_tokens=100))
    for _ in range(3):
        held.sink.take(make_call(duration_seconds=None), NOW)

    lines = [json.loads(line) for line in held.lines]

    wanted = ("event", "level", "trace_id", "ceiling", "per", "limit", "used", "allowed")
    trace = make_context().trace_id
    assert [tuple(line[name] for name in wanted) for line in lines] == [
        ("ceiling_reached", "warning", trace, "run", "run", "tokens", "120", "100"),
        ("ceiling_passed", "warning", trace, "run", "run", "tokens", "240", "100"),
    ]


def test_a_ceiling_that_is_gone_has_no_counter() -> None:
    """It would stay for ever."""
    held = Held(make_ceiling(max_steps=1))
    held.sink.take(make_call(), NOW)

    assert Held(make_ceiling("user"), store=held.store).samples("llm_ceilings_reached_total") == {}


def test_without_ceilings_there_is_no_series() -> None:
    """What no one asked for costs nothing."""
    held = Held()

    assert not any(held.samples(name) for name in ("llm_ceiling_limit", "llm_ceilings_reached_total"))
    assert held.over() == {}
