"""Quotas as they are in watchkeeper.yml: what users, teams and tenants should use of coding agents in a window."""

from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.budgets import Usd
from watchkeeper.config.matching import BudgetMatch
from watchkeeper.config.section import Quantity, Section, Slug
from watchkeeper.model.coding_agents import CODING_AGENTS

Holder = Literal["user", "team", "tenant"]
Window = Literal["5h", "24h", "7d"]
WINDOW_SECONDS: dict[Window, float] = {"5h": 5 * 3600.0, "24h": 86400.0, "7d": 7 * 86400.0}


class Quota(Section):
    """What each ``user``, ``team`` or ``tenant`` (``per``) should use in a rolling ``window``, in dollars or tokens.

    Without ``match`` the calls of all coding agents count. Tokens are input and output, cached input included.
    """

    name: Slug
    per: Holder
    window: Window
    limit_usd: Usd | None = None
    limit_tokens: Quantity | None = None
    match: BudgetMatch = BudgetMatch(agent=CODING_AGENTS)

    @model_validator(mode="after")
    def _one_limit(self) -> "Quota":
        """Of two, no one could say which of them a share is of."""
        if (self.limit_usd is None) == (self.limit_tokens is None):
            raise PydanticCustomError("one_limit", "one limit")
        return self

    @property
    def limit(self) -> float:
        """Dollars or tokens, as ``unit`` says."""
        return float(next(given for given in (self.limit_usd, self.limit_tokens) if given is not None))

    @property
    def unit(self) -> str:
        """What the limit is of."""
        return "tokens" if self.limit_usd is None else "usd"
