"""Contracts over past runs: verdicts, unknown names, and the alerts that would have fired."""

from typing import Any

from tests.support.facts import NOW_NS, make_context
from tests.support.runs import make_trace

from watchkeeper.config.contracts import Contract
from watchkeeper.config.schema import DEFAULT_THRESHOLDS, Threshold
from watchkeeper.contracts.evaluator import Evaluator
from watchkeeper.model import Trace
from watchkeeper.operator.contracts.check import alerts, outcomes

HOUR_NS = 3600 * 10**9
HOUR = NOW_NS // HOUR_NS * HOUR_NS
SEARCHES = Contract.model_validate({"name": "searches", "agent": ["support"], "tools": {"expect": ["search"]}})
SHORT = Contract.model_validate({"name": "short", "agent": ["support"], "max_steps": 3})


def runs(count: int, *tools: str, hour: int = 0, agent: str = "support", **changes: Any) -> list[Trace]:
    """So many runs of an hour."""
    context = make_context(agent=agent, service="shop", time_ns=HOUR + hour * HOUR_NS)
    return [make_trace(*tools, context=context, **changes) for _ in range(count)]


def test_verdicts_are_counted_by_contract() -> None:
    """Also those that are about no run, and the reasons of those that were not evaluated."""
    past = [*runs(3, "search"), *runs(2, "other"), *runs(1, closed_by="evicted"), *runs(5, agent="another")]

    found = outcomes(Evaluator([SEARCHES]), past, ["searches", "nobody"])

    outcome = found["searches"]
    assert dict(outcome.results) == {"passed": 3, "broken": 2, "not_evaluated": 1}
    assert dict(outcome.findings) == {("tool_skipped", "search"): 2}
    assert dict(outcome.reasons) == {"evicted": 1}
    assert not found["nobody"].results


def test_an_alert_fires_in_hours_with_enough_of_it() -> None:
    """Three of the agent's runs and more than two in a hundred, whatever else the service does."""
    past = [
        *runs(3, "other", hour=0),
        *runs(2, "other", hour=1),
        *runs(97, "search", hour=2),
        *runs(3, "other", hour=2),
        *runs(3, "other", hour=3),
        *runs(147, "search", hour=3),
        *runs(9000, "x", hour=0, agent="another"),
    ]

    (alerted,) = alerts(Evaluator([SEARCHES]), past, DEFAULT_THRESHOLDS)

    assert (alerted.alert, alerted.service, alerted.agent, alerted.tool) == (
        "LLMToolSkipped",
        "shop",
        "support",
        "search",
    )
    assert (alerted.hours, alerted.first_ns) == (2, HOUR)


def test_what_is_less_urgent_is_compared_with_all_runs_of_the_service() -> None:
    """As the alert does, and it takes five."""
    long = runs(5, "a", "b", "c", hour=0)

    (alerted,) = alerts(Evaluator([SHORT]), long, DEFAULT_THRESHOLDS)

    assert (alerted.alert, alerted.type, alerted.tool) == ("LLMSilentFailures", "too_many_steps", "")
    assert alerts(Evaluator([SHORT]), long[:4], DEFAULT_THRESHOLDS) == []
    assert alerts(Evaluator([SHORT]), [*long, *runs(245, "a", agent="another")], DEFAULT_THRESHOLDS) == []


def test_the_limits_of_the_file_hold() -> None:
    """Of the service where there is one of its own, and none where there is none."""
    past = [*runs(3, "other"), *runs(7, "search")]

    def fired(threshold: Threshold) -> bool:
        return bool(alerts(Evaluator([SEARCHES]), past, {**DEFAULT_THRESHOLDS, "LLMToolSkipped": threshold}))

    assert fired(Threshold(default=0.29))
    assert not fired(Threshold(default=0.3))
    assert not fired(Threshold(default=0.01, services={"shop": 0.5}))
    assert not fired(Threshold(default=None))
