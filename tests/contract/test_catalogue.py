"""Laws for every metric of the catalogue."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.agent_metrics import agent_metrics
from tests.support.canaries import make_canary_result, make_golden_result, make_search
from tests.support.drifting import DAY, Traffic
from tests.support.exporter import ExporterInTest, run_exporter
from tests.support.facts import NOW, chat_attributes, make_call, make_context, make_span
from tests.support.jobs import Behaviour, job
from tests.support.judges import make_evaluator, make_item, make_result, spend
from tests.support.otlp import as_protobuf

from watchkeeper.analyzer.accepted.change import AcceptedChange
from watchkeeper.analyzer.accepted.changes import AcceptedChanges
from watchkeeper.analyzer.audit.report import AuditReport, show_apis
from watchkeeper.analyzer.bills.compared import ComparedDay, Sides
from watchkeeper.analyzer.bills.report import BillReport
from watchkeeper.analyzer.explained.gauges import ExplanationGauges, Line
from watchkeeper.analyzer.jobs.drift import DriftJob
from watchkeeper.analyzer.judge.agreement import LEAST
from watchkeeper.analyzer.judge.budget import DailyBudget
from watchkeeper.analyzer.judge.item import Skip
from watchkeeper.analyzer.judge.report import JudgeReport
from watchkeeper.analyzer.langfuse.report import Backlog, LangfuseReport
from watchkeeper.analyzer.notes.notes import MemoryNotes
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.prober.golden import GoldenReport
from watchkeeper.analyzer.prober.report import CanaryReport
from watchkeeper.analyzer.schedule.report import JobReport
from watchkeeper.analyzer.schedule.state import Outcome, Run
from watchkeeper.config import load_config
from watchkeeper.config.contracts import Contract
from watchkeeper.exporter.ageing import Ageing
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.sinks.outputs import StoreLineMeter
from watchkeeper.exporter.sinks.relay import StoreMeter
from watchkeeper.exporter.sinks.silent_failures import SilentFailureSink
from watchkeeper.exporter.sinks.spenders import SpenderReport
from watchkeeper.exporter.watch.memories import empty_memories
from watchkeeper.exporter.watch.top_spenders import TopSpenders
from watchkeeper.metrics.admission import DEFAULT_LIMITS, LabelAdmission
from watchkeeper.metrics.catalogue import METRICS, Metric
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Cost, Edge, Trace

ROOT = Path(__file__).parents[2]
CATALOGUE = "services/watchkeeper/metrics/catalogue.py"
SINK = "services/watchkeeper/exporter/sinks/metrics.py"
EVERY_EVENT = ROOT / "tests" / "golden" / "payloads" / "native" / "events.1.bin"
DRILL = {"status": "firing", "labels": {"alertname": "A", "drill": "true"}, "fingerprint": "d"}
WATCHDOG = {"status": "firing", "labels": {"alertname": "Watchdog", "severity": "none"}, "fingerprint": "w"}
# Units that Prometheus calls base units, and words for things that have none.
UNITS = re.compile(
    r"_(seconds|bytes|ratio|dollars|info|tokens|documents|steps|score|values|entries|limit|series|threshold|configured|differ|success|pvalue|size|verdict|projection|cause|changed|queries)$"
)
# Closed sets: our own words, or names from watchkeeper.yml. Every other label is filled by senders and is admitted.
CLOSED_LABELS = {
    "status", "type", "reason", "error_type", "outcome", "rating", "result", "kind", "source", "alert",
    "route", "signal", "stage", "label", "receiver", "integration", "hash", "destination", "metric", "spender", "url",
    "slo", "budget", "period", "ledger", "contract", "memory", "component", "job_name",
    "canary", "target", "cause", "explanation", "what", "search", "evaluator", "criterion", "difficulty", "measure",
    "query",
    "currency", "feature", "method", "window", "bin", "topic", "verdict", "limit", "projection", "against", "successor",
    "ceiling", "per", "state",
    "project", "queue", "api",
    "quota", "unit", "side",
}  # fmt: skip


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """Names of the metrics that have a sample after a bit of everything."""
    directory = tmp_path_factory.mktemp("contract")
    receivers = directory / "receivers.json"
    receivers.write_text(json.dumps([{"receiver": "critical", "integration": "slack", "configured": False}]))
    config = directory / "watchkeeper.yml"
    config.write_text(
        "limits: {label_values: {tool: 1}, series: 400}\n"
        "slos: [{name: fast, kind: latency, under: 5s, objective: 0.9}]\n"
        "budgets: [{name: all, limit_usd: 100}]\n"
        "ceilings: [{name: run, per: run, max_steps: 1}]\n"
        "inference_servers: [{service: own, price_per_gpu_hour: 2}]\n"
        "quotas: [{name: day, per: user, window: 24h, limit_usd: 1}]"
    )
    environ = {"WATCHKEEPER_RECEIVERS": str(receivers), "WATCHKEEPER_STATE_DIR": str(directory)}
    with run_exporter(environ, config) as exporter:
        send_everything(exporter)
        names = {re.sub(r"_(bucket|count|sum)$", "", sample.name) for sample in exporter.samples()}
        by_sinks = set_by_forwarding() | set_by_pushing() | set_by_the_minute() | set_by_traces()
        by_analyzer = (
            set_by_jobs()
            | set_by_audits()
            | set_by_canaries()
            | set_by_explanations()
            | set_by_drift()
            | set_by_judges()
        )
        yield names | by_sinks | set_by_ageing() | by_analyzer | set_by_langfuse() | set_by_bills()


def set_by_forwarding() -> set[str]:
    """Names of the metrics that report forwarding; the exporter above forwards nothing."""
    store = MetricStore(METRICS)
    meter = StoreMeter(store)
    meter.sent("tempo", "traces")
    meter.dropped("tempo", "queue_full")
    meter.retried("tempo")
    meter.queued("tempo", 100)
    return {name for name, family in store.families.items() if family.series}


def set_by_pushing() -> set[str]:
    """Names of the metrics that report lines pushed to Loki; the exporter above pushes none."""
    store = MetricStore(METRICS)
    StoreLineMeter(store).pushed(1)
    return {name for name, family in store.families.items() if family.series}


def set_by_the_minute() -> set[str]:
    """Names of the metrics that are set once a minute, or when tables disagree; the exporter above has neither."""
    store, spenders = MetricStore(METRICS), TopSpenders()
    call = make_call(context=make_context(user_hash="a"), cost=Cost(usd=Decimal(1), source="reported", price_date=""))
    spenders.take(call, NOW)
    SpenderReport(spenders, store, str).emit(NOW)
    disputed = Cost(usd=Decimal(1), source="genai-prices", price_date="", is_disputed=True)
    MetricsSink(store, LabelAdmission({}, print, {}), print).take(make_call(cost=disputed), NOW)
    return {name for name, family in store.families.items() if family.series}


def set_by_ageing() -> set[str]:
    """Names of the metrics that are set when series end; none of those above is old enough."""
    store, admission = MetricStore(METRICS), LabelAdmission({}, print, {})
    ageing = Ageing(store, admission, 60.0, lambda: None, ())
    store.families["llm_feedback_total"].add(("shop", "", "", "", "positive"), 1, NOW)
    for minutes in range(3):
        ageing.tick(NOW + 60.0 * minutes)
    return {name for name, family in store.families.items() if family.series}


def set_by_traces() -> set[str]:
    """Names of the metrics that are set when a trace is evaluated; none of the traces above has ended."""
    store, admission = MetricStore(METRICS), LabelAdmission({}, print, {})
    edges = (Edge("service:shop", "model:m", "ok", 1, 5),)
    trace = Trace(context=make_context(), closed_by="root", steps=2, input_tokens=10, cost_usd=Decimal(1), edges=edges)
    metrics_sink = MetricsSink(store, admission, print)
    metrics_sink.take(trace, NOW)
    contract, memories = Contract(name="short", max_steps=1), empty_memories(idle_seconds=300, is_by_tenant=False)
    SilentFailureSink((contract,), memories, store, admission, (metrics_sink,)).take(trace, NOW)
    return {name for name, family in (store.families | store.histograms).items() if family.series}


def set_by_jobs() -> set[str]:
    """Names of the metrics that report the analyzer's jobs; the exporter above has none."""
    store = MetricStore(METRICS)
    report = JobReport(job(Behaviour()), store, NOW)
    report.ended(Run(outcome=Outcome.OK), NOW)
    report.refresh(NOW)
    return {name for name, family in store.families.items() if family.series}


