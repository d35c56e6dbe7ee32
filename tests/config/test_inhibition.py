"""Which alert mutes which, on a running Alertmanager: its target and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.alertmanager import Alertmanager, Setup, running_alertmanager, until

CONFIG: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "alertmanager/alertmanager.yml").read_text())
RULES: dict[str, dict[str, Any]] = {rule["name"]: rule for rule in CONFIG["inhibit_rules"]}


def alert(name: str, severity: str, **labels: str) -> dict[str, str]:
    """Return the labels of an alert."""
    return {"alertname": name, "severity": severity, **labels}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What fires, what that must mute, and what must still be heard."""

    rule: str
    source: dict[str, str]
    muted: list[dict[str, str]]
    heard: list[dict[str, str]]


SCENARIOS = {
    "a critical alert mutes the lower ones of its kind and service": Scenario(
        rule="critical-mutes-lower-of-the-same-alert",
        source=alert("LLMErrorRateHigh", "critical", service="a1", provider="p"),
        muted=[
            alert("LLMErrorRateHigh", severity, service="a1", provider="p") for severity in ("high", "medium", "low")
        ],
        heard=[
            alert("LLMErrorRateHigh", "high", service="a2", provider="p"),
            alert("LLMErrorRateHigh", "high", service="a1", provider="q"),
            alert("LLMLatencyHigh", "high", service="a1", provider="p"),
        ],
    ),
    "a critical budget mutes its lower rungs and not those of another budget or period": Scenario(
        rule="critical-mutes-lower-of-the-same-alert",
        source=alert("LLMBudgetUsed", "critical", budget="b1", period="day"),
        muted=[alert("LLMBudgetUsed", severity, budget="b1", period="day") for severity in ("high", "medium", "low")],
        heard=[
            alert("LLMBudgetUsed", "high", budget="b2", period="day"),
            alert("LLMBudgetUsed", "medium", budget="b1", period="month"),
        ],
    ),
    "an escalation mutes what it escalates": Scenario(
        rule="critical-mutes-lower-of-the-same-alert",
        source=alert("LLMCostSpike", "critical", service="e1", escalated_alert="LLMCostSpike"),
        muted=[alert("LLMCostSpike", "high", service="e1")],
        heard=[alert("LLMCostSpike", "high", service="e2")],
    ),
    "a high alert mutes medium and low": Scenario(
        rule="high-mutes-lower-of-the-same-alert",
        source=alert("LLMDrift", "high", service="h1", feature="f"),
        muted=[alert("LLMDrift", severity, service="h1", feature="f") for severity in ("medium", "low")],
        heard=[
            alert("LLMDrift", "low", service="h1", feature="g"),
            alert("LLMDrift", "low", service="h2", feature="f"),
            alert("LLMLatencyHigh", "low", service="h1", feature="f"),
        ],
    ),
    "a ceiling that is passed mutes that it is reached, and no other limit of it": Scenario(
        rule="high-mutes-lower-of-the-same-alert",
        source=alert("LLMCeilingReached", "high", service="cl", ceiling="c", per="run", limit="steps"),
        muted=[alert("LLMCeilingReached", "medium", service="cl", ceiling="c", per="run", limit="steps")],
        heard=[
            alert("LLMCeilingReached", "medium", service="cl", ceiling="c", per="run", limit="cost_usd"),
            alert("LLMCeilingReached", "medium", service="cl", ceiling="d", per="run", limit="steps"),
            alert("LLMCeilingReached", "medium", service="cl", ceiling="c", per="user", limit="steps"),
        ],
    ),
    "a quota that is used up mutes that it nearly is, of the same holder": Scenario(
        rule="medium-mutes-lower-of-the-same-alert",
        source=alert("CodingAgentQuotaUsed", "medium", quota="q", window="5h", spender="a", per="user"),
        muted=[alert("CodingAgentQuotaUsed", "low", quota="q", window="5h", spender="a", per="user")],
        heard=[
            alert("CodingAgentQuotaUsed", "low", quota="q", window="5h", spender="b", per="user"),
            alert("CodingAgentQuotaUsed", "low", quota="r", window="5h", spender="a", per="user"),
        ],
    ),
    "a medium alert mutes low": Scenario(
        rule="medium-mutes-lower-of-the-same-alert",
        source=alert("LLMBudgetUsed", "medium", budget="m1", period="week"),
        muted=[alert("LLMBudgetUsed", "low", budget="m1", period="week")],
        heard=[alert("LLMBudgetUsed", "low", budget="m2", period="week")],
    ),
    "a service that is down mutes its own symptoms and not what it has spent": Scenario(
        rule="service-down-mutes-its-symptoms",
        source=alert("AllTargetsDown", "none", job="services", service="d1"),
        muted=[
            alert("LLMErrorRateHigh", "critical", service="d1", provider="p"),
            alert("LLMTrafficStopped", "high", service="d1"),
            alert("ServiceLatencyHigh", "medium", service="d1"),
            alert("CacheHitRateLow", "low", service="d1"),
        ],
        heard=[
            alert("LLMErrorRateHigh", "critical", service="d2", provider="p"),
            alert("TargetDown", "high", service="d1", instance="a", job="services"),
            alert("LLMCostSpike", "high", service="d1"),
            alert("Homemade", "high", service="d1"),
        ],
    ),
    "one instance that is down mutes nothing": Scenario(
        rule="",
        source=alert("TargetDown", "high", service="i1", instance="a", job="services"),
        muted=[],
        heard=[alert("LLMErrorRateHigh", "critical", service="i1", provider="p")],
    ),
    "Loki that is down mutes who writes to it": Scenario(
        rule="loki-down-mutes-who-writes-to-it",
        source=alert("AllTargetsDown", "none", job="loki", service="watchkeeper-loki"),
        muted=[alert("PromtailLinesDropped", "medium"), alert("LokiRequestErrors", "high")],
        heard=[alert("PrometheusNotIngesting", "high", service="x"), alert("TargetDown", "high", job="loki")],
    ),
    "an outage of a provider mutes its symptoms in every service": Scenario(
        rule="provider-outage-mutes-alerts-of-the-provider",
        source=alert("LLMProviderOutage", "critical", provider="o1"),
        muted=[
            alert(f"LLM{name}", "high", service="s", provider="o1")
            for name in ("ErrorRateHigh", "RateLimited", "TimeoutsHigh", "RetriesHigh", "LatencyHigh", "FirstTokenSlow")
        ],
        heard=[
            alert("LLMErrorRateHigh", "high", service="s", provider="o2"),
            alert("LLMErrorRateHigh", "high", service="s"),
            alert("LLMUnpricedModel", "low", provider="o1"),
        ],
    ),
    "an error rate mutes its parts of the same provider": Scenario(
        rule="error-rate-mutes-its-parts",
        source=alert("LLMErrorRateHigh", "high", service="p1", provider="p"),
        muted=[alert(name, "medium", service="p1", provider="p") for name in ("LLMRateLimited", "LLMTimeoutsHigh")],
        heard=[
            alert("LLMRateLimited", "medium", service="p1", provider="q"),
            alert("LLMRateLimited", "medium", service="p2", provider="p"),
            alert("LLMContentFilteredHigh", "medium", service="p1", provider="p"),
        ],
    ),
    "an error rate mutes retries and slower calls of its service": Scenario(
        rule="error-rate-mutes-what-follows-in-its-service",
        source=alert("LLMErrorRateHigh", "high", service="r1", provider="p"),
        muted=[alert(name, "medium", service="r1") for name in ("LLMRetriesHigh", "LLMLatencyUp")],
        heard=[alert("LLMLatencyUp", "medium", service="r2"), alert("LLMCostSpike", "high", service="r1")],
    ),
    "a critical error rate mutes that the budget of an availability SLO burns": Scenario(
        rule="error-rate-mutes-burn-of-availability",
        source=alert("LLMErrorRateHigh", "critical", service="b1", provider="p"),
        muted=[alert("LLMErrorBudgetBurnFast", "critical", slo="up", kind="availability", service="b1")],
        heard=[
            alert("LLMErrorBudgetBurnFast", "critical", slo="fast", kind="latency", service="b1"),
            alert("LLMErrorBudgetBurnFast", "critical", slo="up", kind="availability", service="b2"),
            alert("LLMErrorBudgetSpent", "high", slo="up", service="b1"),
        ],
    ),
    "an error rate mutes that the budget of an availability SLO burns slowly": Scenario(
        rule="error-rate-mutes-slow-burn-of-availability",
        source=alert("LLMErrorRateHigh", "high", service="b3", provider="p"),
        muted=[alert("LLMErrorBudgetBurnSlow", "medium", slo="up", kind="availability", service="b3")],
        heard=[
            alert("LLMErrorBudgetBurnSlow", "medium", slo="fast", kind="latency", service="b3"),
            alert("LLMErrorBudgetBurnSlow", "medium", slo="up", kind="availability", service="b4"),
        ],
    ),
    "a burning budget of an availability SLO mutes an error rate that is not critical": Scenario(
        rule="burn-of-availability-mutes-lower-error-rate",
        source=alert("LLMErrorBudgetBurnFast", "critical", slo="up", kind="availability", service="b5"),
        muted=[alert("LLMErrorRateHigh", "high", service="b5", provider="p")],
        heard=[
            alert("LLMErrorRateHigh", "critical", service="b6", provider="p"),
            alert("LLMErrorRateHigh", "high", service="b7", provider="p"),
            alert("LLMCostSpike", "high", service="b5"),
        ],
    ),
    "a burning budget of a latency SLO mutes no error rate": Scenario(
        rule="",
        source=alert("LLMErrorBudgetBurnFast", "critical", slo="fast", kind="latency", service="b8"),
        muted=[],
        heard=[alert("LLMErrorRateHigh", "high", service="b8", provider="p")],
    ),
    "a cost spike mutes what it is made of": Scenario(
        rule="cost-spike-mutes-what-it-is-made-of",
        source=alert("LLMCostSpike", "high", service="c1"),
        muted=[
            alert("LLMCostPerRequestUp", "medium", service="c1"),
            alert("LLMTokensPerRequestUp", "medium", service="c1", prompt="p"),
            alert("LLMDailyCostHigh", "high", service="c1"),
        ],
        heard=[
            alert("LLMCostPerRequestUp", "medium", service="c2"),
            alert("LLMBudgetUsed", "high", service="c1", budget="b"),
        ],
    ),
    "a cost spike mutes a tenant that spends in its service": Scenario(
        rule="cost-spike-mutes-its-tenant",
        source=alert("LLMCostSpike", "high", service="x1"),
        muted=[alert("LLMSpenderOutOfLine", "medium", kind="tenant", tenant="a", service="x1")],
        heard=[
            alert("LLMSpenderOutOfLine", "medium", kind="tenant", tenant="a", service="x2"),
            alert("LLMSpenderOutOfLine", "medium", kind="tenant", tenant="b"),
            alert("LLMSpenderOutOfLine", "medium", kind="user", spender="u", service="x1"),
        ],
    ),
    "larger calls mute that they cost more": Scenario(
        rule="tokens-mute-cost-per-request",
        source=alert("LLMTokensPerRequestUp", "medium", service="t1", prompt="p"),
        muted=[alert("LLMCostPerRequestUp", "medium", service="t1")],
        heard=[
            alert("LLMCostPerRequestUp", "medium", service="t2"),
            alert("LLMContextWindowNearlyFull", "medium", service="t1"),
        ],
    ),
    "a prompt cache that is no longer read mutes that calls cost more": Scenario(
        rule="prompt-cache-mutes-cost-per-request",
        source=alert("LLMPromptCacheCollapsed", "medium", service="k1", provider="p", model="m"),
        muted=[alert("LLMCostPerRequestUp", "medium", service="k1")],
        heard=[
            alert("LLMCostPerRequestUp", "medium", service="k2"),
            alert("LLMCostSpike", "high", service="k1"),
        ],
    ),
    "slow calls mute that they are slower than usual": Scenario(
        rule="slower-calls-mute-that-they-are-slow",
        source=alert("LLMLatencyUp", "medium", service="w1"),
        muted=[alert("LLMLatencyHigh", "medium", service="w1", provider="p")],
        heard=[
            alert("LLMLatencyHigh", "medium", service="w2", provider="p"),
            alert("LLMFirstTokenSlow", "medium", service="w1"),
        ],
    ),
    "a fast burn mutes the slow one of the same objective": Scenario(
        rule="fast-burn-mutes-slow-burn",
        source=alert("LLMErrorBudgetBurnFast", "critical", slo="l", service="f1"),
        muted=[alert("LLMErrorBudgetBurnSlow", "medium", slo="l", service="f1")],
        heard=[
            alert("LLMErrorBudgetBurnSlow", "medium", slo="l", service="f2"),
            alert("LLMErrorBudgetBurnSlow", "medium", slo="m", service="f1"),
            alert("LLMErrorBudgetSpent", "high", slo="l", service="f1"),
        ],
    ),
    "a spent budget mutes the forecast that it will be": Scenario(
        rule="spent-budget-mutes-its-forecast",
        source=alert("LLMBudgetUsed", "critical", budget="g1", period="month"),
        muted=[alert("LLMBudgetOverrunProjected", "high", budget="g1", period="month")],
        heard=[
            alert("LLMBudgetOverrunProjected", "high", budget="g2", period="month"),
            alert("LLMBudgetOverrunProjected", "high", budget="g1", period="week"),
        ],
    ),
    "a budget that is not spent mutes no forecast": Scenario(
        rule="",
        source=alert("LLMBudgetUsed", "high", budget="n1", period="month"),
        muted=[],
        heard=[alert("LLMBudgetOverrunProjected", "high", budget="n1", period="month")],
    ),
    "a drill mutes nothing real": Scenario(
        rule="",
        source=alert("LLMProviderOutage", "critical", provider="z1", drill="true"),
        muted=[],
        heard=[alert("LLMErrorRateHigh", "high", service="z", provider="z1")],
    ),
    "nothing real mutes a drill": Scenario(
        rule="",
        source=alert("LLMErrorRateHigh", "critical", service="y", provider="y1"),
        muted=[],
        heard=[alert("LLMErrorRateHigh", "high", service="y", provider="y1", drill="true")],
    ),
}

