"""What counts for an objective, and what of it is good."""

from decimal import Decimal
from typing import Any

import pytest
from tests.support.facts import make_call, make_context
from tests.support.objectives import make_slo

from watchkeeper.config import Slo
from watchkeeper.exporter.watch.slo import applies_to, call_evaluators, evaluate_score
from watchkeeper.model import Cost, LlmCall, Score

GOOD, BAD, NO_EVENT = True, False, None
AVAILABILITY = make_slo("availability")
LATENCY = make_slo("latency", under="5s")
FIRST_TOKEN = make_slo("time_to_first_token", under="800ms")
COST = make_slo("cost_per_request", under=0.05)


def evaluated(slo: Slo, call: LlmCall) -> bool | None:
    """Evaluate a call by one objective."""
    ((name, judge),) = call_evaluators([slo], call.context.service)
    assert name == slo.name
    return judge(call)


def costing(usd: str) -> dict[str, Any]:
    """The cost of a call."""
    return {"cost": Cost(usd=Decimal(usd), source="reported", price_date="")}


@pytest.mark.parametrize(
    ("slo", "reported", "verdict"),
    [
        pytest.param(AVAILABILITY, {"status": "ok"}, GOOD, id="an answer is available"),
        pytest.param(AVAILABILITY, {"status": "content_filtered"}, GOOD, id="a filtered answer is an answer"),
        pytest.param(AVAILABILITY, {"status": "error"}, BAD, id="an error is not"),
        pytest.param(AVAILABILITY, {"status": "rate_limited"}, BAD, id="a rate limit is not"),
        pytest.param(AVAILABILITY, {"status": "timeout"}, BAD, id="a timeout is not"),
        pytest.param(AVAILABILITY, {"status": "cancelled"}, NO_EVENT, id="whoever cancels judges nothing"),
        pytest.param(LATENCY, {"duration_seconds": 4.999}, GOOD, id="just under the limit"),
        pytest.param(LATENCY, {"duration_seconds": 5.0}, BAD, id="the limit itself is not under it"),
        pytest.param(LATENCY, {"duration_seconds": 9.0, "status": "content_filtered"}, BAD, id="filtered late"),
        pytest.param(LATENCY, {"duration_seconds": None}, NO_EVENT, id="a call that reports no duration"),
        pytest.param(LATENCY, {"duration_seconds": 0.1, "status": "error"}, NO_EVENT, id="a fast error is not fast"),
        pytest.param(LATENCY, {"duration_seconds": 1.0, "status": "rate_limited"}, NO_EVENT, id="nor a rate limit"),
        pytest.param(LATENCY, {"duration_seconds": 9.0, "status": "cancelled"}, NO_EVENT, id="nor a cancelled call"),
        pytest.param(LATENCY, {"duration_seconds": 1.0, "status": "timeout"}, BAD, id="a timeout was too slow"),
        pytest.param(FIRST_TOKEN, {"time_to_first_token_seconds": 0.79}, GOOD, id="a first token in time"),
        pytest.param(FIRST_TOKEN, {"time_to_first_token_seconds": 0.8}, BAD, id="a first token too late"),
        pytest.param(FIRST_TOKEN, {}, NO_EVENT, id="a call that reports no first token"),
        pytest.param(
            FIRST_TOKEN, {"time_to_first_token_seconds": 0.1, "status": "error"}, NO_EVENT, id="a stream that broke"
        ),
        pytest.param(FIRST_TOKEN, {"status": "timeout", "is_streaming": True}, BAD, id="a stream that never began"),
        pytest.param(FIRST_TOKEN, {"status": "timeout"}, NO_EVENT, id="a timeout without a stream"),
        pytest.param(COST, costing("0.0499999999"), GOOD, id="cheap enough"),
        pytest.param(COST, costing("0.05"), BAD, id="exactly the limit, which no binary fraction is"),
        pytest.param(COST, {**costing("0.06"), "status": "error"}, BAD, id="a dear error is paid for"),
        pytest.param(COST, {"unpriced_reason": "no_price"}, NO_EVENT, id="a call without a price"),
    ],
)
def test_a_call_is_good_bad_or_no_event(slo: Slo, reported: dict[str, Any], verdict: bool | None) -> None:
    """Every outcome by every kind of objective."""
    assert evaluated(slo, make_call(**reported)) is verdict


@pytest.mark.parametrize(
    ("reported", "verdict"),
    [
        pytest.param({"value": 0.7}, GOOD, id="at least the limit"),
        pytest.param({"value": 0.69}, BAD, id="below the limit"),
        pytest.param({"value": 0.9, "name": "tone"}, NO_EVENT, id="another score"),
        pytest.param({"category": "good"}, NO_EVENT, id="a category has no order"),
        pytest.param({"value": 0.9, "context": make_context(service="other")}, NO_EVENT, id="another service"),
    ],
)
def test_a_score_is_good_bad_or_no_event(reported: dict[str, Any], verdict: bool | None) -> None:
    """Quality is a score of one name in the services of the objective."""
    slo = make_slo("quality", score="grounded", at_least=0.7, services=["shop"])
    score = Score(**{"context": make_context(), "name": "grounded", "source": "judge", **reported})

    assert evaluate_score(slo, score) is verdict


@pytest.mark.parametrize(
    ("service", "applies"),
    [("shop", True), ("shop-eu", True), ("bookshop", False), ("shop-", True), ("", False), ("drill-shop", False)],
)
def test_patterns_choose_services(service: str, *, applies: bool) -> None:
    """An exact name or a wildcard; what exists for a drill breaks no objective."""
    slo = make_slo(services=["shop", "shop-*", "drill-*"])

    assert applies_to(slo, service) is applies
    assert bool(call_evaluators([slo], service)) is applies


def test_objectives_of_quality_judge_no_calls() -> None:
    """A call has no score."""
    assert call_evaluators([make_slo("quality", score="a", at_least=0.5)], "shop") == ()
