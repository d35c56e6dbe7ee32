from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest
from tests.support.facts import NOW, TRACE_ID, make_call, make_context

from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import (
    BranchDecision,
    CacheLookup,
    Cost,
    Deployment,
    Edge,
    Fact,
    Feedback,
    GuardrailCheck,
    HumanReview,
    Incident,
    QualityGate,
    Retrieval,
    Score,
    ToolCall,
    Trace,
    Usage,
)

CONTEXT = make_context()
C = '{service="shop",team="search",operation="chat",provider="openai",model="gpt-4o-mini"'
T = C + ',tenant="default"'
OWNER = '{service="shop",team="search"'


KNOWN = {"alertname": {"Known", "Watchdog"}, "severity": {"high", "none"}, "service": {"of-the-file"}}


class Counted:
    """A metrics sink, its store, and the services it reported."""

    def __init__(self, limits: dict[str, int] | None = None) -> None:
        self.store = MetricStore(METRICS)
        self.overflows: list[str] = []
        self.services: list[str] = []
        self.admission = LabelAdmission(limits or {}, lambda label, _service: self.overflows.append(label), KNOWN)
        self.sink = MetricsSink(self.store, self.admission, self.services.append)

    def take(self, *facts: Fact) -> dict[str, object]:
        """Count the facts and return every sample as ``name{labels}``; a histogram's is (count, sum)."""
        for fact in facts:
            self.sink.take(fact, NOW)
        return dict(self._samples())

    def _samples(self) -> Iterator[tuple[str, object]]:
        for name, family in self.store.families.items():
            yield from ((name + series.labels, series.value) for series in family.series.values())
        for name, histogram in self.store.histograms.items():
            yield from ((name + s.labels, (sum(s.counts), s.sum)) for s in histogram.series.values())


def test_a_call_sets_every_number_it_reports() -> None:
    """One streamed call that went well: the whole list of its samples."""
    call = make_call(
        usage=Usage(input=100, output=21, cached_input=60, cache_write=10, reasoning=5),
        time_to_first_token_seconds=0.5,
        finish_reasons=("stop",),
        cost=Cost(usd=Decimal("0.5"), source="override", price_date="2026-11-01"),
    )
    size = '{service="shop",team="search",operation="chat",provider="openai",model="gpt-4o-mini"'

    assert Counted().take(call) == {
        "llm_requests_total" + T + ',status="ok"}': 1,
        "llm_finish_reasons_total" + C + ',reason="stop"}': 1,
        "llm_cost_dollars_total" + T + "}": Decimal("0.5"),
        "llm_request_cost_dollars" + size + "}": (1, 0.5),
        "llm_request_duration_seconds" + C + "}": (1, 1.5),
        "llm_time_to_first_token_seconds" + C + "}": (1, 0.5),
        "llm_time_per_output_token_seconds" + C + "}": (1, 0.05),
        "llm_tokens_total" + T + ',type="input"}': 100,
        "llm_tokens_total" + T + ',type="output"}': 21,
        "llm_tokens_total" + T + ',type="cached_input"}': 60,
        "llm_tokens_total" + T + ',type="cache_write"}': 10,
        "llm_tokens_total" + T + ',type="reasoning"}': 5,
        "llm_request_tokens" + size + ',type="input"}': (1, 100),
        "llm_request_tokens" + size + ',type="output"}': (1, 21),
        "llm_context_window_ratio" + OWNER + ',provider="openai",model="gpt-4o-mini"}': (1, 100 / 128_000),
    }


def test_a_model_of_unknown_size_fills_no_window() -> None:
    """What a model can read at once is known from the price table or not at all."""
    call = make_call(context=make_context(model="house-7b"), usage=Usage(input=100))

    assert not [name for name in Counted().take(call) if name.startswith("llm_context_window_ratio")]


def test_a_failed_call_that_reports_nothing_more() -> None:
    """Without tokens and time there is a request and an error, and no zero of anything."""
    call = make_call(usage=Usage(), duration_seconds=None, status="timeout", error_type="timeout")

    assert Counted().take(call) == {
        "llm_requests_total" + T + ',status="timeout"}': 1,
        "llm_errors_total" + C + ',error_type="timeout"}': 1,
    }


