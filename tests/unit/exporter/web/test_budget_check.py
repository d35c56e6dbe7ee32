"""POST /v1/budget/check: what a gateway asks and is reported."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.exporter import ExporterInTest, run_exporter

BUDGETS = """
teams: [{name: search, services: [shop]}]
budgets:
  - {name: search-month, limit_usd: 10, team: search, match: {team: [search]}}
  - {name: acme-day, limit_usd: 4, period: day, match: {tenant: [acme], model: ["gpt-*"]}}
"""


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[ExporterInTest]:
    """An exporter with two budgets, open to everyone."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(BUDGETS)
    with run_exporter(config=file) as running:
        yield running


def spend(exporter: ExporterInTest, usd: float, **headers: str) -> None:
    """Send a call of the shop for acme that cost so much."""
    call = {"type": "llm_call", "service": "shop", "tenant": "acme", "model": "gpt-5", "cost_usd": usd}
    assert exporter.client.post("/v1/events", json=[call], headers=headers).status_code == 200


def ask(exporter: ExporterInTest, question: Any, **headers: str) -> tuple[int, Any]:
    """Return status and answer."""
    reply = exporter.client.post("/v1/budget/check", json=question, headers=headers)
    return reply.status_code, reply.json()


def test_a_call_is_answered_by_every_budget_it_would_count_in(exporter: ExporterInTest) -> None:
    """The team comes from the service, as it would for the call itself."""
    spend(exporter, 3.5)

    status, answer = ask(exporter, {"service": "shop", "tenant": "acme", "model": "gpt-5"})

    assert status == 200
    assert answer["decision"] == "warn"
    assert [state["budget"] for state in answer["budgets"]] == ["search-month", "acme-day"]
    month, day = answer["budgets"]
    assert month.pop("period_ends").endswith("T00:00:00+00:00")
    assert month == {
        "budget": "search-month",
        "decision": "allow",
        "period": "month",
        "limit_usd": 10,
        "spent_usd": 3.5,
        "remaining_usd": 6.5,
        "used_percent": 35.0,
    }
    assert (day["decision"], day["spent_usd"], "period_ends" in day) == ("warn", 3.5, False)


def test_the_estimate_of_the_call_counts(exporter: ExporterInTest) -> None:
    """What does not fit is denied before it is spent."""
    spend(exporter, 3.5)

    question = {"service": "shop", "tenant": "acme", "model": "gpt-5", "estimated_cost_usd": 0.51}

    assert ask(exporter, question)[1]["decision"] == "deny"


def test_a_budget_can_be_asked_by_its_name(exporter: ExporterInTest) -> None:
    """Whatever the call is."""
    spend(exporter, 4)

    status, answer = ask(exporter, {"budget": "acme-day"})

    assert (status, answer["decision"], len(answer["budgets"])) == (200, "deny", 1)


def test_a_call_without_a_budget_is_allowed(exporter: ExporterInTest) -> None:
    """No one limited it."""
    assert ask(exporter, {"service": "other"}) == (200, {"decision": "allow", "budgets": []})


@pytest.mark.parametrize(
    ("question", "status", "detail"),
    [
        pytest.param({"budget": "nope"}, 404, "must be one of watchkeeper.yml, got 'nope'", id="an unknown budget"),
        pytest.param({"servic": "a"}, 400, "unknown field `servic`", id="a misspelt key"),
        pytest.param([1], 400, "Expected `object`, got `array`", id="a list"),
        pytest.param({"estimated_cost_usd": -1}, 400, "must be 0 or more US dollars", id="a negative estimate"),
        pytest.param({"estimated_cost_usd": "NaN"}, 400, "must be 0 or more US dollars", id="no number"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    exporter: ExporterInTest, question: Any, status: int, detail: str
) -> None:
    """The reason is reported; a refusal is never taken for allow."""
    reported, answer = ask(exporter, question)

    assert reported == status
    assert detail in answer["error"]


def test_tenants_ask_for_themselves(tmp_path: Path) -> None:
    """The token's tenant wins, budgets of others are unknown, and what is shared reports no numbers."""
    token = hashlib.sha256(b"secret").hexdigest()
    file = tmp_path / "watchkeeper.yml"
    file.write_text(
        f"{BUDGETS}  - {{name: other-day, limit_usd: 4, match: {{tenant: [other]}}}}\n"
        f"access: {{tokens: [{{tenant: acme, sha256: '{token}'}}]}}\n"
    )
    with run_exporter(config=file) as exporter:
        mine = {"Authorization": "Bearer secret"}
        spend(exporter, 10, **mine)

        assert ask(exporter, {"service": "shop"})[0] == 401
        assert ask(exporter, {"budget": "other-day"}, **mine)[0] == 404
        _, answer = ask(exporter, {"service": "shop", "model": "gpt-5", "tenant": "other"}, **mine)

    shared, own = answer["budgets"]
    assert shared == {"budget": "search-month", "decision": "deny", "period": "month"}
    assert (own["budget"], own["spent_usd"]) == ("acme-day", 10)


def test_spending_outlives_a_restart(tmp_path: Path) -> None:
    """Counter, gauge and answer go on where they were."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(BUDGETS)
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path / "state")}
    with run_exporter(environ, file) as exporter:
        spend(exporter, 3)

    with run_exporter(environ, file) as exporter:
        spend(exporter, 0.5)

        assert ask(exporter, {"budget": "acme-day"})[1]["budgets"][0]["spent_usd"] == 3.5
        assert exporter.value("llm_budget_period_spend_dollars", budget="acme-day") == 3.5
        assert exporter.value("llm_budget_spend_dollars_total", budget="acme-day") == 3.5
