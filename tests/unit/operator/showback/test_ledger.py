"""The bill beside what budgets count."""

from decimal import Decimal

import httpx
import pytest

from watchkeeper.config.budgets import Budget
from watchkeeper.operator.showback.ledger import ledger_notes, whole_budgets

ALL = Budget(name="all", limit_usd=Decimal(100))


@pytest.mark.parametrize(
    "budget",
    [
        {"period": "30d"},
        {"timezone": "Europe/Berlin"},
        {"match": {"team": ["search"]}},
        {"match": {"service": ["a"]}},
    ],
    ids=["of another period", "of another zone", "of one team", "of one service"],
)
def test_only_a_budget_of_every_call_of_the_month_knows_the_sum(budget: dict[str, object]) -> None:
    """The others count something else."""
    other = Budget.model_validate({"name": "other", "limit_usd": 100, **budget})

    assert whole_budgets([other, ALL], "UTC") == [ALL]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, json={"budgets": [{"spent_usd": 12.340001}]}), "says $12.34: the same."),
        (httpx.Response(200, json={"budgets": [{"spent_usd": 12.5}]}), "says $12.50: the bill is $0.16 below it."),
        (httpx.Response(200, json={"budgets": [{"spent_usd": 10}]}), "says $10.00: the bill is $2.34 above it."),
        (httpx.Response(404, json={"error": "x"}), "could not be asked."),
    ],
    ids=["the same", "less", "more", "not known to the exporter"],
)
def test_a_difference_is_said(answer: httpx.Response, said: str) -> None:
    """To the cent."""
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        (note,) = ledger_notes(client, "http://exporter", [ALL], Decimal("12.34"))

    assert note == f"The ledger of the budget all {said}"
