"""What goes wrong in silence becomes a line and a number, each once for a run."""

import json
from typing import Any

import structlog.testing
from tests.support.facts import NOW, make_call, make_context
from tests.support.runs import make_trace, tool_runs

from watchkeeper.config.contracts import Contract
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.sinks.silent_failures import SilentFailureSink
from watchkeeper.exporter.watch.memories import Memories, empty_memories
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import ToolCall, ToolRun

TOOLS = {"tools": {"expect": ["search"]}}


def no_memories() -> Memories:
    """Nothing was seen before."""
    return empty_memories(idle_seconds=300, is_by_tenant=False)


class Reported:
    """A sink of silent failures that writes to a list of lines."""

    def __init__(self, *contracts: dict[str, Any]) -> None:
        self.written: list[bytes] = []
        self.store = MetricStore(METRICS)
        admission = LabelAdmission({}, lambda _label, _service: None)
        self.metrics = MetricsSink(self.store, admission, lambda _service: None)
        given = [Contract.model_validate({"name": f"c{place}", **one}) for place, one in enumerate(contracts)]
        sinks = (self.metrics, LogSink(self.written.append, admission))
        self.sink = SilentFailureSink(given, no_memories(), self.store, admission, sinks)

    def lines(self) -> list[tuple[str, str, str]]:
        """Type, contract and tool of every line."""
        lines = [json.loads(line) for line in self.written]
        assert {line["event"] for line in lines} <= {"silent_failure_detected"}
        return [(line["type"], line.get("contract", ""), line.get("tool", "")) for line in lines]

    def counted(self, metric: str) -> dict[tuple[str, ...], float]:
        """The samples of a counter by its labels."""
        return {values: float(series.value) for values, series in self.store.families[metric].series.items()}


def tool_call(service: str = "shop") -> ToolCall:
    """A run of a tool, which shows that the service reports its tools."""
    return ToolCall(context=make_context(service=service), tool="search")


def test_a_skipped_tool_is_a_line_and_a_number() -> None:
    """Both name the agent and the tool; the contract's count says that the run was evaluated."""
    reported = Reported(TOOLS)
    reported.sink.take(tool_call(), NOW)

    reported.sink.take(make_trace("other"), NOW)

    assert reported.lines() == [("tool_skipped", "c0", "search")]
    assert reported.counted("llm_silent_failures_total") == {("shop", "search", "support", "tool_skipped", "search"): 1}
    assert reported.counted("llm_contract_runs_total") == {("shop", "search", "support", "c0", "broken", ""): 1}


def test_what_is_not_evaluated_is_counted_and_no_failure() -> None:
    """With its reason."""
    reported = Reported(TOOLS)

    reported.sink.take(make_trace(), NOW)

    assert reported.lines() == []
    assert reported.counted("llm_contract_runs_total") == {
        ("shop", "search", "support", "c0", "not_evaluated", "no_tools_reported"): 1
    }


def test_two_contracts_that_say_the_same_are_one_failure() -> None:
    """Of one run each type and tool counts once."""
    reported = Reported(TOOLS, TOOLS, {"max_steps": 1})
    reported.sink.take(tool_call(), NOW)

    reported.sink.take(make_trace("other"), NOW)

    assert sorted(reported.lines()) == [("too_many_steps", "c2", ""), ("tool_skipped", "c1", "search")]


def test_a_run_that_breaks_everything_is_a_few_lines() -> None:
    """Sixteen say enough."""
    reported = Reported({"tools": {"expect": [f"t{n}" for n in range(100)]}})
    reported.sink.take(tool_call(), NOW)

    reported.sink.take(make_trace("other"), NOW)

    assert len(reported.lines()) == 16


def test_loops_and_spikes_need_no_contract() -> None:
    """The line of a loop names its tools."""
    reported = Reported()
    runs = (ToolRun("a", 1, "ok"), ToolRun("b", 1, "ok")) * 2

    for _ in range(20):
        reported.sink.take(make_trace(steps=4, input_tokens=400), NOW)
    reported.sink.take(make_trace(steps=4, input_tokens=4000, tool_runs=runs, tool_calls=4), NOW)

    assert reported.lines() == [("loop", "", "a"), ("token_spike", "", "")]
    assert json.loads(reported.written[0])["observed"] == "a > b, 2 times"
    assert reported.counted("llm_contract_runs_total") == {}


def test_symptoms_are_reported_with_their_run() -> None:
    """As its agent's; only a call without a trace is reported by itself."""
    reported = Reported()

    reported.sink.take(make_call(finish_reasons=("length",)), NOW)
    assert reported.lines() == []
    reported.sink.take(make_trace(symptoms=("empty", "truncated")), NOW)
    reported.sink.take(make_call(context=make_context(trace_id=""), finish_reasons=("length",)), NOW)

    assert reported.lines() == [("empty", "", ""), ("truncated", "", ""), ("truncated", "", "")]
    assert [json.loads(line).get("agent", "") for line in reported.written] == ["support", "support", ""]


def test_what_was_reported_before_the_restart_is_known() -> None:
    """By the counters that came back; a tool of a contract that no one ever saw is noted with the nearest name."""
    reported = Reported({"tools": {"expect": ["serch", "nothing-like-it"]}})
    reported.metrics.take(tool_call(), NOW)

    with structlog.testing.capture_logs() as logs:
        reported.sink.start()
    reported.sink.take(make_trace(tool_runs=tool_runs()), NOW)

    noted = [(line["event"], line["contract"], line["tool"], line["did_you_mean"]) for line in logs]
    assert noted == [
        ("contract_tool_unknown", "c0", "serch", "search"),
        ("contract_tool_unknown", "c0", "nothing-like-it", ""),
    ]
    assert [kind for kind, _, _ in reported.lines()] == ["tool_skipped", "tool_skipped"]


def test_labels_are_looked_up_again_when_they_are_forgotten() -> None:
    """A value without a place is tried every time; one with a place is remembered until places may have changed."""
    asked: list[str] = []
    admission = LabelAdmission({"agent": 1}, lambda label, _service: asked.append(label))
    sink = SilentFailureSink([Contract(name="c", max_steps=9)], no_memories(), MetricStore(METRICS), admission, ())

    for agent in ("first", "second", "first", "second"):
        sink.take(make_trace(context=make_context(agent=agent)), NOW)
    family = sink._store.families["llm_contract_runs_total"]
    kept = dict(sink._owned)
    sink.forget_agents()

    assert asked == ["agent", "agent"]
    assert {values[2]: series.value for values, series in family.series.items()} == {"first": 2, "other": 2}
    assert [key[2] for key in kept] == ["first"]
    assert sink._owned == {}


def test_nothing_is_unknown_before_anything_is_known() -> None:
    """An exporter that never saw a tool has no names to compare with."""
    with structlog.testing.capture_logs() as logs:
        Reported(TOOLS).sink.start()

    assert logs == []