# Sources that reach far, each on an Alertmanager of its own.
FAR = {
    "without the exporter no LLM alert is news, and all else is": Scenario(
        rule="exporter-down-mutes-what-it-measures",
        source=alert("AllTargetsDown", "none", job="exporter", service="watchkeeper"),
        muted=[alert("LLMCostSpike", "high", service="a"), alert("LLMProviderOutage", "critical", provider="p")],
        heard=[
            alert("TargetDown", "high", job="loki", service="watchkeeper-loki"),
            alert("TargetDown", "critical", job="exporter", service="watchkeeper"),
            alert("ServiceErrorRateHigh", "high", service="a"),
        ],
    ),
    "an exporter that is down is not scraped either": Scenario(
        rule="exporter-down-mutes-that-it-is-not-scraped",
        source=alert("AllTargetsDown", "none", job="exporter", service="watchkeeper"),
        muted=[alert("WatchkeeperNotScraped", "critical", service="watchkeeper", component="prometheus")],
        heard=[
            alert("TargetDown", "critical", job="exporter", service="watchkeeper"),
            alert("WatchkeeperErrorsLogged", "low", service="watchkeeper"),
        ],
    ),
    "another part that is down says nothing about scrapes of the exporter": Scenario(
        rule="",
        source=alert("AllTargetsDown", "none", job="alertmanager", service="watchkeeper-alertmanager"),
        muted=[],
        heard=[alert("WatchkeeperNotScraped", "critical", service="watchkeeper", component="prometheus")],
    ),
    "one exporter of several that is not scraped mutes no calls": Scenario(
        rule="",
        source=alert("WatchkeeperNotScraped", "critical", service="watchkeeper", component="prometheus"),
        muted=[],
        heard=[alert("LLMErrorRateHigh", "high", service="a"), alert("LLMCallErrorsLogged", "low", service="a")],
    ),
    "an exporter that is not scraped is not missed a second time": Scenario(
        rule="not-scraped-mutes-that-the-exporter-is-missing",
        source=alert("WatchkeeperNotScraped", "critical", service="watchkeeper", component="prometheus"),
        muted=[alert("WatchkeeperTargetMissing", "high", job="exporter", service="watchkeeper")],
        heard=[
            alert("WatchkeeperTargetMissing", "high", job="loki", service="watchkeeper"),
            alert("TargetDown", "critical", job="exporter", service="watchkeeper"),
        ],
    ),
    "a full disk of the stack mutes who cannot write, not who reads": Scenario(
        rule="full-disk-mutes-who-cannot-write",
        source=alert("DiskFillsUp", "high", disk="volumes", instance="exporter:4318"),
        muted=[
            alert("PrometheusNotIngesting", "critical"),
            alert("PrometheusStorageFailing", "high"),
            alert("LokiRequestErrors", "high"),
            alert("LokiLinesDiscarded", "medium"),
            alert("LokiCompactorStalled", "medium"),
            alert("PromtailLinesDropped", "medium"),
        ],
        heard=[alert("LLMErrorRateHigh", "high", service="a"), alert("HostDiskNearlyFull", "high", disk="volumes")],
    ),
    "a full disk of another machine mutes nothing": Scenario(
        rule="",
        source=alert("HostDiskNearlyFull", "high", disk="/", instance="db:9100"),
        muted=[],
        heard=[alert("LokiRequestErrors", "high")],
    ),
}