def set_by_audits() -> set[str]:
    """Names of the metrics that report what destinations stored; the exporter above forwards nothing."""
    store = MetricStore(METRICS)
    show_apis({"tempo": "tempo"}, store)
    report = AuditReport("tempo", "traces", store)
    report.requested("ok")
    report.decided({"found": 1})
    report.waiting(1)
    return {name for name, family in store.families.items() if family.series}


def set_by_canaries() -> set[str]:
    """Names of the metrics that report canaries and golden queries, of which the exporter has none."""
    store = MetricStore(METRICS)
    report = CanaryReport(store, {})
    report.take(make_canary_result())
    GoldenReport(store).expect(make_search())
    GoldenReport(store).take(make_search(), make_golden_result().queries)
    return {name for name, family in store.families.items() if family.series}


def set_by_explanations() -> set[str]:
    """Names of the metrics that say why a number moved that an alert is about; the exporter asks no one."""
    store = MetricStore(METRICS)
    line = Line(text="100 % of it", at=NOW, shares={"calls per hour": 1.0})
    ExplanationGauges(store).set(("LLMCostSpike", "shop"), None, line)
    return {name for name, family in store.families.items() if family.series}


def set_by_drift() -> set[str]:
    """Names of the metrics that the analyzer sets of what has drifted."""
    store = MetricStore(METRICS)
    traffic = Traffic()
    for offset in range(8):
        branches = {"a": 900.0, "b": 100.0} if offset else {"a": 100.0, "b": 900.0}
        traffic.put("llm_branch_decisions_total", branches, DAY * offset, service="bot", node="router")
    traffic.own_limits["bot", "branch/router"] = 0.2
    config = load_config(None, {"WATCHKEEPER_PROMETHEUS_URL": "http://prometheus:1"})
    accepted = AcceptedChanges()
    accepted.accept(AcceptedChange(service="shop", feature="cost", since=time.time()))
    asyncio.run(DriftJob(Parts(config=config, store=store, client=traffic.client(), accepted=accepted)).run())
    return {name for name, family in store.families.items() if family.series}


