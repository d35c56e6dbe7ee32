"""Ceilings as they are in watchkeeper.yml: what one run, session, agent or user may use."""

from decimal import Decimal
from typing import Literal

from pydantic import ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.budgets import Usd
from watchkeeper.config.matching import BudgetMatch
from watchkeeper.config.section import Limit, Quantity, Section, Slug

Per = Literal["run", "session", "agent", "user"]
_WITH_A_WINDOW: tuple[Per, ...] = ("agent", "user")
_DAY_SECONDS = 86400.0


class Ceiling(Section):
    """What each ``run``, ``session``, ``agent`` or ``user`` (``per``) may use; at least one maximum must be given.

    Tokens are input and output, steps model requests that generate something and runs of tools. ``max_seconds`` of runs
    and sessions are those from the beginning of their first call to the end of their last, of agents and users what
    their calls took in all. Agents and users start from zero ``window_seconds`` after the first call of a window, a day
    by default; runs and sessions do not. Without ``match`` every call counts.
    """

    name: Slug
    per: Per
    max_cost_usd: Usd | None = None
    max_tokens: Quantity | None = None
    max_steps: Quantity | None = None
    max_seconds: Limit | None = None
    window_seconds: Limit | None = None
    match: BudgetMatch = BudgetMatch()

    @field_validator("window_seconds", mode="after")
    @classmethod
    def _window_where_it_means_something(cls, given: float | None, info: ValidationInfo) -> float | None:
        """A run that goes on is the same run."""
        if given is not None and "per" in info.data and info.data["per"] not in _WITH_A_WINDOW:
            raise PydanticCustomError("windowless", "windowless", {"per": info.data["per"]})
        return given

    @model_validator(mode="after")
    def _of_something(self) -> "Ceiling":
        """One without a maximum would look like a ceiling, and stop nothing."""
        if not self.limits():
            raise PydanticCustomError("no_maximum", "no maximum")
        return self

    def limits(self) -> dict[str, Decimal]:
        """What is limited, as labels name it, to its maximum."""
        given = {
            "cost_usd": self.max_cost_usd,
            "tokens": self.max_tokens,
            "steps": self.max_steps,
            "seconds": self.max_seconds,
        }
        return {limit: Decimal(str(most)) for limit, most in given.items() if most is not None}

    @property
    def window(self) -> float | None:
        """After how many seconds an agent or a user counts from zero again; None for what does not."""
        return (self.window_seconds or _DAY_SECONDS) if self.per in _WITH_A_WINDOW else None
