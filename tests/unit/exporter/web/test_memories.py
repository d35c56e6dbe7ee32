"""What the memories that let things count once have forgotten is reported, not lost silently."""

from tests.support.facts import NOW, make_call, make_context

from watchkeeper.exporter.watch.logged_calls import LoggedCalls
from watchkeeper.exporter.watch.mcp_runs import McpRuns
from watchkeeper.exporter.watch.memories import Memories, empty_memories
from watchkeeper.exporter.watch.repeats import Repeats
from watchkeeper.exporter.watch.same_call import SameCall
from watchkeeper.exporter.watch.same_tool import SameTool
from watchkeeper.exporter.watch.signals import ReportedSignals
from watchkeeper.exporter.watch.token_baseline import TokenBaselines
from watchkeeper.exporter.watch.traces import Traces
from watchkeeper.exporter.web.memories import MemoryMeter
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore


def small_memories() -> Memories:
    """Memories of two entries each."""
    spans, same_call = Repeats(2), SameCall(linger_ns=0, capacity=2)
    return Memories(
        spans=spans,
        same_call=same_call,
        same_tool=SameTool(2),
        mcp_runs=McpRuns(SameTool(2), linger_ns=0, capacity=2),
        tool_ids=Repeats(2),
        logged_calls=LoggedCalls(same_call, spans, linger_ns=0, capacity=2),
        scores=Repeats(2),
        incidents=Repeats(2),
        traces=Traces(idle_seconds=10.0, capacity=2, is_by_tenant=False),
        signals=ReportedSignals(2),
        baselines=TokenBaselines(2),
    )


def reported(store: MetricStore, metric: str) -> dict[str, object]:
    """The samples of a metric that are not zero, by memory."""
    return {values[0]: series.value for values, series in store.families[metric].series.items() if series.value}


def test_sizes_limits_and_evictions_are_reported() -> None:
    """Each memory by its name; an eviction is counted once, however often one looks."""
    store, memories = MetricStore(METRICS), small_memories()
    meter = MemoryMeter(store, memories)
    for key in "abcde":
        memories.spans.is_repeat(key)
        memories.traces.take(make_call(context=make_context(trace_id=key)), NOW)

    meter.refresh(NOW)
    meter.refresh(NOW)
    memories.spans.is_repeat("f")
    meter.refresh(NOW)

    assert reported(store, "watchkeeper_memory_evictions_total") == {
        "spans": 5,
        "open_traces": 3,
        "evaluated_traces": 2,
    }
    assert reported(store, "watchkeeper_memory_entries") == {"spans": 1, "open_traces": 2, "evaluated_traces": 1}
    assert set(reported(store, "watchkeeper_memory_limit").values()) == {2}


def test_what_is_late_is_reported() -> None:
    """A fact whose trace was evaluated counts as late, once."""
    store, memories = MetricStore(METRICS), small_memories()
    meter = MemoryMeter(store, memories)
    memories.traces.take(make_call(), NOW)
    memories.traces.due(NOW + 10)
    memories.traces.take(make_call(), NOW + 10)

    meter.refresh(NOW)
    meter.refresh(NOW)

    assert store.families["watchkeeper_late_facts_total"].series[()].value == 1


def test_every_counter_is_there_from_the_start() -> None:
    """A memory that never forgot anything says zero, so that the first eviction is an increase."""
    store, memories = MetricStore(METRICS), empty_memories(idle_seconds=300.0, is_by_tenant=False)

    MemoryMeter(store, memories).refresh(NOW)

    evictions = store.families["watchkeeper_memory_evictions_total"].series
    assert {values: series.value for values, series in evictions.items()} == {(name,): 0 for name in memories.by_name()}
