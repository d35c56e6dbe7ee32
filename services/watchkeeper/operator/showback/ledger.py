"""The bill against the ledger: a budget of the same month that counts every call knows the sum without Prometheus."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import httpx
import msgspec

from watchkeeper.config.budgets import Budget
from watchkeeper.config.matching import BudgetMatch

_CENT = Decimal("0.01")


class _State(msgspec.Struct):
    spent_usd: Decimal


class _Answer(msgspec.Struct):
    budgets: tuple[_State, ...]


def whole_budgets(budgets: Sequence[Budget], timezone: str) -> list[Budget]:
    """Return the budgets of a calendar month in the zone that count every call."""
    return [
        budget
        for budget in budgets
        if budget.period == "month" and budget.timezone == timezone and budget.match == BudgetMatch()
    ]


def ledger_notes(
    client: httpx.Client, exporter_url: str, budgets: Sequence[Budget], total_usd: Decimal
) -> Iterator[str]:
    """Yield what the ledger says of each budget, and how far the bill is off; an exporter that is away says nothing.

    A difference is what a crash, or a Prometheus that was away, lost of the counters; or calls of before the budget.
    """
    for budget in budgets:
        try:
            answer = client.post(f"{exporter_url}/v1/budget/check", json={"budget": budget.name})
            (state,) = msgspec.json.decode(answer.content, type=_Answer).budgets
        except (httpx.HTTPError, msgspec.DecodeError, ValueError):
            yield f"The ledger of the budget {budget.name} could not be asked."
            continue
        off = (total_usd - state.spent_usd).quantize(_CENT)
        compared = "the same" if not off else f"the bill is ${abs(off):,} {'above' if off > 0 else 'below'} it"
        yield f"The ledger of the budget {budget.name} says ${state.spent_usd.quantize(_CENT):,}: {compared}."