def test_a_call_no_one_can_price() -> None:
    """It is counted as unpriced, and its cost is no zero."""
    samples = Counted().take(make_call(unpriced_reason="unknown_model"))

    name = 'llm_unpriced_requests_total{provider="openai",model="gpt-4o-mini",reason="unknown_model"}'
    assert samples[name] == 1
    assert not any(name.startswith("llm_cost") for name in samples)


@pytest.mark.parametrize(
    ("output", "first", "duration", "is_set"),
    [
        pytest.param(1, 0.5, 1.5, False, id="one token has no time after the first"),
        pytest.param(21, None, 1.5, False, id="without a first token"),
        pytest.param(21, 0.5, None, False, id="without a duration"),
        pytest.param(21, 2.0, 1.5, True, id="a first token after the end counts as no time at all"),
    ],
)
def test_time_per_output_token(output: int, first: float | None, duration: float | None, *, is_set: bool) -> None:
    """It needs a first token, a duration and more than one token."""
    call = make_call(usage=Usage(input=1, output=output), time_to_first_token_seconds=first, duration_seconds=duration)

    samples = Counted().take(call)

    assert ("llm_time_per_output_token_seconds" + C + "}" in samples) is is_set


def test_a_call_without_names_has_a_label_for_each() -> None:
    """Provider and model that no one reported are unknown, not empty."""
    call = make_call(context=make_context(provider="", model="", model_requested=""))

    samples = Counted().take(call)

    assert any('provider="unknown",model="unknown"' in name for name in samples)


def test_the_model_that_was_asked_stands_in() -> None:
    """A failed call has only the model that was asked."""
    samples = Counted().take(make_call(context=make_context(model="", model_requested="gpt-4o")))

    assert any('model="gpt-4o"' in name for name in samples)


TOOL = OWNER + ',agent="helper",tool="search",status="ok"}'
SCORE = OWNER + ',model="gpt-4o-mini",score="helpful",source="judge"'