@pytest.fixture
def alertmanager(programs: dict[str, Path], tmp_path: Path) -> Iterator[Alertmanager]:
    """The shipped configuration, without secrets."""
    with running_alertmanager(programs["alertmanager"], tmp_path, Setup()) as running:
        yield running


def assert_mutes(alertmanager: Alertmanager, scenarios: dict[str, Scenario]) -> None:
    """Let everything fire at once and see what is muted: what must be, by the time it is, and nothing else then."""
    for scenario in scenarios.values():
        alertmanager.raise_alerts(*({"labels": one} for one in (scenario.source, *scenario.muted, *scenario.heard)))

    for name, scenario in scenarios.items():
        for target in scenario.muted:
            try:
                until(lambda target=target: alertmanager.is_muted(target))
            except AssertionError as late:
                raise AssertionError(f"{name}: {target} must be muted") from late
        for other in (*scenario.heard, scenario.source):
            assert not alertmanager.is_muted(other), f"{name}: {other} must be heard"


def test_alerts_mute_their_targets_and_nothing_else(alertmanager: Alertmanager) -> None:
    """All scenarios at once: each has names of its own, so one cannot reach into another."""
    assert_mutes(alertmanager, SCENARIOS)


@pytest.mark.parametrize("name", FAR)
def test_what_reaches_far_stops_where_it_should(name: str, alertmanager: Alertmanager) -> None:
    """These mute alerts of every service, so nothing else may fire beside them."""
    assert_mutes(alertmanager, {name: FAR[name]})


