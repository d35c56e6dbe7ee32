"""Budgets as they are in watchkeeper.yml."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from watchkeeper.config.matching import BudgetMatch
from watchkeeper.config.section import UNASSIGNED, Name, Section, Slug, Timezone, no_truth

Period = Literal["day", "week", "30d", "month"]
# The largest sum that a float holds to the cent.
_MOST_USD = 1_000_000_000_000


Usd = Annotated[Decimal, Field(gt=0, le=_MOST_USD, allow_inf_nan=False), BeforeValidator(no_truth)]


class Budget(Section):
    """What may be spent in US dollars in a ``period``, and who is notified of it (``team``).

    ``day``, ``week`` and ``30d`` are the last 24 hours, 7 days and 30 days at every moment; ``month`` begins on the
    first at midnight in ``timezone``. Without ``match`` it counts every call.
    """

    name: Slug
    limit_usd: Usd
    period: Period = "month"
    timezone: Timezone = "UTC"
    team: Name = UNASSIGNED
    match: BudgetMatch = BudgetMatch()

    @field_validator("timezone", mode="after")
    @classmethod
    def _zone_where_it_means_something(cls, given: str, info: ValidationInfo) -> str:
        """The last 24 hours are the same everywhere."""
        if info.data.get("period", "month") != "month":
            raise PydanticCustomError("zoneless", "zoneless", {"period": info.data["period"]})
        return given


def unknown_teams(place: int, budget: Budget, known: Sequence[str]) -> Iterator[InitErrorDetails]:
    """Yield each team that a budget names and no one can be of; a misspelt one would spend and hear nothing."""
    known_teams, context = [*known, UNASSIGNED], {"known": ", ".join(known) or "none"}
    if budget.team not in known_teams:
        error = PydanticCustomError("unknown_team", "unknown", context)
        yield InitErrorDetails(type=error, loc=(place, "team"), input=budget.team)
    yield from unmatched_teams(place, budget.match, known)


def unmatched_teams(place: int, match: BudgetMatch, known: Sequence[str]) -> Iterator[InitErrorDetails]:
    """Yield each pattern of teams that no one can be of."""
    known_teams, context = [*known, UNASSIGNED], {"known": ", ".join(known) or "none"}
    for at, pattern in enumerate(match.team or ()):
        if not any(fnmatchcase(team, pattern) for team in known_teams):
            error = PydanticCustomError("no_team", "unknown", context)
            yield InitErrorDetails(type=error, loc=(place, "match", "team", at), input=pattern)
