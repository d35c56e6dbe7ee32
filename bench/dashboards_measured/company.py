"""The exporter's series of a company of fifty services, twenty models and a hundred prompt versions, and their past."""

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from alerts_measured.shapes import Array
from alerts_measured.store import Labels

from watchkeeper.metrics.catalogue import METRICS, Metric

ROOT = Path(__file__).parents[2]
SERVICES, MODELS, PROMPTS, VERSIONS, TENANTS = 50, 20, 25, 4, 40
OF_SERVICE = 3
HOUR, DAY, MONTH = 60, 1440, 30 * 1440
# Minutes: a sample an hour for a month, every five minutes for the last day, every 15 s for what a page shows at first.
SAMPLED = np.concatenate(
    [
        np.arange(0, MONTH - DAY, HOUR),
        np.arange(MONTH - DAY, MONTH - 6 * HOUR, 5),
        np.arange(MONTH - 6 * HOUR, MONTH, 0.25),
    ]
)
# Values of labels whose set is closed, by metric where they differ, and of those of which a service has few.
_VALUES: Mapping[str, tuple[str, ...]] = {
    "status": ("ok", "error"),
    "operation": ("chat",),
    "agent": ("planner", "writer"),
    "tool": ("search", "order", "mail"),
    "retriever": ("handbook", "tickets"),
    "node": ("intent", "route"),
    "branch": ("answer", "refund", "person"),
    "edge_source": ("agent:planner", "agent:writer"),
    "edge_target": ("model:model-1", "tool:search", "tool:order", "retriever:handbook"),
    "score": ("helpful", "faithful"),
    "source": ("judge",),
    "result": ("passed", "failed"),
    "reason": ("stop", "length"),
    "error_type": ("rate_limited", "server_error"),
    "rating": ("positive", "negative"),
    "outcome": ("approved", "rejected"),
    "kind": ("app", "prompt"),
}
_OF_METRIC: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("llm_tokens_total", "type"): ("input", "output", "cached_input", "reasoning"),
    ("llm_request_tokens", "type"): ("input", "output"),
    ("llm_silent_failures_total", "type"): ("loop", "truncated"),
    ("llm_cache_operations_total", "result"): ("hit", "miss"),
    ("llm_coding_agent_tokens_total", "type"): ("input", "output", "cached_input"),
    ("llm_coding_agent_lines_total", "type"): ("added", "removed"),
    ("llm_tool_calls_total", "agent"): ("planner", "writer", "claude_code"),
    ("llm_contract_runs_total", "result"): ("passed", "broken", "not_evaluated"),
}
_CODING_AGENTS = ("claude_code", "codex")
# Drift is compared for a service as a whole; who scores an answer need not know its model.
_UNKNOWN: Mapping[str, Labels] = {
    "llm_drift_": {"prompt": "", "prompt_version": "", "model": ""},
    "llm_score": {"model": ""},
}
_PART = frozenset({"cached_input", "reasoning"})
_BAD = frozenset({"error", "failed", "negative", "rejected", "broken", "length", "loop", "truncated"})


def exposed() -> Iterator[tuple[Labels, Array]]:
    """Every series that the catalogue makes of the company, with a value for each of ``SAMPLED``."""
    chance = np.random.default_rng(18)
    for metric in METRICS:
        for labels in _rows(metric):
            yield from _series(metric, labels, _level(metric, labels, chance), chance)


def _rows(metric: Metric) -> Iterator[Labels]:
    """The labels of a metric, each combination once."""
    if metric.name == "llm_alert_threshold":
        yield from _thresholds()
        return
    owners: Iterator[Labels] | list[Labels] = _calls() if "service" in metric.labels else [{}]
    unknown = next((labels for prefix, labels in _UNKNOWN.items() if metric.name.startswith(prefix)), {})
    seen: set[tuple[str, ...]] = set()
    for owner in owners:
        known = owner | unknown
        own = [(known[label],) if label in known else _values(metric, label) for label in metric.labels]
        for values in itertools.product(*own):
            if values not in seen:
                seen.add(values)
                yield dict(zip(metric.labels, values, strict=True))


def _calls() -> Iterator[Labels]:
    """Every service with its models and prompt versions: each prompt is of two services, each model of a fourth."""
    for service, model, version in itertools.product(range(SERVICES), range(OF_SERVICE), range(2 * VERSIONS)):
        yield {
            "service": f"service-{service}",
            "team": f"team-{service % 10}",
            "model": f"model-{(service + 3 * model) % MODELS}",
            "provider": f"provider-{(service + 3 * model) % MODELS % 4}",
            "prompt": f"prompt-{(service + version // VERSIONS) % PROMPTS}",
            "prompt_version": str(version % VERSIONS),
            "tenant": f"tenant-{(service + version) % TENANTS}",
        }


def _values(metric: Metric, label: str) -> tuple[str, ...]:
    if label == "agent" and metric.name.startswith("llm_coding_agent_"):
        return _CODING_AGENTS
    return _OF_METRIC.get((metric.name, label)) or _VALUES.get(label) or (f"{label}-1", f"{label}-2")


def _thresholds() -> Iterator[Labels]:
    """A limit of every service for every alert that a dashboard draws."""
    drawn = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "grafana" / "dashboards").rglob("*.json"))
    for alert in sorted(set(re.findall(r'llm_alert_threshold\{alert=\\"(\w+)\\"', drawn))):
        for service in range(SERVICES):
            yield {"alert": alert, "service": f"service-{service}", "team": f"team-{service % 10}"}


def _level(metric: Metric, labels: Labels, chance: np.random.Generator) -> float:
    """Events per minute: a few calls for each combination, and one in fifty of them bad."""
    if metric.name == "llm_alert_threshold":
        return 0.05
    # Half of users cost less than the median; a share is one of a whole.
    if metric.name.endswith(("_ratio", "_median_dollars")):
        return float(chance.uniform(0.2, 0.6))
    share = 0.02 if _BAD.intersection(labels.values()) else 0.3 if _PART.intersection(labels.values()) else 1.0
    return float(chance.uniform(2, 6)) * share


def _series(
    metric: Metric, labels: Labels, level: float, chance: np.random.Generator
) -> Iterator[tuple[Labels, Array]]:
    if metric.name == "llm_alert_threshold":
        yield {**labels, "__name__": metric.name}, np.full(SAMPLED.size, level)
        return
    if metric.type == "gauge":
        yield {**labels, "__name__": metric.name}, level * (1 + 0.1 * chance.standard_normal(SAMPLED.size))
        return
    counted = np.floor(level * _WORK)
    if metric.type == "counter":
        yield {**labels, "__name__": metric.name}, counted
        return
    # Most values lie around the fifth bound.
    shares = 1 / (1 + np.exp(4.0 - np.arange(len(metric.buckets))))
    for bound, share in (*zip(map(str, metric.buckets), shares, strict=True), ("+Inf", 1.0)):
        yield {**labels, "__name__": f"{metric.name}_bucket", "le": bound}, np.floor(counted * share)
    middle = metric.buckets[min(4, len(metric.buckets) - 1)]
    yield {**labels, "__name__": f"{metric.name}_sum"}, counted * abs(middle)
    yield {**labels, "__name__": f"{metric.name}_count"}, counted


# Minutes of work until each moment: by day twice as much as by night.
_WORK = SAMPLED + 0.5 * DAY / (2 * np.pi) * (1 - np.cos(2 * np.pi * SAMPLED / DAY))