def set_by_langfuse() -> set[str]:
    """Names of the metrics that report the bridge to Langfuse, which few have."""
    store = MetricStore(METRICS)
    report = LangfuseReport("support", store)
    report.requested("ok")
    report.scored("taken", 1)
    report.wrote("written", 1)
    report.observed("taken", 1)
    report.alerted("written", 1)
    report.compared("compared", 1)
    report.costs("gpt-4o", 1.0, 2.0)
    report.differs("gpt-4o", "price", 1.0)
    report.lags("scores", 30.0)
    report.waiting({"refunds": Backlog(waiting=2, oldest_seconds=60.0)})
    return {name for name, family in store.families.items() if family.series}


def set_by_bills() -> set[str]:
    """Names of the metrics that lay a provider's bill beside the estimate, which few have."""
    store = MetricStore(METRICS)
    report = BillReport("openai", store)
    report.requested("ok")
    report.read({"read": 1})
    sides = Sides(billed=Decimal(11), estimated=Decimal(10))
    report.compared([ComparedDay(day=date(2026, 11, 17), models={"gpt-4o": sides}, tiers={})])
    return {name for name, family in store.families.items() if family.series}


def set_by_judges() -> set[str]:
    """Names of the metrics that report judges, of which the exporter has none."""
    store = MetricStore(METRICS)
    report, evaluator = JudgeReport(store), make_evaluator()
    for number in range(LEAST):
        report.take(evaluator, make_item(), [make_result(evaluator, 0.9 - number % 2, 0.1)])
    report.skipped("helpful", Skip.BUDGET)
    report.waits(1)
    asyncio.run(spend(DailyBudget(Decimal(1), MemoryNotes(), store), Decimal("0.01")))
    return {name for name, family in store.families.items() if family.series}


