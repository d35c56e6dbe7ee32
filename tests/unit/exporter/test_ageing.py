"""What no one uses any more ends, and what is shown of it with it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.facts import NOW, make_call, make_context

from watchkeeper.config import load_config
from watchkeeper.exporter import life
from watchkeeper.exporter.parts import Exporter
from watchkeeper.metrics import snapshot
from watchkeeper.metrics.admission import DEFAULT_LIMITS
from watchkeeper.model import (
    BranchDecision,
    CacheLookup,
    Cost,
    Edge,
    Embedding,
    Fact,
    GuardrailCheck,
    HumanReview,
    Incident,
    QualityGate,
    Retrieval,
    Score,
    ToolCall,
    Trace,
)

DAY, WEEK = 86400.0, 7 * 86400.0
COST = Cost(usd=Decimal("0.01"), source="override", price_date="2026-11-01")


def invented(number: int) -> tuple[Fact, ...]:
    """Facts in which every name is made up, but the service's."""
    labels = ("team", "tenant", "operation", "provider", "model", "prompt", "prompt_version", "agent")
    name = f"made-up-{number}"
    context = make_context(service="flood", **dict.fromkeys(labels, name))
    return (
        make_call(context=context),
        ToolCall(context=context, tool=name),
        Retrieval(context=context, retriever=name),
        BranchDecision(context=context, node=name, branch=name),
        Score(context=context, name=name, source="program", category=name),
        QualityGate(context=context, gate=name, result="passed"),
        CacheLookup(context=context, cache=name, result="hit"),
        GuardrailCheck(context=context, guardrail=name, result="passed"),
        Embedding(context=context, source="document", dimension=number, outcome="ok"),
        Trace(context=context, closed_by="root", status="ok", edges=(Edge(name, name, "ok", 1, None),)),
        Incident(context=context, alert=name, severity=name, status="firing", fingerprint=name),
    )


class Null:
    """A stream that keeps nothing."""

    def write(self, _line: bytes) -> int:
        """Forget it."""
        return 0

    def flush(self) -> None:
        """Nothing waits."""


class Aged:
    """An exporter's parts, with time that passes as the test says."""

    def __init__(self, folder: Path, **limits: Any) -> None:
        config = folder / "watchkeeper.yml"
        slo = {"name": "up", "kind": "availability", "objective": 0.9}
        config.write_text(json.dumps({"limits": limits, "slos": [slo]}))
        environ = {"WATCHKEEPER_STATE_DIR": str(folder / "state")}
        self.parts = Exporter(load_config(config, environ), Null())  # type: ignore[arg-type]  # all that is used of it
        self.parts.store.life.tick_seconds = DAY / 2  # the steps below are shorter, and the jumps longer than two
        self.now = NOW
        self.parts.ageing.tick(self.now)

    def take(self, *facts: Fact) -> None:
        """Count facts now."""
        for fact in facts:
            self.parts.sinks.metrics.take(fact, self.now)
            self.parts.sinks.slos.take(fact, self.now)

    def live(self, seconds: float, *facts: Fact, every: float = 3600.0) -> None:
        """Let time pass while the facts come again and again."""
        end = self.now + seconds
        while self.now < end:
            self.take(*facts)
            self.now += every
            self.parts.ageing.tick(self.now)

    def rows(self, metric: str) -> set[tuple[str, ...]]:
        """The label values of a metric's series."""
        return set((self.parts.store.families | self.parts.store.histograms)[metric].series)

    def services(self, metric: str = "llm_requests_total") -> set[str]:
        """The services that have a series of a metric."""
        labels = (self.parts.store.families | self.parts.store.histograms)[metric].metric.labels
        return {row[labels.index("service")] for row in self.rows(metric)}


def call(service: str = "shop", **changes: str) -> Fact:
    """A call that costs something."""
    return make_call(context=make_context(service=service, **changes), cost=COST)


def test_what_no_call_touches_ends(tmp_path: Path) -> None:
    """Counters and histograms alike; what is still called stays, and the capacity is free again."""
    aged = Aged(tmp_path)
    aged.take(call("old"), ToolCall(context=make_context(service="old"), tool="t", duration_seconds=1))
    aged.take(HumanReview(context=make_context(service="old"), outcome="approved"))

    aged.live(2.9 * DAY, call("used"))
    assert aged.services() == {"old", "used"}
    aged.live(0.2 * DAY, call("used"))

    for metric in (
        "llm_requests_total",
        "llm_cost_dollars_total",
        "llm_request_duration_seconds",
        "llm_request_tokens",
    ):
        assert aged.services(metric) == {"used"}
    assert aged.rows("llm_tool_calls_total") == aged.rows("llm_human_reviews_total") == set()
    limits = [row for row in aged.rows("llm_alert_threshold") | aged.rows("llm_slo_objective_ratio") if "old" in row]
    slo_outcomes = 2
    assert aged.parts.store.capacity.used_by["old"] == len(limits) + slo_outcomes
    ended = aged.parts.store.families["watchkeeper_series_ended_total"].series
    assert ended["llm_requests_total",].value == 1


