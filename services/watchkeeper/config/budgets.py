"""Budgets as they stand in watchkeeper.yml."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from watchkeeper.config.section import Name, Section, Slug, Timezone, no_truth

Period = Literal["day", "week", "30d", "month"]


def _some(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """An empty list would match nothing; a label that may be anything is left out."""
    if not patterns:
        raise PydanticCustomError("too_short", "empty", {"min_length": 1})
    return patterns


Patterns = Annotated[tuple[Name, ...], AfterValidator(_some)]


class BudgetMatch(Section):
    """Whose calls a budget counts: of each label that is given one pattern must match, with * and ? as wildcards."""

    team: Patterns | None = None
    service: Patterns | None = None
    model: Patterns | None = None
    prompt: Patterns | None = None
    tenant: Patterns | None = None


class Budget(Section):
    """What may be spent in US dollars in a ``period``, and who hears of it (``team``).

    ``day``, ``week`` and ``30d`` are the last 24 hours, 7 days and 30 days at every moment; ``month`` begins on the
    first at midnight in ``timezone``. Without ``match`` it counts every call.
    """

    name: Slug
    limit_usd: Annotated[Decimal, Field(gt=0, allow_inf_nan=False), BeforeValidator(no_truth)]
    period: Period = "month"
    timezone: Timezone = "UTC"
    team: Name = "unassigned"
    match: BudgetMatch = BudgetMatch()