def send_everything(exporter: ExporterInTest) -> None:
    """Every native event, a bad one, a span twice, a span of no interest, an alert, and one tool too many."""
    exporter.client.post("/v1/events", content=EVERY_EVENT.read_bytes())
    exporter.post_events({"type": "llm_call", "model": "gpt-4o-mini", "is_usage_estimated": True})
    exporter.post_events(
        {
            "type": "llm_call",
            "model": "gpt-4o-mini",
            "agent": "codex",
            "user_id": "u",
            "cost_usd": 1,
            "input_tokens": 1,
        },
        {"type": "human_review", "agent": "codex", "outcome": "rejected"},
    )
    cached = {"type": "llm_call", "model": "claude-sonnet-4-5", "provider": "anthropic", "output_tokens": 1}
    cached |= {"input_tokens": 1000}
    exporter.post_events({**cached, "cache_write_tokens": 900}, {**cached, "cached_input_tokens": 900})
    exporter.post_events({"type": "nonsense"}, {"type": "tool_call", "tool": "one too many"})
    exporter.client.post("/v1/metrics", content=agent_metrics(), headers={"content-type": "application/x-protobuf"})
    local = make_span(
        chat_attributes() | {"gen_ai.provider.name": "ollama", "gen_ai.request.model": "llama3.2"}, span_id="a" * 16
    )
    euros = make_span(
        chat_attributes() | {"gen_ai.usage.cost": 0.1, "gen_ai.usage.cost.currency": "EUR"}, span_id="b" * 16
    )
    listed = make_span({"mcp.method.name": "tools/list"}, span_id="d" * 16)
    body = as_protobuf(make_span(chat_attributes()), make_span({"http.method": "GET"}), local, euros, listed)
    for _ in range(2):
        exporter.client.post("/v1/traces", content=body, headers={"content-type": "application/x-protobuf"})
    exporter.client.post("/v1/alerts", json={"version": "4", "alerts": [WATCHDOG, DRILL]})


def each(*metrics: Metric) -> Any:
    """One case per metric."""
    return pytest.mark.parametrize("metric", metrics, ids=lambda metric: metric.name)


@each(*METRICS)
def test_no_metric_is_dead(metric: Metric, exposed: set[str]) -> None:
    """Everything in the catalogue is set by something that can arrive."""
    problem = dead(metric, exposed)

    assert not problem, problem


def test_a_dead_metric_is_refused(exposed: set[str]) -> None:
    """The sentence names the metric, and where it is to be set."""
    forgotten = Metric("llm_forgotten_total", "counter", (), "What no one counts.")

    assert dead(forgotten, exposed).startswith(f"{SINK}: must set llm_forgotten_total, which {CATALOGUE} has")


def dead(metric: Metric, exposed: set[str]) -> str:
    """Say that nothing sets a metric; empty for one that has a sample."""
    where = f"(or send what sets it in send_everything of {Path(__file__).relative_to(ROOT)})"
    return "" if metric.name in exposed else f"{SINK}: must set {metric.name}, which {CATALOGUE} has {where}"


@each(*METRICS)
def test_a_metric_explains_itself(metric: Metric) -> None:
    """Help is a sentence on one line, without what the exposition would have to escape."""
    assert metric.help.endswith(".")
    assert "\n" not in metric.help
    assert not {"\\", '"'} & set(metric.help)


@each(*METRICS)
def test_a_metric_is_named_as_prometheus_wants_it(metric: Metric) -> None:
    """Ours or the applications', snake case, _total on counters and on nothing else, base units."""
    assert re.fullmatch(r"(llm|watchkeeper)(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.type == "counter")
    assert metric.type == "counter" or UNITS.search(metric.name)
    assert not re.search(r"_(ms|milliseconds|usd|minutes|percent|count|sum|bucket)\b", metric.name)


@each(*METRICS)
def test_labels_are_bounded(metric: Metric) -> None:
    """Every label is of a closed set, or has a limit; none is reported twice, none is Prometheus' own."""
    assert len(set(metric.labels)) == len(metric.labels)
    assert all(label in DEFAULT_LIMITS or label in CLOSED_LABELS for label in metric.labels)
    assert not {"le", "job", "instance", "user", "user_hash", "session_id", "trace_id"} & set(metric.labels)


@each(*(metric for metric in METRICS if metric.type == "histogram"))
def test_buckets_rise(metric: Metric) -> None:
    """Bounds are sorted, each once, and few enough to store."""
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert 3 <= len(metric.buckets) <= 30


@each(*(metric for metric in METRICS if metric.type != "histogram"))
def test_only_histograms_have_buckets(metric: Metric) -> None:
    """A bound on a counter would be an error of the line."""
    assert metric.buckets == ()


def test_names_are_unique() -> None:
    """No metric is in the catalogue twice."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)