def test_a_series_that_comes_back_begins_at_zero(tmp_path: Path) -> None:
    """With a new created time, so that Prometheus takes the zero; none of it is lost on a series that has ended."""
    aged = Aged(tmp_path)
    aged.take(call("shop"), call("shop"))
    aged.live(4 * DAY, call("other-one"))

    came_back = aged.now
    aged.take(call("shop"), call("shop"), call("shop"))

    (series,) = [s for row, s in aged.parts.store.families["llm_requests_total"].series.items() if row[0] == "shop"]
    assert (series.value, series.created) == (3, came_back)


def test_a_service_keeps_its_limits_for_longer_than_its_series(tmp_path: Path) -> None:
    """Alerts on silence look back for weeks; after ten idle times nothing is left of it."""
    aged = Aged(tmp_path)
    aged.take(call("quiet"))

    aged.live(20 * DAY, call("used"), every=6 * 3600.0)
    assert aged.services() == {"used"}
    assert "quiet" in aged.services("llm_alert_threshold")
    assert "quiet" in aged.services("llm_slo_events_total")
    aged.live(11 * DAY, call("used"), every=6 * 3600.0)

    for metric in ("llm_alert_threshold", "llm_slo_events_total", "llm_slo_objective_ratio"):
        assert "quiet" not in aged.services(metric)
        assert "used" in aged.services(metric)
    aged.take(call("quiet"))
    assert "quiet" in aged.services("llm_alert_threshold")
    assert "quiet" in aged.services("llm_slo_objective_ratio")


@pytest.mark.parametrize("jump", [WEEK, 52 * WEEK, -WEEK, -52 * WEEK], ids=["a week", "a year", "back", "back a year"])
def test_a_clock_that_jumps_ends_nothing_at_once(tmp_path: Path, jump: float) -> None:
    """And nothing is kept forever: three days later the series has ended."""
    aged = Aged(tmp_path)
    aged.take(call("old"))

    aged.now += jump
    aged.parts.ageing.tick(aged.now)
    assert aged.services() == {"old"}

    aged.live(3.1 * DAY, call("used"))
    assert aged.services() == {"used"}


def test_idle_time_goes_on_over_restarts(tmp_path: Path) -> None:
    """Two days before a restart and two after it are more than three."""
    before = Aged(tmp_path)
    before.take(call("old"))
    before.live(2 * DAY, call("used"))
    snapshot.save(before.parts.store, tmp_path / "state")
    before.parts.state.release()

    after = Aged(tmp_path)
    life.start(after.parts)
    assert after.services() == {"old", "used"}
    after.live(1.5 * DAY, call("used"))

    assert after.services() == {"used"}
    after.parts.writer.close()


def test_the_newest_version_has_its_name_for_years(tmp_path: Path) -> None:
    """Two deployments a day: every new version counts by name, and the series do not pile up."""
    aged = Aged(tmp_path)
    named = 0

    for deployment in range(120):
        version = f"v{deployment}"
        aged.live(DAY / 2, call(prompt="answer", prompt_version=version), every=DAY / 2)
        named += any(row[6] == version for row in aged.rows("llm_requests_total"))

    assert named == 120
    assert len(aged.rows("llm_requests_total")) <= 8


def test_a_flood_of_names_leaves_others_alone_and_nothing_behind(tmp_path: Path) -> None:
    """Invented names of every label, ten times each: the others keep their series, and in the end it is gone."""
    aged = Aged(tmp_path, series=20_000)
    real = [call("real", prompt="answer", prompt_version="v1", model=model) for model in ("gpt-4o", "gpt-4o-mini")]
    aged.take(*real)
    before = aged.rows("llm_requests_total")
    for number in range(400):
        aged.take(*invented(number) * 10)

    aged.take(*real, call("late"))
    assert {use.label for use in aged.parts.admission.use()} == DEFAULT_LIMITS.keys()

    assert before <= aged.rows("llm_requests_total")
    assert "late" in aged.services()
    assert aged.parts.store.series_count() < 20_000
    requests = aged.parts.store.families["llm_requests_total"].series
    assert sum(series.value for row, series in requests.items() if row[0] == "flood") == 4000
    aged.live(3.1 * DAY, *real)
    assert aged.services() == {"real"}
    assert {use.service for use in aged.parts.admission.use()} <= {"real", ""}