def test_every_rule_has_a_name_and_a_scenario() -> None:
    """A rule without one could mute anything."""
    tried = {scenario.rule for scenario in (*SCENARIOS.values(), *FAR.values())} - {""}

    assert len(RULES) == len(CONFIG["inhibit_rules"])
    assert tried == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_source_is_about_something(rule: dict[str, Any]) -> None:
    """Labels missing on both sides count as equal, so what is compared must be there; drills are left out.

    The ladders compare every label that distinguishes two alerts of one name; there the name is what must be there.
    """
    compared = set(rule.get("equal", []))

    assert 'drill!="true"' in rule["source_matchers"]
    assert 'drill!="true"' in rule["target_matchers"]
    if "alertname" not in compared:
        assert {f'{label}!=""' for label in compared} <= set(rule["source_matchers"])


def test_the_ladders_compare_every_label_that_alerts_have() -> None:
    """A label that is not compared would let the alert about one thing mute the alert about another."""
    folder = Path(__file__).parents[2] / "prometheus/tests"
    tests = [test for file in folder.glob("*.yml") for test in yaml.safe_load(file.read_text())["tests"]]
    cases = [case for test in tests for case in test.get("alert_rule_test", [])]
    labels = {label for case in cases for fired in case["exp_alerts"] for label in fired["exp_labels"]}
    ladders = [rule["equal"] for rule in RULES.values() if "alertname" in rule.get("equal", [])]

    assert len(ladders) == 3
    for ladder in ladders:
        assert labels - {"severity", "escalated_alert"} - set(ladder) == set()