@pytest.mark.parametrize(
    ("fact", "samples"),
    [
        (
            ToolCall(context=make_context(agent="helper"), tool="search", duration_seconds=0.5),
            {"llm_tool_calls_total" + TOOL: 1, "llm_tool_duration_seconds" + TOOL: (1, 0.5)},
        ),
        (
            Retrieval(context=CONTEXT, retriever="kb", documents=0, top_score=-0.25, duration_seconds=0.5),
            {
                "llm_retrievals_total" + OWNER + ',retriever="kb",status="ok"}': 1,
                "llm_retrieval_duration_seconds" + OWNER + ',retriever="kb"}': (1, 0.5),
                "llm_retrieval_documents" + OWNER + ',retriever="kb"}': (1, 0),
                "llm_retrieval_top_score" + OWNER + ',retriever="kb"}': (1, -0.25),
            },
        ),
        (
            BranchDecision(context=CONTEXT, node="n", branch="b"),
            {"llm_branch_decisions_total" + OWNER + ',node="n",branch="b"}': 1},
        ),
        (
            HumanReview(context=CONTEXT, outcome="approved"),
            {"llm_human_reviews_total" + OWNER + ',outcome="approved"}': 1},
        ),
        (
            Score(context=CONTEXT, name="helpful", source="judge", value=0.0),
            {"llm_score" + SCORE + "}": (1, 0.0)},
        ),
        (
            Score(context=CONTEXT, name="helpful", source="judge", category="very"),
            {"llm_score_categories_total" + SCORE + ',category="very"}': 1},
        ),
        (
            Score(context=CONTEXT, name="helpful", source="judge", error_type="timeout"),
            {"llm_evaluation_failures_total" + OWNER + ',score="helpful",source="judge",error_type="timeout"}': 1},
        ),
        (
            Feedback(context=make_context(prompt="p", prompt_version="1"), rating="neutral"),
            {"llm_feedback_total" + OWNER + ',prompt="p",prompt_version="1",rating="neutral"}': 1},
        ),
        (
            QualityGate(context=CONTEXT, gate="g", result="failed"),
            {"llm_quality_gate_total" + OWNER + ',gate="g",result="failed"}': 1},
        ),
        (
            CacheLookup(context=CONTEXT, cache="c", result="hit", saved_usd=Decimal("0.1")),
            {
                "llm_cache_operations_total" + OWNER + ',cache="c",result="hit"}': 1,
                "llm_cache_saved_dollars_total" + OWNER + ',cache="c"}': Decimal("0.1"),
            },
        ),
        (
            GuardrailCheck(context=CONTEXT, guardrail="g", result="flagged"),
            {"llm_guardrail_checks_total" + OWNER + ',guardrail="g",result="flagged"}': 1},
        ),
        (
            Deployment(context=CONTEXT, kind="prompt", name="n", version="2"),
            {"llm_deployments_total" + OWNER + ',kind="prompt"}': 1},
        ),
        (
            Incident(context=CONTEXT, alert="Known", status="resolved", severity="high"),
            {'watchkeeper_alerts_received_total{alertname="Known",severity="high",status="resolved"}': 1},
        ),
        (
            Incident(context=CONTEXT, alert="Known", status="firing", severity="high", is_drill=True),
            {'watchkeeper_drill_timestamp_seconds{alertname="Known",severity="high",stage="delivered"}': NOW},
        ),
        (
            Incident(context=CONTEXT, alert="Known", status="resolved", severity="high", is_drill=True),
            {'watchkeeper_drill_timestamp_seconds{alertname="Known",severity="high",stage="resolved"}': NOW},
        ),
        (
            Incident(context=CONTEXT, alert="Watchdog", status="firing", severity="none"),
            {
                'watchkeeper_alerts_received_total{alertname="Watchdog",severity="none",status="firing"}': 1,
                "watchkeeper_watchdog_last_seen_timestamp_seconds": NOW,
            },
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_fact_sets_its_metrics(fact: Fact, samples: dict[str, object]) -> None:
    """The whole list of samples of every other kind of fact."""
    assert Counted().take(fact) == samples


def test_a_new_service_is_reported_once() -> None:
    """Thresholds are expanded at a service's first fact."""
    counted = Counted()

    counted.take(*(Feedback(context=make_context(service=name), rating="positive") for name in ("a", "b", "a")))

    assert counted.services == ["a", "b"]


def test_values_beyond_the_limit_become_other() -> None:
    """The sums stay complete, the overflow is counted by label."""
    counted = Counted({"tool": 1})

    samples = counted.take(*(ToolCall(context=CONTEXT, tool=name) for name in ("a", "b", "c")))

    assert samples == {
        "llm_tool_calls_total" + OWNER + ',tool="a",status="ok"}': 1,
        "llm_tool_calls_total" + OWNER + ',tool="other",status="ok"}': 2,
    }
    assert counted.overflows == ["tool", "tool"]


def test_the_services_of_drills_take_no_place() -> None:
    """Each drill makes one up, and would keep a real one out in the end."""
    counted = Counted({"service": 1})

    counted.take(
        Incident(context=make_context(service="drill-a"), alert="Known", status="firing", is_drill=True),
        make_call(context=make_context(service="shop")),
    )

    assert counted.overflows == []


def test_a_slow_call_can_be_looked_at() -> None:
    """The duration's exemplar is the call's trace."""
    counted = Counted()

    counted.take(make_call())

    (series,) = counted.store.histograms["llm_request_duration_seconds"].series.values()
    assert [exemplar.trace_id for exemplar in series.exemplars.values()] == [TRACE_ID]


def test_a_refused_label_is_evaluated_at_every_call() -> None:
    """What has no place is counted each time it comes, and may earn its place."""
    counted = Counted({"model": 1})

    counted.take(*(make_call(context=make_context(model=model)) for model in ("first", "second", "first", "second")))

    assert counted.overflows == ["model", "model"]
    requests = {row: value for row, value in counted.take().items() if row.startswith("llm_requests_total")}
    assert sorted(requests.values(), key=str) == [2, 2]


def test_calls_without_capacity_keep_who_they_are() -> None:
    """Their detail is gone in all metrics of calls alike, and every time."""
    counted = Counted()
    counted.take(make_call())
    counted.store.capacity.limit = counted.store.capacity.floor = 0
    late = make_context(model="late", prompt="p", prompt_version="v9")

    samples = counted.take(*[make_call(context=late)] * 3)

    owner = 'service="shop",team="search",operation="other",provider="openai",model="other",prompt="other"'
    assert samples[f'llm_requests_total{{{owner},prompt_version="other",tenant="other",status="ok"}}'] == 3
    assert samples[f'llm_request_duration_seconds{{{owner},prompt_version="other"}}'] == (3, 4.5)
    assert counted.store.capacity.folded["shop", "prompt_version"] >= 1


def test_tokens_that_were_made_up_count_and_are_counted_as_such() -> None:
    """Sums of tokens stay what clients reported; a counter of its own reports how many calls are guesses."""
    shown = Counted().take(make_call(), make_call(is_usage_estimated=True))

    assert shown["llm_estimated_usage_total" + C + "}"] == 1
    assert shown["llm_tokens_total" + T + ',type="input"}'] == 200


def test_a_trace_is_one_value_of_each_histogram() -> None:
    """Steps, tokens, cost and duration by agent; what no one reported is not zero."""
    context = make_context(agent="planner")
    reported = Trace(
        context=context, closed_by="root", steps=5, input_tokens=100, cost_usd=Decimal("0.25"), duration_seconds=3.5
    )
    shown = Counted().take(reported, Trace(context=context, closed_by="idle", steps=1))

    agent = OWNER + ',agent="planner"}'
    assert {name: value for name, value in shown.items() if name.endswith(agent)} == {
        "llm_agent_steps" + agent: (2, 6),
        "llm_trace_tokens" + agent: (1, 100),
        "llm_trace_cost_dollars" + agent: (1, 0.25),
        "llm_trace_duration_seconds" + agent: (2, 3.5),
    }
    assert shown['watchkeeper_traces_evaluated_total{reason="idle"}'] == 1


def test_alerts_fill_no_places_of_labels() -> None:
    """Names that no runbook and no call has are `other`; a service that watchkeeper.yml names has a place."""
    counted = Counted()
    context = msgspec.structs.replace(CONTEXT, service="made-up")
    known = msgspec.structs.replace(CONTEXT, service="of-the-file")

    counted.take(*(Incident(context=context, alert=f"A{i}", status="firing", severity=f"s{i}") for i in range(3)))
    samples = counted.take(Incident(context=known, alert="Watchdog", status="resolved", severity="none"))

    assert samples == {
        'watchkeeper_alerts_received_total{alertname="other",severity="other",status="firing"}': 3,
        'watchkeeper_alerts_received_total{alertname="Watchdog",severity="none",status="resolved"}': 1,
    }
    assert counted.admission.values("service") == ["of-the-file"]
    assert counted.overflows == []


def test_edges_of_traces_are_counted_by_both_ends() -> None:
    """How often and how long; an edge of unknown duration adds no seconds."""
    timed = Edge("agent:planner", "tool:search", "ok", 2, 3 * 10**9)
    failed = Edge("agent:planner", "tool:search", "timeout", 1, None)
    branch = Edge("node:route", "branch:refund", "ok", 1, None)

    shown = Counted().take(Trace(context=make_context(), closed_by="root", edges=(timed, failed, branch)))

    tool = OWNER + ',edge_source="agent:planner",edge_target="tool:search"'
    assert {name: value for name, value in shown.items() if name.startswith("llm_workflow_")} == {
        "llm_workflow_edges_total" + tool + ',status="ok"}': 2,
        "llm_workflow_edges_total" + tool + ',status="timeout"}': 1,
        "llm_workflow_edges_total" + OWNER + ',edge_source="node:route",edge_target="branch:refund",status="ok"}': 1,
        "llm_workflow_edge_seconds_total" + tool + "}": 3,
    }
